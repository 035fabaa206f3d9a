// A changed campaign in its directory, cut off after every step.
#include "change.hpp"

#include <gmock/gmock.h>

#include <set>

#include "repair.hpp"
#include "temp_folder.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/ledger/ledger.hpp"
#include "twinmill/store/store.hpp"

namespace twinmill::app {
namespace {

using ::testing::HasSubstr;
using Change = PrepareOptions::Change;

struct CutOff {};

constexpr const char* text = R"(
[campaign]
name = "changing"
[specimen]
parents = ["MoS2-H"]
defects = ["pristine", "anion_vacancy"]
replicates = 2
[[detector]]
name = "haadf"
inner_mrad = 60
outer_mrad = 110
[scan]
field_A = [10, 10]
pixels = [8, 8]
[imaging]
sampling_A = 0.1
oversampling = 1
[dose]
e_per_A2 = [1e5, DOSE]
)";

/// Three simulations of two images each; one dose is shared.
class ChangeTest : public ::testing::Test {
 protected:
  Campaign campaign(const std::string& second_dose) const {
    std::string all = text;
    all.replace(all.find("DOSE"), 4, second_dose);
    all += more_;
    return parse_campaign(folder_ / "c.toml", all);
  }

  // Content that follows from the key; no physics.
  static store::SampleData content(const campaign::Plan& plan, const campaign::Sample& sample) {
    store::SampleData data;
    Image<float> image(plan.shapes.width, plan.shapes.height);
    for (std::size_t i = 0; i < image.size(); ++i) image.data[i] = static_cast<float>(sample.key.low % 1000 + i);
    data.images.push_back(image);
    data.mask = Image<std::uint8_t>(plan.shapes.width, plan.shapes.height);
    return data;
  }

  /// All images of the campaign done, in the store and in the ledger.
  void work(const Campaign& c) const {
    const auto& plan = c.plan;
    prepare(run_, c);
    auto ledger = ledger::Ledger::open(run_.ledger(), plan);
    store::Writer writer(run_.store());
    auto lease = ledger.next_lease();
    for (const auto& state : ledger.states()) {
      if (state.pending.empty()) continue;
      const auto& simulation = plan.simulation(state.id);
      ledger::LeaseDone done{lease, state.id, state.attempts + 1, 1, 1.0, {}};
      for (const auto id : state.pending) {
        const auto& sample = plan.sample(id);
        writer.write_exposure(sample.exposure.value, simulation.key.hex(), 1,
                              {{std::vector<std::complex<float>>(
                                  static_cast<std::size_t>(plan.shapes.series_x * plan.shapes.series_y), 1)}});
        const auto slot = writer.write_sample(id.value, sample.key.hex(), 1, content(plan, sample));
        done.samples.push_back({id, slot.checksum});
      }
      const ledger::Record records[] = {ledger::LeaseGranted{lease, state.id, state.attempts + 1, 1, "host",
                                                             static_cast<std::int64_t>(state.pending.size())},
                                        done};
      ledger.apply(records);
      lease = LeaseId(lease.value + 1);
    }
    writer.sync();
    writer.close();
  }

  void cut_off_at(ChangeStep where, const Campaign& to) const {
    EXPECT_THROW(change_campaign(run_, to,
                                 [&](ChangeStep step) {
                                   if (step == where) throw CutOff{};
                                 }),
                 CutOff);
  }

  /// Ledger and store are of this campaign and agree; `done` of its images are there.
  void expect_whole(const Campaign& c, std::int64_t done) const {
    const auto store = examine_store(run_);
    EXPECT_EQ(store.header.plan_key, c.plan.key.hex());
    EXPECT_THAT(store.problems(), ::testing::IsEmpty());
    EXPECT_EQ(store.damage.done, done);
    EXPECT_THAT(compare(run_, store, ledger::check_up(run_.ledger())).problems, ::testing::IsEmpty());
    EXPECT_EQ(ledger::Ledger::open(run_.ledger(), c.plan).counts().done, done);
    std::set<std::string> stores, ours;
    for (const auto& entry : std::filesystem::directory_iterator(run_.path)) {
      const std::string name = entry.path().filename().string();
      EXPECT_THAT(name, ::testing::Not(HasSubstr("next")));
      if (name.starts_with("store")) stores.insert(name);
    }
    for (const auto& file : store::files(run_.store())) ours.insert(file.filename().string());
    EXPECT_EQ(stores, ours);
    EXPECT_EQ(campaign_of(run_, store.header).plan.key, c.plan.key);
  }

  template <class Work>
  static std::string words(const Work& work) {
    try {
      work();
    } catch (const Error& e) {
      return e.what();
    }
    return "no error";
  }

  std::string more_;
  testing::TempFolder folder_;
  RunDirectory run_{folder_.path()};
  Campaign old_ = campaign("1e7"), new_ = campaign("1e6");
};

TEST_F(ChangeTest, WhatBothHaveStays) {
  work(old_);
  prepare(run_, new_, {.change = Change::drop_images});
  expect_whole(new_, 3);
  work(new_);
  expect_whole(new_, 6);
  EXPECT_EQ(read_text(run_.campaign()), new_.text);
}

TEST_F(ChangeTest, CutOffBeforeTheLedgerTheOldCampaignIsThere) {
  work(old_);
  for (const ChangeStep step : {ChangeStep::store_made, ChangeStep::content_copied, ChangeStep::ledger_made}) {
    cut_off_at(step, new_);
    prepare(run_, old_);
    expect_whole(old_, 6);
  }
}

TEST_F(ChangeTest, CutOffAtAnyStepTheNewCampaignGoesOn) {
  for (int step = 0; step < static_cast<int>(ChangeStep::count_); ++step) {
    SCOPED_TRACE(step);
    for (const auto& entry : std::filesystem::directory_iterator(run_.path)) std::filesystem::remove_all(entry.path());
    work(old_);
    cut_off_at(static_cast<ChangeStep>(step), new_);
    prepare(run_, new_, {.change = Change::drop_images});
    expect_whole(new_, 3);
    work(new_);
    expect_whole(new_, 6);
  }
}

TEST_F(ChangeTest, CutOffAfterTheLedgerOnlyTheNewOneIsThere) {
  for (const ChangeStep step :
       {ChangeStep::ledger_in_place, ChangeStep::predictions_gone, ChangeStep::store_in_place}) {
    for (const auto& entry : std::filesystem::directory_iterator(run_.path)) std::filesystem::remove_all(entry.path());
    work(old_);
    std::filesystem::create_directories(run_.models());
    write_atomic(run_.predictions(), "numbered as the old images");
    cut_off_at(step, new_);
    // Nobody may be asked again: the decision was made.
    prepare(run_, new_, {.change = Change::refuse});
    expect_whole(new_, 3);
    EXPECT_FALSE(std::filesystem::exists(run_.predictions()));
  }
}

// A store in several files: none is lost, none is left over, and the way back is the same.
TEST_F(ChangeTest, ShardsOfTwoStoresAreNeverTakenForEachOther) {
  more_ = "[run]\nstore_shards = 3\n";
  old_ = campaign("1e7");
  new_ = campaign("1e6");
  for (int step = 0; step < static_cast<int>(ChangeStep::count_); ++step) {
    SCOPED_TRACE(step);
    for (const auto& entry : std::filesystem::directory_iterator(run_.path)) std::filesystem::remove_all(entry.path());
    work(old_);
    EXPECT_EQ(store::files(run_.store()).size(), 4u);
    cut_off_at(static_cast<ChangeStep>(step), new_);
    prepare(run_, new_, {.change = Change::drop_images});
    expect_whole(new_, 3);
    work(new_);
    expect_whole(new_, 6);
    prepare(run_, old_, {.change = Change::drop_images});
    expect_whole(old_, 3);
    EXPECT_EQ(store::files(run_.store()).size(), 4u);
  }
}

// A kill does not close the ledger: its log stays beside it, and must not be played into the new one.
TEST_F(ChangeTest, LogOfAKilledRunIsFoldedIn) {
  work(old_);
  {
    auto ledger = ledger::Ledger::open(run_.ledger(), old_.plan);
    const ledger::Record records[] = {ledger::Note{"in the log"}};
    ledger.apply(records);
    std::filesystem::copy_file(run_.ledger(), folder_ / "a");
    std::filesystem::copy_file(run_.ledger().string() + "-wal", folder_ / "b");
  }
  rename_durably(folder_ / "a", run_.ledger());
  rename_durably(folder_ / "b", run_.ledger().string() + "-wal");
  prepare(run_, new_, {.change = Change::drop_images});
  expect_whole(new_, 3);
}

TEST_F(ChangeTest, RefusedUnlessAllowed) {
  work(old_);
  EXPECT_THAT(words([&] { prepare(run_, new_); }), HasSubstr("is another one"));
  EXPECT_EQ(
      words([&] { prepare(run_, new_, {.change = Change::keep_images}); }),
      cat("the campaign in ", run_.path.string(),
          " is another one, and 3 of its finished images would be lost (3 finished images stay, 3 are to be made in "
          "3 simulations, 3 are dropped). Give another --dir, or --drop?"));
  expect_whole(old_, 6);
}

TEST_F(ChangeTest, DamagedLedgerIsRepairedFirst) {
  work(old_);
  write_atomic(run_.ledger(), std::string(9000, 'x'));
  EXPECT_THAT(words([&] { prepare(run_, new_, {.change = Change::drop_images}); }), HasSubstr("--repair?"));
  EXPECT_THAT(words([&] { prepare(run_, old_); }), HasSubstr("--repair?"));
  repair(run_, old_, examine_store(run_));
  prepare(run_, new_, {.change = Change::drop_images});
  std::filesystem::remove(run_.ledger().string() + ".damaged-1");
  expect_whole(new_, 3);
}

TEST_F(ChangeTest, MissingLedgerIsMadeAgainAndChangesToo) {
  work(old_);
  std::filesystem::remove(run_.ledger());
  prepare(run_, old_);
  expect_whole(old_, 6);
  std::filesystem::remove(run_.ledger());
  prepare(run_, new_, {.change = Change::drop_images});
  expect_whole(new_, 3);
}

// Between moving the damaged ledger aside and putting the new one in its place.
TEST_F(ChangeTest, RepairThatWasCutOffIsFinished) {
  work(old_);
  ledger::build(run_.next_ledger(), old_.plan, {.found = {}, .ledgers = {run_.ledger()}, .event = {}});
  rename_durably(run_.ledger(), run_.ledger().string() + ".damaged-1");
  prepare(run_, old_);
  EXPECT_EQ(ledger::Ledger::open(run_.ledger(), old_.plan).counts().pending, 6);  // That very ledger.
}

}  // namespace
}  // namespace twinmill::app

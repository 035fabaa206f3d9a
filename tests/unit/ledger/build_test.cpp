// A ledger made from what was found, and from older ledgers: whole, damaged, of another plan, of an older format.
#include "twinmill/ledger/build.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "hand_plan.hpp"
#include "temp_folder.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/ledger/view.hpp"
#include "twinmill/sql/database.hpp"

namespace twinmill::ledger {
namespace {

using testing::hand_plan;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class BuildTest : public ::testing::Test {
 protected:
  /// Simulation 0 done at the second try, 1 in quarantine, 2 with an open lease, 3 untouched; each of two samples.
  void make_old() {
    Ledger ledger = Ledger::open(old_, plan_);
    const Record records[] = {
        LeaseGranted{LeaseId(0), SimulationId(0), 1, 3, "host", 2},
        LeaseEnded{LeaseId(0), SimulationId(0), AttemptEnd::failed, Charge::failure, Fault::bug, "no luck"},
        LeaseGranted{LeaseId(1), SimulationId(0), 2, 4, "host", 2},
        LeaseDone{LeaseId(1), SimulationId(0), 2, 4, 6.0, {{SampleId(0), 10}, {SampleId(1), 11}}},
        LeaseGranted{LeaseId(2), SimulationId(1), 1, 3, "host", 2},
        LeaseEnded{LeaseId(2), SimulationId(1), AttemptEnd::lost, Charge::loss, std::nullopt, "silent"},
        Quarantined{SimulationId(1), {SampleId(2), SampleId(3)}, "hopeless"},
        LeaseGranted{LeaseId(3), SimulationId(2), 1, 3, "host", 2},
        Note{"something"}};
    ledger.apply(records);
    ledger.set_stage("train", "k", "done", "{}");
  }
  std::vector<FoundTask> found() const { return {{SampleId(0), 10, 2, {}}, {SampleId(1), 11, 2, {}}}; }
  Ledger opened() const { return Ledger::open(fresh_, plan_); }
  LedgerView view() const {
    opened().publish_snapshot(folder_ / "snapshot.sqlite");
    return LedgerView(folder_ / "snapshot.sqlite");
  }
  /// Writes zeros over pages of the old ledger, counted from 1.
  void zero(int page, int count) const {
    std::fstream file(old_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(std::streamoff{4096} * (page - 1));
    file << std::string(static_cast<std::size_t>(4096 * count), '\0');
  }

  testing::TempFolder folder_;
  campaign::Plan plan_ = hand_plan(4, 2);
  std::filesystem::path old_ = folder_ / "ledger.sqlite", fresh_ = folder_ / "next.sqlite";
};

TEST_F(BuildTest, FromTheStoreAloneOnlyWhatWasFoundIsDone) {
  const auto built = build(fresh_, plan_, {.found = found(), .ledgers = {}, .event = "made again"});
  EXPECT_EQ(built.counts, (Counts{.pending = 6, .done = 2, .quarantined = 0}));
  EXPECT_FALSE(std::filesystem::exists(fresh_.string() + "-wal"));
  const auto states = opened().states();
  EXPECT_EQ(states[0].attempts, 2);
  EXPECT_THAT(states[0].pending, IsEmpty());
  EXPECT_THAT(states[1].pending, SizeIs(2));
  const auto task = *view().task(SampleId(1));
  EXPECT_EQ(task.state, TaskState::done);
  EXPECT_EQ(task.checksum, 11u);
  EXPECT_EQ(task.attempt, 2);
  EXPECT_EQ(task.finished, 0);
  EXPECT_EQ(view().events(1).front().text, "made again");
  EXPECT_THAT(view().throughput(4), IsEmpty());  // Nobody knows when.
}

TEST_F(BuildTest, TheOldLedgerTellsTheRest) {
  make_old();
  const auto built = build(fresh_, plan_, {.found = found(), .ledgers = {old_}, .event = {}});
  EXPECT_THAT(built.unread, IsEmpty());
  EXPECT_EQ(built.attempts, 4);
  EXPECT_EQ(built.counts, (Counts{.pending = 4, .done = 2, .quarantined = 2}));
  const auto states = opened().states();
  EXPECT_EQ(states[0].failures, 1);
  EXPECT_EQ(states[1].losses, 1);
  EXPECT_EQ(states[1].reason, "hopeless");
  EXPECT_EQ(states[2].attempts, 1);
  EXPECT_EQ(opened().next_lease(), LeaseId(4));
  const auto task = *view().task(SampleId(0));
  EXPECT_EQ(task.worker, 4);
  EXPECT_EQ(task.seconds, 3.0);
  EXPECT_GT(task.finished, 0);
  EXPECT_EQ(view().attempts(SimulationId(2)).front().end, AttemptEnd::interrupted);
  EXPECT_EQ(opened().stage("train", "k")->state, "done");
  EXPECT_EQ(view().events(5).back().text, "something");
}

// The old ledger's word is not enough: only what was found counts, with the checksum that was found.
TEST_F(BuildTest, WhatTheOldLedgerCallsDoneIsPendingUnlessFound) {
  make_old();
  const auto built = build(fresh_, plan_, {.found = {{SampleId(1), 99, 1, {}}}, .ledgers = {old_}, .event = {}});
  EXPECT_EQ(built.counts, (Counts{.pending = 5, .done = 1, .quarantined = 2}));
  EXPECT_EQ(opened().states()[0].attempts, 2);  // The next one must have a number of its own.
  const auto task = *view().task(SampleId(1));
  EXPECT_EQ(task.checksum, 99u);
  EXPECT_EQ(task.finished, 0);  // Of other content.
}

TEST_F(BuildTest, ASecondLedgerTellsWhatTheFirstOneCannot) {
  make_old();
  Ledger::open(old_, plan_).publish_snapshot(folder_ / "copy.sqlite");
  zero(2, 1000);
  const auto built = build(fresh_, plan_, {.found = found(), .ledgers = {old_, folder_ / "copy.sqlite"}, .event = {}});
  EXPECT_FALSE(built.unread.empty());
  EXPECT_EQ(built.attempts, 4);
  EXPECT_EQ(built.counts.quarantined, 2);
}

TEST_F(BuildTest, FromRubbishComesALedgerAllTheSame) {
  std::ofstream(old_) << std::string(9000, 'x');
  const auto built = build(fresh_, plan_, {.found = found(), .ledgers = {old_}, .event = {}});
  EXPECT_FALSE(built.unread.empty());
  EXPECT_EQ(built.counts, (Counts{.pending = 6, .done = 2, .quarantined = 0}));
  EXPECT_EQ(opened().counts().done, 2);
}

TEST_F(BuildTest, AnOlderFormatIsRead) {
  make_old();
  sql::Database(old_, sql::Access::create).execute("ALTER TABLE tasks DROP COLUMN result; PRAGMA user_version=1");
  const auto built = build(fresh_, plan_, {.found = found(), .ledgers = {old_}, .event = {}});
  EXPECT_THAT(built.unread, IsEmpty());
  EXPECT_EQ(built.attempts, 4);
}

// Another campaign with the same simulations in another order, without the first one.
TEST_F(BuildTest, AnotherPlanTakesOverByKey) {
  make_old();
  campaign::Plan changed = hand_plan(5, 1, 77);
  for (int i = 0; i < 3; ++i) {
    const auto& from = plan_.simulations[static_cast<std::size_t>(3 - i)];
    changed.simulations[static_cast<std::size_t>(i)].key = from.key;
    changed.samples[static_cast<std::size_t>(i)].key = plan_.samples[static_cast<std::size_t>(from.first_sample)].key;
  }
  const auto built = build(fresh_, changed, {.found = {}, .ledgers = {old_}, .event = {}});
  EXPECT_EQ(built.counts, (Counts{.pending = 4, .done = 0, .quarantined = 1}));
  EXPECT_EQ(built.attempts, 2);  // Of simulations 1 and 2; those of simulation 0 went with it.
  const auto states = Ledger::open(fresh_, changed).states();
  EXPECT_EQ(states[1].attempts, 1);         // Was 2.
  EXPECT_EQ(states[2].reason, "hopeless");  // Was 1.
  EXPECT_THAT(states[2].pending, IsEmpty());
  EXPECT_EQ(states[3].attempts, 0);
}

TEST_F(BuildTest, WhatAKilledBuildLeftIsReplaced) {
  std::ofstream(fresh_) << "half";
  std::ofstream(fresh_.string() + "-journal") << "half";
  EXPECT_EQ(build(fresh_, plan_, {.found = {}, .ledgers = {}, .event = {}}).counts.pending, 8);
  EXPECT_EQ(opened().counts().pending, 8);
}

TEST_F(BuildTest, LedgerInUseIsNotTakenForADamagedOne) {
  const Ledger other = Ledger::open(old_, plan_);
  EXPECT_THROW(build(fresh_, plan_, {.found = {}, .ledgers = {old_}, .event = {}}), Error);
}

}  // namespace
}  // namespace twinmill::ledger

#include <gmock/gmock.h>

#include <numeric>
#include <sstream>

#include "synthetic_store.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/store/store.hpp"
#include "twinmill/train/api.hpp"

namespace twinmill::train {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Workplace;

/// The message of the Error(input) that every rank must throw.
template <class Work>
std::string refusal(const Work& work) {
  try {
    work();
  } catch (const Error& e) {
    EXPECT_EQ(name(e.fault()), "input") << e.what();
    return e.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

std::vector<std::vector<std::int64_t>> confusion_of(const store::Reader& reader, const store::Predictions& predicted) {
  std::vector<std::vector<std::int64_t>> counts(3, std::vector<std::int64_t>(3, 0));
  for (std::size_t i = 0; i < predicted.samples.size(); ++i) {
    const auto truth = reader.mask(predicted.samples[i]);
    for (std::size_t p = 0; p < truth.size(); ++p) ++counts[truth.data[p]][predicted.masks[i].data[p]];
  }
  return counts;
}

/// Everything that an evaluation found, in one text; equal results have equal texts.
std::string all_of(const EvaluateResult& result) {
  std::ostringstream out;
  const auto put = [&](const auto& values) {
    for (const auto& value : values) out << value << ' ';
    out << '\n';
  };
  for (const auto& row : result.confusion) put(row);
  for (const auto& row : result.defect_confusion) put(row);
  for (const auto* set : {&result.calibration, &result.defect_calibration}) {
    for (const auto& bin : set->bins) put(std::vector<double>{double(bin.pixels), bin.confidence, bin.accuracy});
    out << set->expected_error << '\n';
  }
  for (const auto& slice : result.slices) {
    out << slice.axis << '=' << slice.value << ' ' << slice.images << ' ' << slice.structures << ' ' << slice.macro_f1
        << ' ' << slice.defect_macro_f1 << ' ' << slice.false_alarms << '\n';
    put(slice.class_f1);
    put(slice.class_defect_f1);
  }
  for (const auto& counts : result.by_structure) {
    out << counts.structure << ' ' << counts.dose << '\n';
    put(counts.true_pixels);
    put(counts.predicted_pixels);
    put(counts.hit_pixels);
  }
  return out.str();
}

TEST(Evaluation, CountsWhatItPredicts) {
  const Workplace place({.test = 19});
  api().train(place.request(3), place.group());
  auto request = place.evaluation();
  std::vector<std::int64_t> told;
  request.progress = [&](std::int64_t done, std::int64_t total) {
    told.push_back(done);
    EXPECT_EQ(total, 19);
  };
  const auto result = api().evaluate(request, place.group());
  // After every batch of eight on each rank, up to the last image.
  EXPECT_EQ(static_cast<int>(told.size()), (3 + place.group().size() - 1) / place.group().size());
  EXPECT_TRUE(std::ranges::is_sorted(told));
  EXPECT_EQ(told.back(), 19);
  EXPECT_EQ(result.images, 19);
  EXPECT_EQ(result.structures, 10);
  ASSERT_EQ(result.classes.size(), 3U);
  EXPECT_EQ(result.classes[0].name, "lattice");
  EXPECT_EQ(result.classes[1].name, "vacancy");
  const store::Reader reader(place.store());
  const auto predictions = store::read_predictions(place.models() / "predictions.h5");
  std::vector<std::int64_t> test_ids(19);
  std::iota(test_ids.begin(), test_ids.end(), 12 + 1 + 5 + 1);
  EXPECT_EQ(predictions.samples, test_ids);
  EXPECT_EQ(result.confusion, confusion_of(reader, predictions));
  std::int64_t pixels = 0;
  for (const auto& c : result.classes) pixels += c.true_pixels;
  EXPECT_EQ(pixels, 19 * 32 * 32);
  EXPECT_DOUBLE_EQ(result.macro_f1, (result.classes[1].f1 + result.classes[2].f1) / 2);
  ASSERT_EQ(result.by_dose.size(), 2U);
  EXPECT_EQ(result.by_dose[0].dose, 400);
  EXPECT_EQ(result.by_dose[1].dose, 4000);
  EXPECT_EQ(result.by_dose[0].images + result.by_dose[1].images, 19);
}

TEST(Evaluation, DoesNotDependOnTheNumberOfRanks) {
  const Workplace place;
  api().train(place.request(2), place.group());
  const auto all = api().evaluate(place.evaluation(), place.group());
  place.group().barrier();
  auto alone = place.evaluation();
  alone.models = place.models(cat("copy", place.group().rank()));
  std::filesystem::create_directories(alone.models);
  for (const auto* file : {"best.pt", "model.json"}) {
    std::filesystem::copy_file(place.models() / file, alone.models / file);
  }
  const auto single = api().evaluate(alone, mpi::Communicator::self());
  EXPECT_EQ(single.confusion, all.confusion);
  EXPECT_EQ(all_of(single), all_of(all));
  const auto predictions = store::read_predictions(place.models() / "predictions.h5");
  EXPECT_EQ(store::read_predictions(alone.models / "predictions.h5").samples, predictions.samples);
  EXPECT_EQ(store::read_predictions(alone.models / "predictions.h5").masks, predictions.masks);
}

TEST(Evaluation, SlicesAndStructuresAddUpToTheWhole) {
  const Workplace place({.test = 19});
  api().train(place.request(2), place.group());
  auto request = place.evaluation();
  request.defects.label_radius_A = 1.5;
  const auto result = api().evaluate(request, place.group());
  ASSERT_EQ(result.slices.size(), 3U) << "all, and two doses; nothing else differs";
  EXPECT_EQ(result.slices[0].axis, "all");
  EXPECT_EQ(result.slices[1].value, "400");
  EXPECT_EQ(result.slices[1].images + result.slices[2].images, result.images);
  std::vector<std::int64_t> truth(3, 0), hits(3, 0);
  for (const auto& counts : result.by_structure) {
    for (std::size_t c = 0; c < 3; ++c) truth[c] += counts.true_pixels[c], hits[c] += counts.hit_pixels[c];
  }
  for (std::size_t c = 0; c < 3; ++c) {
    EXPECT_EQ(truth[c], result.classes[c].true_pixels);
    EXPECT_EQ(hits[c], result.classes[c].hit_pixels);
  }
  std::int64_t pixels = 0;
  for (const auto& bin : result.calibration.bins) pixels += bin.pixels;
  EXPECT_EQ(pixels, 19 * 32 * 32);
  // Every drawn defect lies 4 pixels or more from the border, so none is left out.
  const store::Reader reader(place.store());
  std::int64_t sites = 0, true_defects = 0;
  for (std::int64_t id = 19; id < 19 + 19; ++id)
    for (const auto& atom : reader.atoms(id)) sites += atom.label > 0 ? 1 : 0;
  for (const auto& defect : result.defects) true_defects += defect.true_defects;
  EXPECT_EQ(true_defects, sites);
  EXPECT_EQ(result.rules.match_radius_A, 1.5);
}

TEST(Evaluation, AllSplitsTogether) {
  const Workplace place;
  api().train(place.request(1), place.group());
  auto request = place.evaluation();
  request.split = "all";
  request.predictions = place.models() / "all.h5";
  EXPECT_EQ(api().evaluate(request, place.group()).images, 12 + 5 + 7);
  EXPECT_EQ(store::read_predictions(request.predictions).samples.size(), 24U);
}

TEST(Evaluation, ASelectionDecidesWhatIsSeen) {
  const Workplace place;
  api().train(place.request(1), place.group());
  auto request = place.evaluation();
  request.selection.roles.assign(12 + 1 + 5 + 1 + 7 + 1, static_cast<std::uint8_t>(Role::unused));
  request.selection.roles[3] = static_cast<std::uint8_t>(Role::test);
  request.selection.roles[4] = static_cast<std::uint8_t>(Role::train);
  const auto result = api().evaluate(request, place.group());
  EXPECT_EQ(result.images, 1);
  EXPECT_EQ(store::read_predictions(place.models() / "predictions.h5").samples, std::vector<std::int64_t>{3});
  request.selection.roles.pop_back();
  EXPECT_THAT(refusal([&] { api().evaluate(request, place.group()); }), HasSubstr("another store"));
}

TEST(Evaluation, AnExportedModelGivesTheSame) {
  const Workplace place;
  api().train(place.request(2), place.group());
  const auto known = api().evaluate(place.evaluation(), place.group());
  EvaluateRequest request{.store = place.store(), .models = {}, .key = {}};
  request.script = place.models() / "model.pt";
  EXPECT_EQ(all_of(api().evaluate(request, place.group())), all_of(known));
  request.script = place.store();
  EXPECT_THAT(refusal([&] { api().evaluate(request, place.group()); }), HasSubstr("store.h5"));
}

TEST(Evaluation, UsesTheWeightsOfTheBestEpoch) {
  const Workplace place;
  const auto trained = api().train(place.request(6), place.group());
  auto request = place.evaluation();
  request.split = "validation";
  double best = 0;
  for (const auto& record : trained.history) best = std::max(best, record.validation_f1);
  EXPECT_NEAR(api().evaluate(request, place.group()).macro_f1, best, 1e-12);
}

TEST(Evaluation, RefusesWhatIsMissingOrDoesNotFit) {
  const Workplace place;
  EXPECT_THAT(refusal([&] { api().evaluate(place.evaluation(), place.group()); }), HasSubstr("Train first?"));
  api().train(place.request(1), place.group());
  auto request = place.evaluation();
  request.key = "other";
  EXPECT_THAT(refusal([&] { api().evaluate(request, place.group()); }), HasSubstr("Train again?"));
  request = place.evaluation();
  request.split = "tests";
  EXPECT_THAT(refusal([&] { api().evaluate(request, place.group()); }), HasSubstr("in the split \"tests\""));
  if (place.group().rank() == 0) write_atomic(place.models() / "best.pt", "damaged");
  EXPECT_THAT(refusal([&] { api().evaluate(place.evaluation(), place.group()); }), HasSubstr("is damaged"));
}

}  // namespace
}  // namespace twinmill::train

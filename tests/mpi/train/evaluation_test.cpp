#include <gmock/gmock.h>

#include <numeric>

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

TEST(Evaluation, CountsWhatItPredicts) {
  const Workplace place({.test = 19});
  api().train(place.request(3), place.group());
  const auto result = api().evaluate(place.evaluation(), place.group());
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
  EXPECT_EQ(api().evaluate(alone, mpi::Communicator::self()).confusion, all.confusion);
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

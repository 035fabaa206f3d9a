#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "synthetic_store.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/store/store.hpp"
#include "twinmill/train/api.hpp"

namespace twinmill::train {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing::SyntheticStore;
using testing::Workplace;

/// The message of the Error that every rank must throw; its fault is checked.
template <class Work>
std::string error_of(Fault fault, const Work& work) {
  try {
    work();
  } catch (const Error& e) {
    EXPECT_EQ(name(e.fault()), name(fault)) << e.what();
    return e.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

/// A wish to stop after so many steps.
std::function<bool()> after(int steps) {
  return [left = steps]() mutable { return --left <= 0; };
}

/// Rank 0's view of two runs that must be the same. Times differ.
void expect_same(const mpi::Communicator& group, const TrainResult& a, const TrainResult& b) {
  ASSERT_EQ(a.history.size(), b.history.size());
  // On several ranks the running statistics are averaged once more where a run was stopped: another order of sums.
  const double tolerance = group.size() == 1 ? 0 : 1e-3;
  for (std::size_t i = 0; i < a.history.size(); ++i) {
    EXPECT_EQ(a.history[i].epoch, b.history[i].epoch);
    EXPECT_EQ(a.history[i].train_loss, b.history[i].train_loss) << "epoch " << i + 1;
    EXPECT_NEAR(a.history[i].validation_loss, b.history[i].validation_loss, tolerance) << "epoch " << i + 1;
    EXPECT_NEAR(a.history[i].validation_f1, b.history[i].validation_f1, tolerance) << "epoch " << i + 1;
  }
}

TEST(Training, LearnsAndLeavesItsFiles) {
  const Workplace place;
  auto request = place.request(25);
  std::vector<double> fractions;
  request.progress = [&](const EpochRecord& record, double fraction) {
    EXPECT_EQ(record.epoch, static_cast<int>(fractions.size()) + 1);
    fractions.push_back(fraction);
  };
  const auto result = api().train(request, place.group());
  EXPECT_TRUE(result.finished);
  ASSERT_EQ(result.history.size(), 25U);
  EXPECT_LT(result.history.back().train_loss, 0.3 * result.history.front().train_loss);
  EXPECT_GT(result.history.back().validation_f1, 0.5) << "a guess by the classes' frequencies would reach 0.02";
  EXPECT_GT(result.history.back().images_per_s, 0);
  EXPECT_GT(result.parameters, 100'000);
  EXPECT_EQ(fractions.size(), place.group().rank() == 0 ? 25U : 0U);
  if (!fractions.empty()) {
    EXPECT_EQ(fractions.back(), 1);
  }
  for (const auto* file : {"checkpoint.pt", "best.pt", "model.json"}) {
    EXPECT_TRUE(std::filesystem::exists(place.models() / file)) << file;
  }
}

TEST(Training, ResumesAsIfItHadNeverStopped) {
  const Workplace place;
  const auto straight = api().train(place.request(4, "straight"), place.group());
  // 12 samples in batches of 4 are 3 steps an epoch: a stop at the end of an epoch, in its middle, in the first one.
  for (const int steps : {6, 5, 1}) {
    const std::string models = cat("stopped-", steps);
    auto request = place.request(4, models);
    request.stop = after(steps);
    const auto stopped = api().train(request, place.group());
    EXPECT_FALSE(stopped.finished);
    EXPECT_EQ(stopped.history.size(), steps == 5 ? 1U : steps == 6 ? 1U : 0U);
    request.stop = {};
    const auto resumed = api().train(request, place.group());
    EXPECT_TRUE(resumed.finished);
    expect_same(place.group(), straight, resumed);
    if (place.group().rank() == 0 && place.group().size() == 1) {
      EXPECT_EQ(read_text(place.models("straight") / "best.pt"), read_text(place.models(models) / "best.pt"));
    }
  }
}

TEST(Training, ResumesWithEverySettingThatHasAState) {
  const Workplace place;
  const auto changed = [&](const std::string& models) {
    auto request = place.request(9, models);
    request.spec.schedule = "plateau";
    request.spec.warmup_steps = 5;
    request.spec.clip_norm = 0.05;
    request.spec.accumulate = 2;
    request.spec.loss = "cross_entropy+dice";
    request.spec.batch_norm = "synchronised";
    request.spec.early_stop = 6;
    return request;
  };
  const auto straight = api().train(changed("straight"), place.group());
  auto request = changed("stopped");
  for (const int steps : {4, 5, 9}) {
    request.stop = after(steps);
    EXPECT_FALSE(api().train(request, place.group()).finished);
  }
  request.stop = {};
  expect_same(place.group(), straight, api().train(request, place.group()));
}

TEST(Training, EndsEarlyWhenNoEpochIsBetterAndIsFinishedThen) {
  const Workplace place;
  auto request = place.request(60);
  request.spec.learning_rate = 1e-12;  // nothing changes but the running statistics
  request.spec.early_stop = 2;
  const auto result = api().train(request, place.group());
  EXPECT_TRUE(result.finished);
  ASSERT_LT(result.history.size(), 60U);
  std::size_t best = 0;
  const auto& h = result.history;
  for (std::size_t i = 1; i < h.size(); ++i) {
    const bool better = h[i].validation_f1 != h[best].validation_f1 ? h[i].validation_f1 > h[best].validation_f1
                                                                    : h[i].validation_loss < h[best].validation_loss;
    if (better) best = i;
  }
  EXPECT_EQ(h.size() - 1 - best, 2U);
  int calls = 0;
  request.progress = [&](const EpochRecord&, double) { ++calls; };
  EXPECT_EQ(api().train(request, place.group()).history.size(), h.size());
  EXPECT_EQ(calls, 0);
}

TEST(Training, ClippedToNothingLearnsNothing) {
  // Adam does not see the size of gradients; one that is far below its epsilon does not move the weights.
  const Workplace place;
  auto request = place.request(2);
  request.spec.clip_norm = 1e-14;
  request.spec.schedule = "constant";
  const auto result = api().train(request, place.group());
  EXPECT_NEAR(result.history[1].train_loss, result.history[0].train_loss, 0.15 * result.history[0].train_loss);
  request = place.request(2, "free");
  const auto moved = api().train(request, place.group());
  EXPECT_LT(moved.history[1].train_loss, result.history[1].train_loss);
}

TEST(Training, SynchronisedItDoesNotDependOnTheNumberOfRanks) {
  const Workplace place;
  auto request = place.request(2);
  request.spec.batch_norm = "synchronised";
  const auto together = api().train(request, place.group());
  request.models = place.models(cat("alone", place.group().rank()));
  const auto alone = api().train(request, mpi::Communicator::self());
  // The first step has the same loss to rounding, and the curves stay together while rounding has not grown.
  EXPECT_NEAR(together.history[0].train_loss, alone.history[0].train_loss, 1e-3);
}

TEST(Training, ReportsHowLongItWaitedForSamples) {
  const Workplace place;
  const auto result = api().train(place.request(2), place.group());
  for (const auto& record : result.history) {
    EXPECT_GE(record.loader_wait_s, 0);
    EXPECT_LE(record.loader_wait_s, record.seconds);
  }
}

TEST(Training, RefusesMixedPrecisionOnAProcessor) {
  const Workplace place;
  auto request = place.request(1);
  request.spec.precision = "mixed";
  EXPECT_THAT(error_of(Fault::input, [&] { api().train(request, place.group()); }), HasSubstr("needs a GPU"));
}

TEST(Training, OfSeveralRanksStartsFromTheSameWeightsAndSeesTheSameSamples) {
  // With one step of one epoch the loss is that of the first weights; batch statistics are of each rank's own part.
  const Workplace place;
  auto request = place.request(1);
  request.spec.batch_size = 12;
  const auto together = api().train(request, place.group());
  request.models = place.models(cat("alone", place.group().rank()));
  const auto alone = api().train(request, mpi::Communicator::self());
  EXPECT_NEAR(together.history[0].train_loss, alone.history[0].train_loss, 0.1);
  if (place.group().size() == 1) {
    EXPECT_EQ(together.history[0].train_loss, alone.history[0].train_loss);
  }
}

TEST(Training, GoesOnWithAnotherNumberOfRanks) {
  const Workplace place;
  auto request = place.request(2);
  request.stop = after(4);  // in the second epoch
  const auto stopped = api().train(request, place.group());
  request.stop = {};
  mpi::together(place.group(), [&] {
    if (place.group().rank() != 0) return;
    const auto resumed = api().train(request, mpi::Communicator::self());
    EXPECT_TRUE(resumed.finished);
    ASSERT_EQ(resumed.history.size(), 2U);
    EXPECT_EQ(resumed.history[0].train_loss, stopped.history[0].train_loss);
    EXPECT_LT(resumed.history[1].train_loss, resumed.history[0].train_loss);
  });
}

TEST(Training, AFinishedOneIsNotRepeated) {
  const Workplace place;
  auto request = place.request(2);
  const auto first = api().train(request, place.group());
  int calls = 0;
  request.progress = [&](const EpochRecord&, double) { ++calls; };
  const auto again = api().train(request, place.group());
  EXPECT_TRUE(again.finished);
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(again.parameters, first.parameters);
  expect_same(place.group(), first, again);
}

TEST(Training, StartsAnewWhenItsFilesAreDamagedOrOfAnother) {
  const Workplace place;
  auto request = place.request(2);
  const auto first = api().train(request, place.group());
  int calls = 0;
  request.progress = [&](const EpochRecord&, double) { ++calls; };
  const auto expect_anew = [&](const TrainRequest& changed) {
    calls = 0;
    const auto again = api().train(changed, place.group());
    EXPECT_EQ(calls, place.group().rank() == 0 ? 2 : 0);
    EXPECT_EQ(again.history.size(), 2U);
    if (changed.spec.seed == request.spec.seed) expect_same(place.group(), first, again);
  };
  const bool writer = place.group().rank() == 0;
  const auto checkpoint = place.models() / "checkpoint.pt";
  if (writer) {
    std::string text = read_text(checkpoint);
    text[text.size() / 2] = static_cast<char>(text[text.size() / 2] ^ 1);
    write_atomic(checkpoint, text);
  }
  expect_anew(request);
  if (writer) write_atomic(checkpoint, "");
  expect_anew(request);
  if (writer) std::filesystem::remove(place.models() / "best.pt");
  expect_anew(request);
  request.key = "another";
  expect_anew(request);
  auto other_seed = request;
  other_seed.spec.seed = 2;
  expect_anew(other_seed);
}

TEST(Training, CropsAndCheckpointsNowAndThen) {
  const Workplace place({.size = 40});
  auto request = place.request(3);
  request.spec.crop_pixels = 24;
  request.spec.checkpoint_every = 2;
  const auto result = api().train(request, place.group());
  EXPECT_TRUE(result.finished);
  EXPECT_EQ(result.history.size(), 3U);
  EXPECT_EQ(api().evaluate(place.evaluation(), place.group()).images, 7);
}

TEST(Training, CropsToAPartOfTheArea) {
  const Workplace place({.size = 40});
  auto request = place.request(1);
  request.spec.crop_area = 0.64;  // 32 of 40 pixels
  EXPECT_TRUE(api().train(request, place.group()).finished);
  EXPECT_THAT(read_text(place.models() / "model.json"), HasSubstr("\"image_width\": 32"));
}

TEST(Training, WithFewerSamplesThanRanksPerBatch) {
  const Workplace place({.train = 3, .validation = 0});
  auto request = place.request(2);
  request.spec.batch_size = 1;
  const auto result = api().train(request, place.group());
  EXPECT_TRUE(result.finished);
  EXPECT_TRUE(std::isnan(result.history[1].validation_f1));
  EXPECT_TRUE(std::isnan(result.history[1].validation_loss));
  EXPECT_TRUE(std::isfinite(result.history[1].train_loss));
}

TEST(Training, ALossThatIsNoNumberNamesTheVerySample) {
  for (const auto* batch_norm : {"local", "synchronised"}) {
    const Workplace place({.train = 4, .not_a_number = 2});
    auto request = place.request(1);
    request.spec.batch_norm = batch_norm;
    const auto message = error_of(Fault::input, [&] { api().train(request, place.group()); });
    EXPECT_THAT(message, AllOf(HasSubstr("the training loss is"), HasSubstr("(epoch 1, step 1, sample 2)")));
    EXPECT_FALSE(std::filesystem::exists(place.models() / "checkpoint.pt"));
  }
}

TEST(Training, ALossThatNoSampleAloneCausedNamesThemAll) {
  const Workplace place({.train = 2, .validation = 0});
  auto request = place.request(20);
  request.spec.learning_rate = 1e30;
  request.spec.schedule = "constant";
  const auto message = error_of(Fault::input, [&] { api().train(request, place.group()); });
  EXPECT_THAT(message, AllOf(HasSubstr("the training loss is"), HasSubstr("samples "), HasSubstr("alone"),
                             HasSubstr("Lower learning_rate")));
}

TEST(Training, AFailureOfOneRankEndsAllWithoutWaiting) {
  const Workplace place;
  auto request = place.request(2);
  request.stop = []() -> bool { throw Error(Fault::system, "the disk is gone"); };
  const auto message = error_of(Fault::system, [&] { api().train(request, place.group()); });
  EXPECT_THAT(message, HasSubstr("the disk is gone"));
}

TEST(Training, ReportsMistakesOfItsSettingsAtOnce) {
  const Workplace place;
  auto request = place.request(0);
  request.spec.network.width = 0;
  request.spec.batch_size = 0;
  request.spec.crop_pixels = 33;
  request.spec.loss = "hinge";
  request.spec.schedule = "steps";
  EXPECT_THAT(error_of(Fault::input, [&] { api().train(request, place.group()); }),
              AllOf(HasSubstr("width = 0"), HasSubstr("epochs = 0"), HasSubstr("batch_size = 0"),
                    HasSubstr("crop_pixels = 33"), HasSubstr("loss = hinge"), HasSubstr("schedule = steps")));
  request = place.request(1);
  request.spec.network.name = "g-unets";
  EXPECT_THAT(error_of(Fault::input, [&] { api().train(request, place.group()); }), HasSubstr("Did you mean g-unet?"));
  request = place.request(1);
  request.store = place.store().string() + ".absent";
  error_of(Fault::input, [&] { api().train(request, place.group()); });
  EXPECT_FALSE(std::filesystem::exists(place.models()));
}

TEST(Training, WithoutFinishedSamplesSaysSo) {
  const Workplace place({.train = 0});
  EXPECT_THAT(error_of(Fault::input, [&] { api().train(place.request(1), place.group()); }),
              HasSubstr("holds no finished sample to train on"));
}

TEST(Training, RefusesSamplesThatCannotTeach) {
  const auto refusal = [](const SyntheticStore& what, const Selection& selection) {
    const Workplace place(what);
    auto request = place.request(1);
    request.selection = selection;
    const auto message = error_of(Fault::input, [&] { api().train(request, place.group()); });
    EXPECT_FALSE(std::filesystem::exists(place.models() / "checkpoint.pt"));
    return message;
  };
  EXPECT_THAT(refusal({.leak = true}, {}), AllOf(HasSubstr("structure 0 stands in two splits: sample 0 in train"),
                                                 HasSubstr("deal the splits anew?")));
  EXPECT_THAT(refusal({.kinds = 0}, {}), HasSubstr("the masks hold nothing but lattice"));
  EXPECT_THAT(refusal({.kinds = 1}, {.classes = {"vacancy", "dopant"}}), HasSubstr("no training sample shows dopant"));
  EXPECT_THAT(refusal({.kinds = 1}, {.classes = {"dopant"}}),
              HasSubstr("holds no finished sample to train on of the selected classes"));
  EXPECT_THAT(refusal({}, {.classes = {"vacancies", "vacancy", "vacancy"}}),
              AllOf(HasSubstr("Did you mean vacancy?"), HasSubstr("is selected twice")));
  EXPECT_THAT(refusal({}, {.roles = {1, 2, 3}}), HasSubstr("has roles of 3 samples (the store has 27)"));
  if (mpi::Communicator::world().size() > 1) {
    EXPECT_THAT(refusal({.train = 1}, {}), HasSubstr("1 samples to train on for 2 ranks"));
  }
}

TEST(Training, SeesTheSamplesThatItsRolesSay) {
  const Workplace place;
  auto request = place.request(1);
  // 13 samples of the training split (the last one is not done), 6 for validation, 8 for test: train on the test split.
  request.selection.roles.assign(27, static_cast<std::uint8_t>(Role::unused));
  for (int id = 19; id < 27; ++id) request.selection.roles[static_cast<std::size_t>(id)] = 1;
  for (int id = 0; id < 4; ++id) request.selection.roles[static_cast<std::size_t>(id)] = 2;
  for (int id = 4; id < 12; ++id) request.selection.roles[static_cast<std::size_t>(id)] = 3;
  EXPECT_TRUE(api().train(request, place.group()).finished);
  auto evaluation = place.evaluation();
  evaluation.selection = request.selection;
  EXPECT_EQ(api().evaluate(evaluation, place.group()).images, 8);
  request.selection.roles[0] = 3;  // its structure stays in validation
  EXPECT_THAT(error_of(Fault::input, [&] { api().train(request, place.group()); }), HasSubstr("stands in two splits"));
}

TEST(Training, OfOneClassLeavesOutWhatShowsAnother) {
  const Workplace place({.train = 40, .validation = 12, .test = 12, .size = 16});
  auto request = place.request(1);
  request.selection.classes = {"dopant"};
  const store::Reader reader(place.store());
  std::int64_t without_vacancy = 0;
  for (std::int64_t id = 41 + 13; id < 41 + 13 + 12; ++id) {
    const auto mask = reader.mask(id);
    without_vacancy += std::find(mask.data.begin(), mask.data.end(), 1) == mask.data.end() ? 1 : 0;
  }
  ASSERT_GT(without_vacancy, 0);
  ASSERT_LT(without_vacancy, 12);
  EXPECT_TRUE(api().train(request, place.group()).finished);
  const auto result = api().evaluate(place.evaluation(), place.group());
  EXPECT_EQ(result.images, without_vacancy);
  ASSERT_EQ(result.classes.size(), 2U);
  EXPECT_EQ(result.classes[1].name, "dopant");
}

TEST(Describe, NamesLibTorchInOneLine) {
  std::string warning;
  const std::string line = api().describe(warning);
  EXPECT_THAT(line, AllOf(StartsWith("LibTorch "), HasSubstr("GFLOP/s")));
  EXPECT_EQ(line.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace twinmill::train

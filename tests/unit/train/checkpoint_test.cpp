#include "checkpoint.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "describe.hpp"
#include "temp_folder.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"

namespace twinmill::train {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Checkpoint example() {
  return {.identity = "0123",
          .position = {.epochs_done = 2, .steps_done = 3, .loss_sum = 0.1, .seconds = 1.5},
          .history = {{.epoch = 1, .train_loss = 1.0 / 3, .validation_loss = 0.5, .validation_f1 = nan},
                      {.epoch = 2, .train_loss = 0.25, .validation_loss = 0.4, .validation_f1 = 0.7}},
          .archive = std::string("weights\n\0more", 13)};
}

TEST(Checkpoint, ReadsBackExactly) {
  const Checkpoint written = example(), read = unpack(pack(written));
  EXPECT_EQ(read.identity, written.identity);
  EXPECT_EQ(read.archive, written.archive);
  EXPECT_EQ(read.position.epochs_done, 2);
  EXPECT_EQ(read.position.steps_done, 3);
  EXPECT_EQ(read.position.loss_sum, 0.1);
  EXPECT_EQ(read.position.seconds, 1.5);
  ASSERT_EQ(read.history.size(), 2U);
  EXPECT_EQ(read.history[0].train_loss, 1.0 / 3);
  EXPECT_TRUE(std::isnan(read.history[0].validation_f1));
  EXPECT_EQ(read.history[1].validation_f1, 0.7);
}

TEST(Checkpoint, EveryFlippedBitAndEveryTruncationIsFound) {
  const std::string good = pack(example());
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    EXPECT_THROW(unpack(bad), Error) << "byte " << i;
    EXPECT_THROW(unpack(good.substr(0, i)), Error) << "first " << i << " bytes";
  }
}

TEST(Checkpoint, IsFoundByItsIdentityOnly) {
  const testing::TempFolder folder;
  EXPECT_FALSE(find_checkpoint(folder.path(), "0123"));
  save(folder.path(), example());
  EXPECT_TRUE(find_checkpoint(folder.path(), "0123"));
  EXPECT_FALSE(find_checkpoint(folder.path(), "4567"));
  write_atomic(checkpoint_path(folder.path()), "rubbish");
  EXPECT_FALSE(find_checkpoint(folder.path(), "0123"));
}

TEST(Identity, ChangesWithWhatDecidesTheWeightsAndNothingElse) {
  const std::vector<std::string> classes = {"lattice", "vacancy"}, detectors = {"haadf"};
  const TrainSpec spec;
  const auto original = identity("key", spec, classes, detectors);
  const auto changed = [&](auto change) {
    TrainSpec other = spec;
    change(other);
    return identity("key", other, classes, detectors) != original;
  };
  EXPECT_TRUE(changed([](TrainSpec& s) { s.network.name = "x"; }));
  EXPECT_TRUE(changed([](TrainSpec& s) { s.network.width = 8; }));
  EXPECT_TRUE(changed([](TrainSpec& s) { s.epochs = 5; }));
  EXPECT_TRUE(changed([](TrainSpec& s) { s.batch_size = 5; }));
  EXPECT_TRUE(changed([](TrainSpec& s) { s.learning_rate = 1; }));
  EXPECT_TRUE(changed([](TrainSpec& s) { s.crop_pixels = 64; }));
  EXPECT_TRUE(changed([](TrainSpec& s) { s.class_weight_power = 1; }));
  EXPECT_TRUE(changed([](TrainSpec& s) { s.network.upsampling = "bilinear"; }));
  EXPECT_TRUE(changed([](TrainSpec& s) { s.network.conditioned = true; }));
  EXPECT_TRUE(changed([](TrainSpec& s) { s.network.pretrained_content = "1f"; }));
  EXPECT_FALSE(changed([](TrainSpec& s) { s.network.pretrained = "x.pt"; })) << "its content counts";
  EXPECT_TRUE(changed([](TrainSpec& s) { s.accumulate = 2; }));
  EXPECT_TRUE(changed([](TrainSpec& s) { s.schedule = "constant"; }));
  EXPECT_TRUE(changed([](TrainSpec& s) { s.warmup_steps = 3; }));
  EXPECT_TRUE(changed([](TrainSpec& s) { s.clip_norm = 1; }));
  EXPECT_TRUE(changed([](TrainSpec& s) { s.early_stop = 4; }));
  EXPECT_TRUE(changed([](TrainSpec& s) { s.crop_area = 0.08; }));
  EXPECT_TRUE(changed([](TrainSpec& s) { s.loss = "dice"; }));
  EXPECT_TRUE(changed([](TrainSpec& s) { s.focal_gamma = 1; }));
  EXPECT_TRUE(changed([](TrainSpec& s) { s.batch_norm = "synchronised"; }));
  EXPECT_TRUE(changed([](TrainSpec& s) { s.precision = "mixed"; }));
  EXPECT_TRUE(changed([](TrainSpec& s) { s.seed = 2; }));
  EXPECT_FALSE(changed([](TrainSpec& s) { s.bucket_mb = 2; }));
  EXPECT_FALSE(changed([](TrainSpec& s) { s.checkpoint_every = 2; }));
  EXPECT_NE(identity("other", spec, classes, detectors), original);
  EXPECT_NE(identity("key", spec, detectors, classes), original);
}

TEST(BestEpoch, ByF1ThenByValidationLoss) {
  std::vector<EpochRecord> history = {{.validation_loss = 0.9, .validation_f1 = 0.0},
                                      {.validation_loss = 0.8, .validation_f1 = 0.0},
                                      {.validation_loss = 0.8, .validation_f1 = 0.0}};
  EXPECT_EQ(best_epoch(history), 1U);
  history.push_back({.validation_loss = 5, .validation_f1 = 0.1});
  EXPECT_EQ(best_epoch(history), 3U);
}

TEST(BestEpoch, WithoutDefectsByLossAndWithoutValidationByTrainingLoss) {
  const std::vector<EpochRecord> no_defects = {{.validation_loss = 0.3, .validation_f1 = nan},
                                               {.validation_loss = 0.2, .validation_f1 = nan},
                                               {.validation_loss = 0.4, .validation_f1 = nan}};
  EXPECT_EQ(best_epoch(no_defects), 1U);
  const std::vector<EpochRecord> no_validation = {{.train_loss = 0.3, .validation_loss = nan, .validation_f1 = nan},
                                                  {.train_loss = 0.2, .validation_loss = nan, .validation_f1 = nan}};
  EXPECT_EQ(best_epoch(no_validation), 1U);
}

TEST(BlasWarning, ComesWhenProductsAreFarBelowConvolutions) {
  EXPECT_EQ(blas_warning(100, 150, "SkylakeX"), "");
  EXPECT_EQ(blas_warning(39, 150, "SkylakeX"),
            "the BLAS in use runs far below the processor (matrix products at 39 GFLOP/s, oneDNN's at 150 GFLOP/s). "
            "Set OPENBLAS_CORETYPE=SkylakeX or install libopenblas0-pthread?");
  EXPECT_EQ(blas_warning(2, 150, ""),
            "the BLAS in use runs far below the processor (matrix products at 2 GFLOP/s, oneDNN's at 150 GFLOP/s). "
            "Install libopenblas0-pthread?");
}

}  // namespace
}  // namespace twinmill::train

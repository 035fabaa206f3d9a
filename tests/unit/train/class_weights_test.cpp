#include "class_weights.hpp"

#include <gmock/gmock.h>

#include "twinmill/base/error.hpp"

namespace twinmill::train {
namespace {

TEST(ClassWeights, AreFrequencyToThePowerWithMeanOneOverPresentClasses) {
  const auto w = class_weights(std::vector<std::int64_t>{9900, 100, 0}, 0.5);
  // frequencies 0.99 and 0.01: ratio of weights sqrt(99)
  EXPECT_NEAR(w.weight[1] / w.weight[0], std::sqrt(99.0), 1e-12);
  EXPECT_NEAR((w.weight[0] + w.weight[1]) / 2, 1, 1e-12);
  EXPECT_EQ(w.weight[2], 1);
  EXPECT_NEAR(w.mean_pixel_weight, 0.99 * w.weight[0] + 0.01 * w.weight[1], 1e-12);
}

TEST(ClassWeights, PowerZeroWeighsAllAlikeAndPowerOneBalancesThem) {
  const std::vector<std::int64_t> pixels = {700, 200, 100};
  for (const double weight : class_weights(pixels, 0).weight) EXPECT_DOUBLE_EQ(weight, 1);
  const auto balanced = class_weights(pixels, 1);
  EXPECT_NEAR(balanced.weight[0] * 700, balanced.weight[2] * 100, 1e-9);
}

TEST(ClassWeights, NoPixelsAreAnError) { EXPECT_THROW(class_weights(std::vector<std::int64_t>{0, 0}, 0.5), Error); }

}  // namespace
}  // namespace twinmill::train

#include "segmentation.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <cmath>

namespace twinmill::train {
namespace {

using ::testing::ElementsAre;

TEST(Loss, IsTheWeightedMeanOverPixels) {
  // Equal logits: cross entropy ln 3 for every pixel, whatever its class.
  const at::Tensor logits = at::zeros({2, 3, 2, 2});
  const at::Tensor masks = at::zeros({2, 2, 2}, at::kLong);
  masks[0][0][0] = 2;
  const ClassWeights weights = class_weights(std::vector<std::int64_t>{7, 0, 1}, 0.5);
  const double sum =
      loss_sum(logits, masks, weight_tensor(weights, at::kCPU), weights.mean_pixel_weight).item<double>();
  EXPECT_NEAR(sum, 2 * std::log(3.0), 1e-6) << "two samples with the frequencies that the weights were made from";
}

TEST(MostLikely, IsTheHighestLogit) {
  const at::Tensor logits = at::zeros({1, 3, 1, 2});
  logits[0][2][0][0] = 1.0F;
  logits[0][1][0][1] = 1.0F;
  EXPECT_THAT(most_likely(logits), ElementsAre(2, 1));
}

}  // namespace
}  // namespace twinmill::train

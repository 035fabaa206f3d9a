#include "network.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "segmentation.hpp"
#include "twinmill/base/error.hpp"
#include "weights.hpp"

namespace twinmill::train {
namespace {

using ::testing::ElementsAre;

std::shared_ptr<Network> small(std::uint64_t seed) {
  return make_network("g-unet", {.channels = 2, .classes = 3, .width = 8}, seed);
}

/// Two 3x3 convolutions with bias, each followed by scale and shift of batch normalisation.
std::int64_t pair(std::int64_t in, std::int64_t out) { return (9 * in + 1 + 2) * out + (9 * out + 1 + 2) * out; }

TEST(GUNet, HasTheParametersOfThePublishedNetwork) {
  const auto network = make_network("g-unet", {.channels = 1, .classes = 10, .width = 64}, 1);
  EXPECT_EQ(count_parameters(*network), 31'042'954);
}

TEST(GUNet, HasTheParametersThatItsDesignGives) {
  const std::int64_t w = 4, channels = 2, classes = 3;
  std::int64_t expected = pair(channels, w) + pair(w, 2 * w) + pair(2 * w, 4 * w) + pair(4 * w, 8 * w);
  expected += pair(8 * w, 16 * w);
  for (const std::int64_t out : {w, 2 * w, 4 * w, 8 * w}) expected += (4 * 2 * out + 1) * out + pair(2 * out, out);
  expected += (w + 1) * classes;
  EXPECT_EQ(count_parameters(*make_network("g-unet", {.channels = 2, .classes = 3, .width = 4}, 1)), expected);
}

TEST(GUNet, KeepsAnySize) {
  const auto network = small(1);
  for (const auto& [h, w] : std::vector<std::pair<int, int>>{{32, 32}, {1, 5}, {16, 16}, {33, 47}, {40, 96}}) {
    EXPECT_THAT(network->forward(at::ones({1, 2, h, w}), {}).sizes(), ElementsAre(1, 3, h, w)) << h << " x " << w;
  }
}

TEST(GUNet, SeesEveryPixelOfAPaddedImage) {
  const auto network = small(1);
  network->eval();
  const at::NoGradGuard no_grad;
  const at::Tensor image = at::zeros({1, 2, 33, 35});
  const at::Tensor before = network->forward(image, {});
  for (const auto& [y, x] : std::vector<std::pair<int, int>>{{0, 0}, {0, 34}, {32, 0}, {32, 34}}) {
    at::Tensor other = image.clone();
    other[0][0][y][x] = 5.0F;
    const at::Tensor change = (network->forward(other, {}) - before).abs().sum(1)[0];
    EXPECT_GT(change[y][x].item<float>(), 0) << "pixel " << x << ", " << y << " acts on its own place";
  }
}

TEST(Networks, FollowFromTheirSeed) {
  EXPECT_EQ(save_weights(*small(1)).size(), save_weights(*small(2)).size());
  const auto a = small(1)->parameters(), b = small(1)->parameters(), c = small(2)->parameters();
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(at::equal(a[i], b[i]));
  EXPECT_FALSE(at::equal(a[0], c[0]));
}

TEST(Networks, AnUnknownNameGetsASuggestion) {
  try {
    make_network("g-unit", {}, 1);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.fault(), Fault::input);
    EXPECT_STREQ(e.what(), "network = g-unit (there is no such network). Did you mean g-unet?");
  }
}

TEST(Weights, ReadBackExactlyWithRunningStatistics) {
  const auto written = small(1), read = small(2);
  written->forward(at::rand({2, 2, 32, 32}), {});  // moves the running statistics
  load_weights(*read, save_weights(*written));
  written->eval();
  read->eval();
  const at::Tensor image = at::rand({1, 2, 32, 32});
  EXPECT_TRUE(at::equal(written->forward(image, {}), read->forward(image, {})));
}

TEST(Weights, OfAnotherNetworkAreRefused) {
  const auto other = make_network("g-unet", {.channels = 2, .classes = 3, .width = 3}, 1);
  EXPECT_THROW(load_weights(*small(1), "no archive"), Error);
  EXPECT_THROW(load_weights(*small(1), save_weights(*other)), Error);
}

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

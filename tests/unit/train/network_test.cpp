#include "network.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "twinmill/base/error.hpp"
#include "weights.hpp"

namespace twinmill::train {
namespace {

using ::testing::ElementsAre;

constexpr int conditions = 5;

std::shared_ptr<Network> small(const std::string& name, std::uint64_t seed) {
  return make_network(name, {.channels = 2, .classes = 3, .width = 4}, seed);
}

/// Two 3x3 convolutions with bias, each followed by scale and shift of batch normalisation.
std::int64_t pair(std::int64_t in, std::int64_t out) { return (9 * in + 1 + 2) * out + (9 * out + 1 + 2) * out; }

std::int64_t encoder_parameters(const Network& network) {
  std::int64_t count = 0;
  for (const auto& part : network.encoder()) count += count_parameters(*network.named_children()[part]);
  return count;
}

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
  EXPECT_EQ(count_parameters(*small("g-unet", 1)), expected);
  NetworkShape bilinear{.channels = 2, .classes = 3, .width = 4, .conditions = 0, .upsampling = "bilinear"};
  for (const std::int64_t out : {w, 2 * w, 4 * w, 8 * w}) expected += (9 - 4) * 2 * out * out;
  EXPECT_EQ(count_parameters(*make_network("g-unet", bilinear, 1)), expected) << "3x3 instead of 2x2";
}

TEST(AUNet, HasAGateOnEachSkip) {
  const auto network = make_network("a-unet", {.channels = 1, .classes = 10, .width = 64}, 1);
  std::int64_t gates = 0;
  for (const std::int64_t c : {64, 128, 256, 512}) gates += c * (c / 2) + (2 * c + 1) * (c / 2) + (c / 2 + 1);
  EXPECT_EQ(count_parameters(*network), 31'042'954 + gates);
  EXPECT_EQ(count_parameters(*network), 31'566'158);
}

TEST(AUNet, AClosedGateLetsNothingOfTheSkipThrough) {
  const auto network = small("a-unet", 1);
  network->eval();
  const at::NoGradGuard no_grad;
  auto parameters = network->named_parameters();
  const at::Tensor image = at::rand({1, 2, 32, 32});
  const auto deep_only = [&](double bias) {
    for (int level = 1; level <= 4; ++level) parameters[cat("gate", level, ".psi.bias")].fill_(bias);
    const at::Tensor before = network->forward(image, {});
    // What the convolutions of a join see of the skip: their first half of channels.
    for (int level = 1; level <= 4; ++level) {
      auto& weight = parameters[cat("join", level, ".conv1.weight")];
      weight.slice(1, 0, weight.size(1) / 2).add_(1);
    }
    return (network->forward(image, {}) - before).abs().max().item<double>();
  };
  EXPECT_EQ(deep_only(-1e4), 0) << "sigmoid(-1e4) = 0";
  EXPECT_GT(deep_only(1e4), 1e-3);
}

TEST(ResNet152, HasThePublishedEncoder) {
  const auto network = make_network("resnet-152", {.channels = 3, .classes = 10, .width = 64}, 1);
  EXPECT_EQ(encoder_parameters(*network), 58'143'808);
  EXPECT_EQ(count_parameters(*network), 75'557'034);
  const auto parameters = network->named_parameters();
  for (const char* name :
       {"conv1.weight", "bn1.bias", "layer1.0.conv1.weight", "layer1.0.downsample.0.weight",
        "layer1.0.downsample.1.weight", "layer2.7.bn3.weight", "layer3.35.conv3.weight", "layer4.2.conv2.weight"}) {
    EXPECT_TRUE(parameters.contains(name)) << name;
  }
  EXPECT_FALSE(parameters.contains("conv1.bias"));
  EXPECT_THAT(parameters["layer2.0.conv2.weight"].sizes(), ElementsAre(128, 128, 3, 3));
  EXPECT_THAT(parameters["layer4.0.downsample.0.weight"].sizes(), ElementsAre(2048, 1024, 1, 1));
}

class EveryNetwork : public ::testing::TestWithParam<std::string> {};

TEST_P(EveryNetwork, KeepsAnySize) {
  const auto network = small(GetParam(), 1);
  for (const auto& [h, w] : std::vector<std::pair<int, int>>{{32, 32}, {1, 5}, {16, 16}, {33, 47}, {40, 96}}) {
    EXPECT_THAT(network->forward(at::ones({1, 2, h, w}), {}).sizes(), ElementsAre(1, 3, h, w)) << h << " x " << w;
  }
}

TEST_P(EveryNetwork, WorksWithTheSmallestWidthAndBothKindsOfUpsampling) {
  for (const char* upsampling : {"transposed", "bilinear"}) {
    const auto network = make_network(
        GetParam(), {.channels = 1, .classes = 2, .width = 1, .conditions = 0, .upsampling = upsampling}, 1);
    const auto logits = network->forward(at::rand({2, 1, 32, 32}), {});
    EXPECT_THAT(logits.sizes(), ElementsAre(2, 2, 32, 32));
    logits.sum().backward();
    for (const auto& p : network->named_parameters()) EXPECT_TRUE(p.value().grad().defined()) << p.key();
  }
}

TEST_P(EveryNetwork, SeesEveryPixelOfAPaddedImage) {
  // Wide enough that not all of ResNet's last channels, half as many, are silenced by their ReLU at some pixel.
  const auto network = make_network(GetParam(), {.channels = 2, .classes = 3, .width = 16}, 1);
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

TEST_P(EveryNetwork, ModulationStartsAsTheIdentityAndThenCounts) {
  const auto plain = small(GetParam(), 1);
  const auto conditioned =
      make_network(GetParam(), {.channels = 2, .classes = 3, .width = 4, .conditions = conditions}, 2);
  plain->eval();
  conditioned->eval();
  const at::NoGradGuard no_grad;
  auto weights = conditioned->named_parameters();
  for (const auto& p : plain->named_parameters()) weights[p.key()].copy_(p.value());
  const at::Tensor image = at::rand({1, 2, 32, 32});
  const at::Tensor first = at::rand({1, conditions}), second = at::rand({1, conditions});
  EXPECT_TRUE(at::equal(plain->forward(image, {}), conditioned->forward(image, first)));

  const auto places = weights["modulation.film.bias"].numel();
  weights["modulation.film.weight"].normal_(0, 0.1);
  const at::Tensor a = conditioned->forward(image, first), b = conditioned->forward(image, second);
  EXPECT_GT((a - b).abs().max().item<double>(), 1e-4);
  // Every channel that is modulated acts on the result.
  weights["modulation.film.weight"].zero_();
  const at::Tensor before = conditioned->forward(image, first);
  for (std::int64_t i = 0; i < places; i += places / 17) {
    weights["modulation.film.bias"].zero_();
    weights["modulation.film.bias"][i] = -3.0F;
    weights["modulation.film.bias"][(i + 1) % places] = 3.0F;
    EXPECT_GT((conditioned->forward(image, first) - before).abs().max().item<double>(), 0) << i << " of " << places;
  }
}

TEST_P(EveryNetwork, FollowsFromItsSeed) {
  const auto name = GetParam();
  const auto a = small(name, 1)->parameters(), b = small(name, 1)->parameters(), c = small(name, 2)->parameters();
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(at::equal(a[i], b[i]));
  EXPECT_FALSE(at::equal(a[0], c[0]));
}

INSTANTIATE_TEST_SUITE_P(Names, EveryNetwork, ::testing::ValuesIn(network_names()), [](const auto& one) {
  std::string name = one.param;
  name.erase(name.find('-'), 1);
  return name;
});

std::string complaint(const std::string& name, const NetworkShape& shape) {
  try {
    make_network(name, shape, 1);
  } catch (const Error& e) {
    EXPECT_EQ(e.fault(), Fault::input);
    return e.what();
  }
  return "none";
}

TEST(Networks, AnUnknownNameGetsASuggestion) {
  EXPECT_EQ(complaint("g-unit", {}), "network = g-unit (there is no such network). Did you mean g-unet?");
  EXPECT_EQ(complaint("transformer", {}),
            "network = transformer (there is no such network). Known: g-unet, a-unet and resnet-152?");
}

TEST(Networks, AllThatIsWrongWithAShapeIsToldAtOnce) {
  const std::string text = complaint("a-unet", {.width = 0, .upsampling = "nearest"});
  EXPECT_THAT(text, ::testing::HasSubstr("width = 0: must be at least 1"));
  EXPECT_THAT(text, ::testing::HasSubstr("upsampling = nearest: must be transposed or bilinear"));
}

TEST(Weights, ReadBackExactlyWithRunningStatistics) {
  const auto written = small("g-unet", 1), read = small("g-unet", 2);
  written->forward(at::rand({2, 2, 32, 32}), {});  // moves the running statistics
  load_weights(*read, save_weights(*written));
  written->eval();
  read->eval();
  const at::Tensor image = at::rand({1, 2, 32, 32});
  EXPECT_TRUE(at::equal(written->forward(image, {}), read->forward(image, {})));
}

TEST(Weights, OfAnotherNetworkAreRefused) {
  const auto other = make_network("g-unet", {.channels = 2, .classes = 3, .width = 3}, 1);
  EXPECT_THROW(load_weights(*small("g-unet", 1), "no archive"), Error);
  EXPECT_THROW(load_weights(*small("g-unet", 1), save_weights(*other)), Error);
}

}  // namespace
}  // namespace twinmill::train

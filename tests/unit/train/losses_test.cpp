#include "losses.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

namespace twinmill::train {
namespace {

/// Two samples of two pixels and two classes. Likelihoods of class 1: 1/4, 1/2 and 3/4, 1/5; true classes 0, 1 and 1,
/// 0.
struct Example {
  at::Tensor logits = at::zeros({2, 2, 1, 2});
  at::Tensor masks = at::zeros({2, 1, 2}, at::kLong);
  Example() {
    const double q1[2][2] = {{0.25, 0.5}, {0.75, 0.2}};
    const int y[2][2] = {{0, 1}, {1, 0}};
    for (int n = 0; n < 2; ++n) {
      for (int p = 0; p < 2; ++p) {
        logits[n][0][0][p] = 3.0;  // softmax does not see what is common to both
        logits[n][1][0][p] = 3.0 + std::log(q1[n][p] / (1 - q1[n][p]));
        masks[n][0][p] = y[n][p];
      }
    }
  }
  at::Tensor weight = at::tensor({1.0F, 3.0F});
};

constexpr double mean_weight = 1.6;

double value(const at::Tensor& sum) { return sum.item<double>(); }

// Likelihoods of the true classes 3/4, 1/2, 3/4, 4/5 with weights 1, 3, 3, 1; two pixels a sample.
TEST(Losses, CrossEntropyByHand) {
  const Example e;
  const double expected = -(std::log(0.75) + 3 * std::log(0.5) + 3 * std::log(0.75) + std::log(0.8)) / 2 / mean_weight;
  EXPECT_NEAR(value(loss_sum(e.logits, e.masks, e.weight, mean_weight)), expected, 1e-6);
}

TEST(Losses, FocalByHand) {
  const Example e;
  const double expected =
      -(0.0625 * std::log(0.75) + 3 * 0.25 * std::log(0.5) + 3 * 0.0625 * std::log(0.75) + 0.04 * std::log(0.8)) / 2 /
      mean_weight;
  EXPECT_NEAR(value(focal_sum(e.logits, e.masks, e.weight, mean_weight, 2)), expected, 1e-6);
  EXPECT_NEAR(value(focal_sum(e.logits, e.masks, e.weight, mean_weight, 0)),
              value(loss_sum(e.logits, e.masks, e.weight, mean_weight)), 1e-6);
}

// Sample 0: class 0 has q = 3/4, 1/2 and y = 1, 0: (2 0.75 + 1)/(1.25 + 1 + 1); class 1 (2 0.5 + 1)/(0.75 + 1 + 1).
// Sample 1: class 0 has q = 1/4, 4/5 and y = 0, 1: (2 0.8 + 1)/(1.05 + 1 + 1); class 1 (2 0.75 + 1)/(0.95 + 1 + 1).
TEST(Losses, DiceByHand) {
  const Example e;
  const double first = 1 - (2.5 / 3.25 + 2.0 / 2.75) / 2, second = 1 - (2.6 / 3.05 + 2.5 / 2.95) / 2;
  EXPECT_NEAR(value(dice_sum(e.logits, e.masks)), first + second, 1e-6);
}

TEST(Losses, OfPartsAddUpAndTheirGradientsToo) {
  const Example e;
  const ClassWeights weights{.weight = {1, 3}, .mean_pixel_weight = mean_weight};
  for (const auto* name : {"cross_entropy", "focal", "dice", "cross_entropy+dice"}) {
    TrainSpec spec;
    spec.loss = name;
    spec.focal_gamma = 0.5;
    const Loss loss(spec, weights, at::kCPU);
    const auto whole = e.logits.clone().requires_grad_(), parts = e.logits.clone().requires_grad_();
    loss.sum(whole, e.masks).backward();
    for (int n = 0; n < 2; ++n) loss.sum(parts.slice(0, n, n + 1), e.masks.slice(0, n, n + 1)).backward();
    EXPECT_TRUE(at::allclose(whole.grad(), parts.grad(), 1e-5, 1e-7)) << name;
    EXPECT_GT(whole.grad().abs().min().item<double>(), 0) << name;
    const double sum = value(loss.sum(e.logits.slice(0, 0, 1), e.masks.slice(0, 0, 1))) +
                       value(loss.sum(e.logits.slice(0, 1, 2), e.masks.slice(0, 1, 2)));
    EXPECT_NEAR(value(loss.sum(e.logits, e.masks)), sum, 1e-6) << name;
  }
}

TEST(Losses, StayFiniteWhereTheNetworkIsSure) {
  const at::Tensor masks = at::zeros({1, 1, 2}, at::kLong);
  const ClassWeights weights{.weight = {1, 3}, .mean_pixel_weight = 1};
  for (const auto* name : {"cross_entropy", "focal", "dice", "cross_entropy+dice"}) {
    for (const float sure : {100.0F, -100.0F}) {
      const auto logits = at::zeros({1, 2, 1, 2});
      logits.select(1, 0).fill_(sure);
      logits.requires_grad_();
      TrainSpec spec;
      spec.loss = name;
      spec.focal_gamma = 0.5;
      const auto sum = Loss(spec, weights, at::kCPU).sum(logits, masks);
      EXPECT_TRUE(std::isfinite(value(sum))) << name;
      sum.backward();
      EXPECT_TRUE(at::isfinite(logits.grad()).all().item<bool>()) << name;
    }
  }
}

}  // namespace
}  // namespace twinmill::train

#include "batch_norm.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>

#include "batches.hpp"
#include "gradient_buckets.hpp"
#include "losses.hpp"
#include "network.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::train {
namespace {

constexpr int classes = 3;

std::shared_ptr<Network> network() {
  return make_network("g-unet", {.channels = 1, .classes = classes, .width = 4}, 5);
}

struct Data {
  at::Tensor images, masks;
  /// The same on every rank.
  explicit Data(std::int64_t samples) {
    const at::Tensor pixels = at::arange(samples * 32 * 32, at::kFloat).view({samples, 1, 32, 32});
    images = (pixels * 0.37).sin() + (pixels * 0.011).cos();
    masks = (pixels * 0.0173).sin().mul(1.5).round().abs().to(at::kLong).squeeze(1);
  }
};

at::Tensor loss(Network& net, const Data& d, const Range& range, std::int64_t batch) {
  const at::Tensor weight = at::arange(1, classes + 1, at::kFloat);
  return loss_sum(net.forward(d.images.slice(0, range.begin, range.end), {}), d.masks.slice(0, range.begin, range.end),
                  weight, 2) /
         static_cast<double>(batch);
}

at::Tensor joined(const std::vector<at::Tensor>& tensors) {
  std::vector<at::Tensor> flat;
  for (const auto& tensor : tensors) flat.push_back(tensor.to(at::kDouble).flatten());
  return at::cat(flat);
}

at::Tensor gradients(const Network& net) {
  std::vector<at::Tensor> all;
  for (const auto& parameter : net.parameters()) all.push_back(parameter.grad());
  return joined(all);
}

double relative_error(const at::Tensor& actual, const at::Tensor& expected) {
  return ((actual - expected).norm() / expected.norm()).item<double>();
}

/// A batch by this rank alone, in training mode, against its parts over ranks.
void expect_same(std::int64_t batch) {
  const auto group = mpi::Communicator::world();
  const Data d(batch);
  const auto alone = network(), shared = network();
  loss(*alone, d, {0, batch}, batch).backward();

  const auto sums = synchronise_batch_norm(*shared, group.duplicate());
  ASSERT_NE(sums, nullptr);
  GradientBuckets buckets(shared->parameters(), group, 0.01);
  const Range mine = part(batch, group.rank(), group.size());
  buckets.begin();
  sums->begin();
  if (mine.size() > 0) loss(*shared, d, mine, batch).backward();
  sums->finish();
  buckets.finish();
  EXPECT_LT(relative_error(gradients(*shared), gradients(*alone)), 1e-5);
  if (mine.size() == 0) return;  // it has not seen the statistics
  EXPECT_LT(relative_error(joined(shared->buffers()), joined(alone->buffers())), 1e-6);
}

TEST(SynchronisedBatchNorm, RanksWithPartsGiveTheGradientsOfTheWholeBatch) { expect_same(6); }
TEST(SynchronisedBatchNorm, UnequalPartsToo) { expect_same(5); }
TEST(SynchronisedBatchNorm, ARankWithoutSamplesTakesPart) { expect_same(2); }

TEST(LocalBatchNorm, GivesOtherGradientsOnSeveralRanksAndTheSameOnOne) {
  const auto group = mpi::Communicator::world();
  const Data d(6);
  const auto alone = network(), shared = network();
  loss(*alone, d, {0, 6}, 6).backward();
  GradientBuckets buckets(shared->parameters(), group, 0.01);
  buckets.begin();
  loss(*shared, d, part(6, group.rank(), group.size()), 6).backward();
  buckets.finish();
  const double error = relative_error(gradients(*shared), gradients(*alone));
  if (group.size() == 1) {
    EXPECT_LT(error, 1e-6);  // It has the whole batch.
  } else {
    EXPECT_GT(error, 1e-3);
  }
}

TEST(SynchronisedBatchNorm, ARankThatFailsOnItsWayDoesNotKeepTheOthersWaiting) {
  const auto group = mpi::Communicator::world();
  const Data d(6);
  const auto net = network();
  const auto sums = synchronise_batch_norm(*net, group.duplicate());
  sums->begin();
  const auto value = loss(*net, d, part(6, group.rank(), group.size()), 6);
  if (group.rank() > 0 || group.size() == 1) value.backward();  // rank 0 fails between the passes
  sums->finish();
  EXPECT_FALSE(sums->active());
  group.barrier();
}

TEST(SynchronisedBatchNorm, OutsideOfAStepEachRankIsAlone) {
  const auto net = network();
  const auto sums = synchronise_batch_norm(*net, mpi::Communicator::world().duplicate());
  const Data d(2);
  const auto expected = network()->forward(d.images, {});
  if (mpi::Communicator::world().rank() == 0) {
    EXPECT_TRUE(at::allclose(net->forward(d.images, {}), expected));
  }
}

TEST(SynchronisedBatchNorm, RefusesLayersThatItDoesNotKnow) {
  torch::nn::BatchNorm2d other(2);
  EXPECT_THROW(synchronise_batch_norm(*other, mpi::Communicator::world()), Error);
  torch::nn::Conv2d none(torch::nn::Conv2dOptions(1, 1, 1));
  EXPECT_EQ(synchronise_batch_norm(*none, mpi::Communicator::world()), nullptr);
}

}  // namespace
}  // namespace twinmill::train

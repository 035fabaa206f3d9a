#include "gradient_buckets.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "batches.hpp"
#include "losses.hpp"
#include "network.hpp"
#include "weights.hpp"

namespace twinmill::train {
namespace {

constexpr double bucket_mb = 0.01;

std::shared_ptr<Network> network() { return make_network("g-unet", {.channels = 1, .classes = 3, .width = 4}, 5); }

struct Data {
  at::Tensor images, masks;
};

/// The same on every rank.
Data data(std::int64_t samples) {
  const at::Tensor pixels = at::arange(samples * 32 * 32, at::kFloat).view({samples, 1, 32, 32});
  return {.images = (pixels * 0.37).sin() + (pixels * 0.011).cos(),
          .masks = (pixels * 0.0173).sin().mul(1.5).round().abs().to(at::kLong).squeeze(1)};
}

at::Tensor loss(Network& net, const Data& d, std::int64_t begin, std::int64_t end, std::int64_t batch) {
  const at::Tensor weight = at::arange(1, 4, at::kFloat);
  return loss_sum(net.forward(d.images.slice(0, begin, end), {}), d.masks.slice(0, begin, end), weight, 2) /
         static_cast<double>(batch);
}

/// Gradients of the whole batch by this rank alone, against those of the parts summed over ranks.
void expect_same_gradients(std::int64_t batch) {
  const auto group = mpi::Communicator::world();
  const Data d = data(batch);
  const auto alone = network(), shared = network();
  // Frozen batch statistics: otherwise each rank normalises by its own part (docs/training.md).
  alone->eval();
  shared->eval();
  loss(*alone, d, 0, batch, batch).backward();

  GradientBuckets buckets(shared->parameters(), group, bucket_mb);
  EXPECT_GT(buckets.count(), 3U);
  const Range mine = part(batch, group.rank(), group.size());
  for (int repeat = 0; repeat < 2; ++repeat) {  // nothing of one step remains in the next
    buckets.begin();
    if (mine.size() > 0) {
      loss(*shared, d, mine.begin, mine.end, batch).backward();
      EXPECT_GE(buckets.started_early(), 1U) << "a bucket starts while the backward pass runs";
    }
    buckets.finish();
    const auto expected = alone->parameters(), actual = shared->parameters();
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const double scale = std::max(1e-3, expected[i].grad().abs().max().item<double>());
      const double worst = (expected[i].grad() - actual[i].grad()).abs().max().item<double>();
      EXPECT_LE(worst / scale, 1e-5) << "parameter " << i;
    }
  }
}

TEST(GradientBuckets, PartsOfABatchGiveTheGradientOfTheWhole) { expect_same_gradients(6); }
TEST(GradientBuckets, UnequalPartsToo) { expect_same_gradients(5); }
TEST(GradientBuckets, ARankWithoutSamplesTakesPart) { expect_same_gradients(1); }

TEST(GradientBuckets, AllButTheLastParametersLeaveDuringTheBackwardPass) {
  const auto net = network();
  GradientBuckets buckets(net->parameters(), mpi::Communicator::world(), bucket_mb);
  const Data d = data(2);
  buckets.begin();
  loss(*net, d, 0, 2, 2).backward();
  EXPECT_EQ(buckets.started_early(), buckets.count());
  buckets.finish();
}

TEST(GradientBuckets, ParametersWithoutGradientNeitherBlockNorKeepAnOldOne) {
  const auto group = mpi::Communicator::world();
  at::Tensor used = at::ones({4}).requires_grad_(), sometimes = at::ones({4}).requires_grad_(),
             never = at::ones({4}).requires_grad_();
  GradientBuckets buckets({never, used, sometimes}, group, 1e-9);  // a bucket each
  ASSERT_EQ(buckets.count(), 3U);
  for (const bool uses : {true, false}) {
    // `sometimes` is the first bucket: on the last rank nothing can start before it.
    buckets.begin();
    const bool mine = uses && group.rank() + 1 == group.size();
    (mine ? used.sum() * 2 + sometimes.sum() : used.sum() * 2).backward();
    EXPECT_EQ(buckets.started_early(), mine ? 2U : 0U);
    buckets.finish();
    EXPECT_EQ(used.grad()[0].item<float>(), 2.0F * static_cast<float>(group.size()));
    EXPECT_EQ(sometimes.grad()[0].item<float>(), uses ? 1.0F : 0.0F);
    EXPECT_EQ(never.grad()[0].item<float>(), 0.0F);
  }
}

TEST(GradientBuckets, SeveralPassesOfAStepAreAddedUp) {
  const auto group = mpi::Communicator::world();
  at::Tensor first = at::ones({4}).requires_grad_(), second = at::ones({4}).requires_grad_();
  GradientBuckets buckets({first, second}, group, 1e-9);
  // Rank 0 has three passes, the others two; `second` has no gradient in the last one.
  const int passes = group.rank() == 0 ? 3 : 2;
  for (int step = 0; step < 2; ++step) {
    buckets.begin(passes);
    for (int pass = 0; pass < passes; ++pass) {
      EXPECT_EQ(buckets.started_early(), 0U);
      (pass + 1 < passes ? first.sum() + 2 * second.sum() : first.sum()).backward();
    }
    buckets.finish();
    const auto ranks = static_cast<float>(group.size());
    EXPECT_EQ(first.grad()[0].item<float>(), 2 * ranks + 1);
    EXPECT_EQ(second.grad()[0].item<float>(), 2 * (ranks + 1));
  }
}

TEST(Weights, BroadcastMakesRanksEqual) {
  const auto group = mpi::Communicator::world();
  const auto net =
      make_network("g-unet", {.channels = 1, .classes = 2, .width = 2}, static_cast<std::uint64_t>(group.rank() + 1));
  const auto expected = make_network("g-unet", {.channels = 1, .classes = 2, .width = 2}, 1);
  broadcast_weights(*net, group);
  const auto a = net->parameters(), b = expected->parameters();
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(at::equal(a[i], b[i]));
}

TEST(Weights, RunningStatisticsAreAveragedBySamplesSeen) {
  const auto group = mpi::Communicator::world();
  const auto net = make_network("g-unet", {.channels = 1, .classes = 2, .width = 2}, 1);
  const at::NoGradGuard no_grad;
  for (auto& buffer : net->buffers()) {
    if (buffer.is_floating_point()) buffer.fill_(group.rank());
  }
  const std::int64_t seen = group.rank() + 1;
  average_running_statistics(*net, seen, group);
  double expected = 0, total = 0;
  for (int r = 0; r < group.size(); ++r) expected += r * (r + 1), total += r + 1;
  for (const auto& buffer : net->buffers()) {
    if (!buffer.is_floating_point()) continue;
    EXPECT_NEAR(buffer[0].item<double>(), expected / total, 1e-6);
  }
}

}  // namespace
}  // namespace twinmill::train

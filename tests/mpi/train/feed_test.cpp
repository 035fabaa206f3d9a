#include "feed.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "synthetic_store.hpp"

namespace twinmill::train {
namespace {

using testing::Workplace;

FeedPlan plan(int rank, int ranks, int accumulate) {
  FeedPlan p{.batch_size = 5, .accumulate = accumulate, .epochs = 3, .crop_pixels = 16, .rank = rank, .ranks = ranks};
  p.training.resize(12);
  std::iota(p.training.begin(), p.training.end(), 0);
  p.validation = {13, 14, 15, 16, 17};
  return p;
}

using Ids = std::vector<std::int64_t>;

void append(Ids& to, const Batch& batch) { to.insert(to.end(), batch.ids.begin(), batch.ids.end()); }

/// Samples of each step, and at last of the validation, of one epoch by all ranks and parts.
std::vector<Ids> epoch_of(SampleSource& source, const Position& from, int ranks, int accumulate) {
  const std::int64_t steps = plan(0, 1, 1).steps_per_epoch();
  std::vector<Ids> seen(static_cast<std::size_t>(steps + 1));
  for (int rank = 0; rank < ranks; ++rank) {
    const auto p = plan(rank, ranks, accumulate);
    Feed feed(p, source, from);
    for (std::int64_t step = from.steps_done; step < steps; ++step) {
      Ids mine;
      for (int part = 0; part < accumulate; ++part) append(mine, feed.next());
      EXPECT_EQ(static_cast<std::int64_t>(mine.size()), p.share_of(step));
      auto& all = seen[static_cast<std::size_t>(step)];
      all.insert(all.end(), mine.begin(), mine.end());
    }
    for (std::int64_t b = 0; b < p.validation_batches(); ++b) {
      const Batch batch = feed.next();
      EXPECT_FALSE(batch.ids.empty());
      EXPECT_EQ(batch.width, 32) << "whole images";
      append(seen.back(), batch);
    }
  }
  return seen;
}

TEST(Feed, TheSequenceDoesNotDependOnRanksAndParts) {
  const Workplace place;
  SampleSource source(place.store(), 1 << 20);
  const auto expected = epoch_of(source, {.epochs_done = 1}, 1, 1);
  EXPECT_EQ(expected.back(), (Ids{13, 14, 15, 16, 17}));
  for (const int ranks : {1, 2, 3, 7}) {
    for (const int accumulate : {1, 2, 4}) EXPECT_EQ(epoch_of(source, {.epochs_done = 1}, ranks, accumulate), expected);
  }
}

TEST(Feed, GoesOnFromAnyStep) {
  const Workplace place;
  SampleSource source(place.store(), 1 << 20);
  auto expected = epoch_of(source, {.epochs_done = 2}, 2, 1);
  expected[0].clear();
  EXPECT_EQ(epoch_of(source, {.epochs_done = 2, .steps_done = 1}, 2, 1), expected);
}

TEST(Feed, EndsWithEmptyBatches) {
  const Workplace place;
  SampleSource source(place.store(), 1 << 20);
  Feed feed(plan(0, 1, 1), source, {.epochs_done = 3});
  EXPECT_TRUE(feed.next().ids.empty());
}

}  // namespace
}  // namespace twinmill::train

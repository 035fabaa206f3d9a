#include "batches.hpp"

#include <gmock/gmock.h>

#include <numeric>
#include <set>

namespace twinmill::train {
namespace {

using ::testing::ElementsAre;

TEST(Part, CoversAllItemsInOrderWithSizesThatDifferByOneAtMost) {
  for (const std::int64_t count : {0, 1, 5, 16, 17}) {
    for (const int ranks : {1, 2, 3, 7}) {
      std::int64_t next = 0;
      for (int rank = 0; rank < ranks; ++rank) {
        const Range mine = part(count, rank, ranks);
        EXPECT_EQ(mine.begin, next);
        EXPECT_GE(mine.size(), count / ranks);
        EXPECT_LE(mine.size(), (count + ranks - 1) / ranks);
        next = mine.end;
      }
      EXPECT_EQ(next, count);
    }
  }
}

TEST(BatchRange, LastBatchIsShort) {
  EXPECT_EQ(batch_range(10, 4, 0), (Range{0, 4}));
  EXPECT_EQ(batch_range(10, 4, 2), (Range{8, 10}));
  EXPECT_EQ(batch_range(10, 4, 3), (Range{10, 10}));
}

TEST(EpochOrder, IsAPermutationThatDependsOnSeedAndEpochOnly) {
  std::vector<std::int64_t> ids(50);
  std::iota(ids.begin(), ids.end(), 100);
  const auto order = epoch_order(ids, 7, 1);
  EXPECT_EQ(std::set<std::int64_t>(order.begin(), order.end()).size(), 50U);
  EXPECT_NE(order, ids);
  EXPECT_EQ(order, epoch_order(ids, 7, 1));
  EXPECT_NE(order, epoch_order(ids, 7, 2));
  EXPECT_NE(order, epoch_order(ids, 8, 1));
}

/// A sample whose mask and image name each pixel's place.
Sample numbered(int width, int height) {
  Sample sample;
  for (int i = 0; i < width * height; ++i) {
    sample.images.push_back(static_cast<float>(i));
    sample.mask.push_back(static_cast<std::uint8_t>(i));
  }
  return sample;
}

TEST(Views, AnEpochShowsASampleInOneOfEightWaysAndAllOfThemOccur) {
  const Sample sample = numbered(3, 3);
  std::set<std::vector<float>> seen;
  for (int epoch = 1; epoch <= 200; ++epoch) {
    Batch batch;
    batch.append(0, sample, 3, 3, draw_view(3, 3, 0, 1, epoch, 0));
    seen.insert(batch.images);
    EXPECT_EQ(batch.images[4], 4.0F) << "the middle stays";
  }
  EXPECT_EQ(seen.size(), 8U);
}

TEST(Views, QuarterTurnsTurnClockwise) {
  const Sample sample = numbered(2, 2);  // 0 1 / 2 3
  const auto shown = [&](int turns, bool mirrored) {
    Batch batch;
    View view = plain_view(2, 2);
    view.quarter_turns = turns;
    view.mirrored = mirrored;
    batch.append(0, sample, 2, 2, view);
    return batch.masks;
  };
  EXPECT_THAT(shown(0, false), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(shown(1, false), ElementsAre(2, 0, 3, 1));
  EXPECT_THAT(shown(2, false), ElementsAre(3, 2, 1, 0));
  EXPECT_THAT(shown(3, false), ElementsAre(1, 3, 0, 2));
  EXPECT_THAT(shown(0, true), ElementsAre(1, 0, 3, 2));
  EXPECT_THAT(shown(1, true), ElementsAre(0, 2, 1, 3));
}

TEST(Views, MaskAndEveryChannelMoveTogether) {
  Sample sample = numbered(12, 10);
  for (int i = 0; i < 120; ++i) sample.images.push_back(static_cast<float>(1000 + i));
  for (std::int64_t id = 0; id < 50; ++id) {
    Batch batch;
    batch.append(id, sample, 12, 10, draw_view(12, 10, 5, 3, 1, id));
    ASSERT_EQ(batch.channels, 2);
    ASSERT_EQ(batch.masks.size(), 25U);
    ASSERT_EQ(batch.images.size(), 50U);
    for (std::size_t i = 0; i < 25; ++i) {
      EXPECT_EQ(batch.images[i], static_cast<float>(batch.masks[i]));
      EXPECT_EQ(batch.images[25 + i], static_cast<float>(1000 + batch.masks[i]));
    }
  }
}

TEST(Views, CropsReachEveryCorner) {
  std::set<std::int64_t> firsts;
  for (std::int64_t id = 0; id < 400; ++id) {
    const View view = draw_view(6, 5, 4, 1, 1, id);
    EXPECT_EQ(view.width, 4);
    EXPECT_EQ(view.height, 4);
    firsts.insert(view.top * 6 + view.left);
  }
  EXPECT_THAT(firsts, ElementsAre(0, 1, 2, 6, 7, 8));
}

TEST(Views, AnOblongImageIsNeverTurnedOnItsSide) {
  for (int epoch = 1; epoch <= 50; ++epoch) EXPECT_EQ(draw_view(6, 4, 0, 1, epoch, 0).quarter_turns % 2, 0);
}

TEST(CropSide, IsAMultipleOfSixteenNearThePartOfTheArea) {
  EXPECT_EQ(crop_side(0, 0, 512, 512), 0) << "the whole image";
  EXPECT_EQ(crop_side(40, 0.08, 512, 512), 40) << "pixels come first";
  EXPECT_EQ(crop_side(0, 0.08, 512, 512), 144);  // sqrt(0.08) 512 = 144.8
  EXPECT_EQ(crop_side(0, 1, 100, 60), 48) << "it fits into the image";
  EXPECT_EQ(crop_side(0, 1e-6, 512, 512), 16);
  EXPECT_EQ(crop_side(0, 0.5, 12, 40), 12) << "a small image";
}

}  // namespace
}  // namespace twinmill::train

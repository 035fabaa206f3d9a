#include "scheduler/deadline.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "scheduler/waiting.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::scheduler {
namespace {

using ::testing::ThrowsMessage;

TEST(Pace, NothingIsKnownAtFirst) {
  const Pace pace;
  EXPECT_FALSE(pace.known());
  EXPECT_EQ(pace.seconds(1e9), 0);
  EXPECT_TRUE(std::isinf(pace.cost_within(1)));
}

TEST(Pace, PredictsWhatNineOfTenKeep) {
  Pace pace;
  for (int i = 1; i <= 11; ++i) pace.add(2, 2.0 * i);  // 1 to 11 seconds per unit.
  EXPECT_TRUE(pace.known());
  EXPECT_EQ(pace.seconds(3), 30);
  EXPECT_EQ(pace.cost_within(30), 3);
  EXPECT_LT(pace.cost_within(-1), 0);
}

TEST(Pace, ForgetsWhatIsLongAgo) {
  Pace pace;
  for (int i = 0; i < 100; ++i) pace.add(1, 50);
  for (int i = 0; i < 64; ++i) pace.add(1, 2);
  EXPECT_EQ(pace.seconds(1), 2);
}

TEST(Pace, LeavesOutWhatHasNoCost) {
  Pace pace;
  pace.add(0, 10);
  pace.add(1, std::nan(""));
  EXPECT_FALSE(pace.known());
}

TEST(DeadlineMargin, IsATenthAndAtMostAMinute) {
  EXPECT_EQ(deadline_margin(20), 2);
  EXPECT_EQ(deadline_margin(600), 60);
  EXPECT_EQ(deadline_margin(86400), 60);
  EXPECT_EQ(deadline_margin(-5), 0);
}

constexpr double any = std::numeric_limits<double>::infinity();

TEST(Waiting, EarlierTurnsFirstThenTheDearestThenTheLowestNumber) {
  Waiting waiting;
  waiting.push({.job = 0, .turn = 1, .cost = 9});
  waiting.push({.job = 1, .turn = 0, .cost = 1});
  waiting.push({.job = 2, .turn = 0, .cost = 2});
  waiting.push({.job = 3, .turn = 1, .cost = 9});
  waiting.push({.job = 4, .kind = ledger::TaskKind::relaxation, .turn = 0, .cost = 1.5});
  EXPECT_EQ(waiting.size(), 5u);
  for (const std::size_t job : {2, 4, 1, 0, 3}) EXPECT_EQ(waiting.take(any), job);
  EXPECT_TRUE(waiting.empty());
  EXPECT_EQ(waiting.take(any), std::nullopt);
}

TEST(Waiting, LeavesOutImagesThatAreTooDear) {
  Waiting waiting;
  waiting.push({.job = 0, .turn = 0, .cost = 9});
  waiting.push({.job = 1, .turn = 1, .cost = 8});
  waiting.push({.job = 2, .turn = 1, .cost = 3});
  waiting.push({.job = 3, .turn = 1, .cost = 2});
  waiting.push({.job = 4, .turn = 2, .cost = 1});
  EXPECT_TRUE(waiting.any_within(3));
  EXPECT_EQ(waiting.take(3), 2u);
  EXPECT_EQ(waiting.take(1.5), 4u);
  EXPECT_EQ(waiting.take(1.5), std::nullopt);
  EXPECT_FALSE(waiting.any_within(1.5));
  waiting.push({.job = 5, .kind = ledger::TaskKind::relaxation, .turn = 5, .cost = 1e9});
  EXPECT_EQ(waiting.take(-1), 5u);  // Nobody knows how long a relaxation takes.
  EXPECT_EQ(waiting.size(), 3u);
}

}  // namespace
}  // namespace twinmill::scheduler

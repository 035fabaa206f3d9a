// A store of several files: who writes to which.
#include "scheduler/homes.hpp"

#include "stage.hpp"

namespace twinmill::scheduler {
namespace {

using testing::ElementsAre;

TEST(Groups, AreWholeHostsWhereThereAreEnough) {
  // Rank 0 schedules on host a.
  EXPECT_THAT(groups_of_ranks({"a", "a", "b", "b", "c", "c", "d", "d"}, 2), ElementsAre(0, 0, 0, 0, 1, 1, 1, 1));
  EXPECT_THAT(groups_of_ranks({"a", "a", "b", "c", "a", "b", "c"}, 3), ElementsAre(0, 0, 1, 2, 0, 1, 2));
}

TEST(Groups, ArePartsOfAHostWhereThereAreMoreShards) {
  EXPECT_THAT(groups_of_ranks({"a", "a", "a", "a", "a"}, 2), ElementsAre(0, 0, 0, 1, 1));
  EXPECT_THAT(groups_of_ranks({"a", "b", "a", "b", "a"}, 4), ElementsAre(0, 0, 2, 1, 3));
}

TEST(Homes, KnowTheShardOfASimulation) {
  const Homes homes{.first_simulation = {0, 3, 5}, .of_rank = {}};
  EXPECT_EQ(homes.shard_of(SimulationId(0)), 0);
  EXPECT_EQ(homes.shard_of(SimulationId(2)), 0);
  EXPECT_EQ(homes.shard_of(SimulationId(3)), 1);
  EXPECT_EQ(homes.shard_of(SimulationId(900)), 2);
}

const Homes two_shards{.first_simulation = {0, 3}, .of_rank = {0, 0, 1}};

/// Costs fall with the number of the simulation: without homes they go out in this order.
std::vector<Work> six() { return works({6, 5, 4, 3, 2, 1}); }

TEST(Homes, AWorkerGetsWhatIsInItsShard) {
  Stage s(2, six(), {}, {}, two_shards);
  EXPECT_THAT(s.hello(2).sends, ElementsAre(grant(2, 0, 3, 1), grant(2, 1, 4, 1)));
  EXPECT_THAT(s.hello(1).sends, ElementsAre(grant(1, 2, 0, 1), grant(1, 3, 1, 1)));
}

TEST(Homes, HelpsOthersWhenItsOwnShardIsDone) {
  Stage s(2, six(), {}, {}, two_shards);
  s.hello(2);
  EXPECT_THAT(s.hear(2, finished(0, 3, 1)).sends, ElementsAre(grant(2, 2, 5, 1)));
  s.hear(2, finished(1, 4, 1));
  EXPECT_THAT(s.hear(2, finished(2, 5, 1)).sends, testing::Contains(grant(2, 4, 1, 1)));
}

TEST(Homes, WhatIsWantedFirstGoesFirst) {
  auto all = six();
  for (Work& work : all) work.turn = 1;
  all[1].turn = 0;
  Stage s(2, all, {}, {}, two_shards);
  EXPECT_THAT(s.hello(2).sends, ElementsAre(grant(2, 0, 1, 1), grant(2, 1, 3, 1)));
}

TEST(Homes, WhatDoesNotFitInItsShardIsLeftForWhatFitsElsewhere) {
  auto all = works({1, 1, 1, 1, 50, 50});
  Stage s(2, all, {}, {}, two_shards);
  s.hello(1);
  s.hear(1, finished(0, 0, 1));  // 1.5 s for a cost of 1
  s.handle(TimeLeft{0, 20});
  const auto sends = s.hello(2).sends;
  ASSERT_FALSE(sends.empty());
  EXPECT_EQ(sends.front(), grant(2, 3, 3, 1));
  for (const auto& send : sends) {
    const auto& granted = std::get<protocol::Grant>(send.message);
    EXPECT_LT(granted.simulation.value, 4);
  }
}

}  // namespace
}  // namespace twinmill::scheduler

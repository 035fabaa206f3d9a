#include "workers/group.hpp"

#include <gmock/gmock.h>

#include "twinmill/base/error.hpp"

namespace twinmill::workers {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

TEST(Group, MembersFollowTheLeadersOrdersUntilTheyAreSentAway) {
  Group group(mpi::Communicator::world(), 60);
  EXPECT_EQ(group.leads(), mpi::Communicator::world().rank() == 0);
  if (group.leads()) {
    for (int i = 0; i < 3; ++i) group.announce({SimulationId(i), ExposureId(10 * i)});
    group.dismiss();
  } else {
    for (int i = 0; i < 3; ++i) {
      const auto order = group.next_order();
      ASSERT_TRUE(order);
      EXPECT_EQ(order->simulation, SimulationId(i));
      EXPECT_EQ(order->exposure, ExposureId(10 * i));
    }
    EXPECT_FALSE(group.next_order());
  }
  EXPECT_FALSE(group.broken());
}

TEST(Group, AnErrorBetweenBroadcastsIsEverybodysAndTheGroupLivesOn) {
  const auto world = mpi::Communicator::world();
  Group group(world, 60);
  const int last = world.size() - 1;
  const std::string own = cat("rank ", world.rank());
  int worked = 0;
  // One fails alone, and the others hear of it.
  EXPECT_THAT(([&] {
                group.together([&] {
                  if (world.rank() == last) throw Error(Fault::input, "no such file");
                  ++worked;
                });
              }),
              ThrowsMessage<Error>("no such file"));
  EXPECT_EQ(worked, world.rank() == last ? 0 : 1);
  // All fail, each with its own words.
  EXPECT_THAT([&] { group.together([&] { throw Error(Fault::bug, own); }); }, ThrowsMessage<Error>(own));
  EXPECT_FALSE(group.broken());
  std::int64_t value = world.rank() == last ? 17 : 0;
  group.together([&] { group.team().broadcast(std::as_writable_bytes(std::span(&value, 1)), last); });
  EXPECT_EQ(value, 17);
}

TEST(Group, AnErrorInTheMiddleBreaksTheGroup) {
  const auto world = mpi::Communicator::world();
  Group group(world, 0.3);
  const int last = world.size() - 1;
  const auto work = [&] {
    if (world.rank() == last) throw Error(Fault::system, "the memory is exhausted");
    std::int64_t value = 0;
    group.team().broadcast(std::as_writable_bytes(std::span(&value, 1)), last);
  };
  if (world.rank() == last) {
    EXPECT_THAT([&] { group.together(work); }, ThrowsMessage<Error>("the memory is exhausted"));
  } else {
    EXPECT_THAT([&] { group.together(work); }, ThrowsMessage<Error>(HasSubstr("silent")));
  }
  EXPECT_TRUE(group.broken());
  EXPECT_THAT([&] { group.together([] {}); }, ThrowsMessage<Error>(HasSubstr("lost a member before")));
  world.barrier();
}

TEST(Group, MembersAtDifferentCallsAreFound) {
  const auto world = mpi::Communicator::world();
  Group group(world, 0.3);
  const int last = world.size() - 1;
  // A short broadcast leaves its root at once: that a member took no part is found afterwards.
  EXPECT_THROW(group.together([&] {
    std::int64_t value = 0;
    if (world.rank() != last) group.team().broadcast(std::as_writable_bytes(std::span(&value, 1)), 0);
  }),
               Error);
  EXPECT_TRUE(group.broken());
  world.barrier();
}

TEST(Group, NobodyIsSentAwayWhoDoesNotListen) {
  const auto world = mpi::Communicator::world();
  Group group(world, 0.2);
  if (group.leads()) {
    EXPECT_THAT([&] { group.dismiss(); }, ThrowsMessage<Error>(HasSubstr("silent")));
    EXPECT_TRUE(group.broken());
  }
  world.barrier();
}

}  // namespace
}  // namespace twinmill::workers

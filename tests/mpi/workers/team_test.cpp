#include "workers/team.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <thread>

#include "twinmill/base/clock.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::workers {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

std::vector<std::uint32_t> pattern(std::size_t n, int root) {
  std::vector<std::uint32_t> values(n);
  for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<std::uint32_t>(i * 2654435761U + root);
  return values;
}

TEST(MpiTeam, BroadcastsFromAnyMember) {
  const auto world = mpi::Communicator::world();
  const MpiTeam team(world, 60);
  EXPECT_EQ(team.rank(), world.rank());
  EXPECT_EQ(team.size(), world.size());
  std::int64_t calls = 0;
  // The last one takes two pieces.
  for (const std::size_t n : {0UL, 1UL, 1000UL, (1UL << 24) + 5}) {
    for (int root = 0; root < world.size(); ++root) {
      auto values = team.rank() == root ? pattern(n, root) : std::vector<std::uint32_t>(n);
      team.broadcast(std::as_writable_bytes(std::span(values)), root);
      EXPECT_EQ(values, pattern(n, root)) << n << " values from " << root;
      EXPECT_EQ(team.begun(), ++calls);
    }
  }
  EXPECT_FALSE(team.broken());
}

TEST(MpiTeam, SilentMemberIsReportedAtTheDeadline) {
  const auto world = mpi::Communicator::world();
  MpiTeam team(world, 0.2);
  const int last = world.size() - 1;
  if (team.rank() == last) {
    std::this_thread::sleep_for(std::chrono::milliseconds(600));
  } else {
    int signs = 0;
    team.while_waiting([&] { ++signs; });
    std::array<std::byte, 8> bytes{};
    const double begin = steady_seconds();
    EXPECT_THAT([&] { team.broadcast(bytes, last); },
                ThrowsMessage<Error>(HasSubstr("member(s) of the group are silent")));
    const double waited = steady_seconds() - begin;
    EXPECT_GE(waited, 0.2);
    EXPECT_LT(waited, 0.5);
    EXPECT_GT(signs, 10);
    EXPECT_TRUE(team.broken());
    EXPECT_THROW(team.broadcast(bytes, last), Error);
    EXPECT_EQ(team.begun(), 1);
  }
  world.barrier();
}

TEST(MpiTeam, DifferentLengthsAreABug) {
  const auto world = mpi::Communicator::world();
  const MpiTeam team(world, 60);
  std::vector<std::byte> bytes(team.rank() == 0 ? 8 : 16);
  if (team.rank() == 0) {
    team.broadcast(bytes, 0);  // It alone cannot know: what is short leaves at once.
  } else {
    EXPECT_THAT([&] { team.broadcast(bytes, 0); }, ThrowsMessage<Error>(HasSubstr("different lengths")));
    EXPECT_TRUE(team.broken());
  }
  world.barrier();
}

TEST(MpiTeam, WhatIsCalledWhileWaitingMayLeaveTheBroadcast) {
  const auto world = mpi::Communicator::world();
  MpiTeam team(world, 60);
  const int last = world.size() - 1;
  if (team.rank() != last) {
    team.while_waiting([] { throw Error(Fault::bug, "enough"); });
    std::array<std::byte, 8> bytes{};
    EXPECT_THAT([&] { team.broadcast(bytes, last); }, ThrowsMessage<Error>("enough"));
    EXPECT_TRUE(team.broken());
  }
  world.barrier();
}

}  // namespace
}  // namespace twinmill::workers

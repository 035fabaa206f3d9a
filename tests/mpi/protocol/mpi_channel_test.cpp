#include <gtest/gtest.h>

#include "twinmill/protocol/channel.hpp"

namespace twinmill::protocol {
namespace {

// Blocks until the message is there: MPI delivers what was sent, so this ends (the test's own timeout guards it).
Envelope receive(Channel& channel) {
  while (true) {
    if (auto envelope = channel.try_receive()) return std::move(*envelope);
  }
}

TEST(MpiChannel, KnowsItsPlace) {
  const auto world = mpi::Communicator::world();
  const MpiChannel channel(world);
  EXPECT_EQ(channel.rank(), world.rank());
  EXPECT_EQ(channel.size(), world.size());
}

TEST(MpiChannel, AnswersComeBackInOrderOnEveryRank) {
  const auto world = mpi::Communicator::world();
  MpiChannel channel(world);
  // Long enough for the rendezvous protocol as well as the eager one.
  const auto grant = [](int rank, int i) {
    std::vector<SampleId> samples(i % 2 == 0 ? 3 : 20000, SampleId(rank));
    return Grant{LeaseId(i), SimulationId(rank), i, samples};
  };
  constexpr int rounds = 20;
  if (world.rank() == 0) {
    std::vector<int> heard(static_cast<std::size_t>(world.size()), 0);
    for (int n = 0; n < rounds * (world.size() - 1); ++n) {
      const Envelope envelope = receive(channel);
      int& count = heard[static_cast<std::size_t>(envelope.from)];
      EXPECT_EQ(envelope.message, Message(Hello{"host", count}));
      channel.send(envelope.from, grant(envelope.from, count));
      ++count;
    }
  } else {
    for (int i = 0; i < rounds; ++i) channel.send(0, Hello{"host", i});
    for (int i = 0; i < rounds; ++i) {
      const Envelope envelope = receive(channel);
      EXPECT_EQ(envelope.from, 0);
      EXPECT_EQ(envelope.message, Message(grant(world.rank(), i)));
    }
  }
  EXPECT_TRUE(channel.flush(60));
  world.barrier();
}

TEST(MpiChannel, TwoChannelsDoNotMeet) {
  const auto world = mpi::Communicator::world();
  MpiChannel one(world), other(world);
  const int next = (world.rank() + 1) % world.size();
  const int previous = (world.rank() + world.size() - 1) % world.size();
  one.send(next, Drain{});
  other.send(next, Leave{});
  EXPECT_EQ(receive(other).message, Message(Leave{}));
  const Envelope envelope = receive(one);
  EXPECT_EQ(envelope.message, Message(Drain{}));
  EXPECT_EQ(envelope.from, previous);
  EXPECT_FALSE(one.try_receive());
  world.barrier();
}

}  // namespace
}  // namespace twinmill::protocol

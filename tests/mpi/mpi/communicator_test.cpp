#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <stdexcept>

#include "twinmill/base/error.hpp"
#include "twinmill/mpi/mpi.hpp"

namespace twinmill::mpi {
namespace {

/// A text whose length and content depend on the rank.
std::string text_of(int rank) {
  return std::string(static_cast<std::size_t>(1000 * rank), static_cast<char>('a' + rank));
}

TEST(Communicator, KnowsItsRanks) {
  const auto world = Communicator::world();
  EXPECT_GE(world.rank(), 0);
  EXPECT_LT(world.rank(), world.size());
  EXPECT_EQ(world.sum(std::int64_t{1}), world.size());
  EXPECT_EQ(Communicator::self().size(), 1);
  EXPECT_EQ(Communicator::self().rank(), 0);
  EXPECT_FALSE(host_name().empty());
}

TEST(Communicator, SumsAndMaxima) {
  const auto world = Communicator::world();
  const int n = world.size();
  EXPECT_EQ(world.sum(std::int64_t{1} << 40), (std::int64_t{1} << 40) * n);
  EXPECT_DOUBLE_EQ(world.sum(0.5 * world.rank()), 0.25 * n * (n - 1));
  EXPECT_DOUBLE_EQ(world.max(-1.0 - world.rank()), -1.0);

  std::vector<double> doubles(10, world.rank());
  world.sum_in_place(doubles);
  EXPECT_EQ(doubles, std::vector<double>(10, n * (n - 1) / 2));
  std::vector<float> floats(7, 1.0F);
  world.sum_in_place(floats);
  EXPECT_EQ(floats, std::vector<float>(7, static_cast<float>(n)));
  world.sum_in_place(std::span<float>());
}

TEST(Communicator, BroadcastsTextsOfAnyLengthFromAnyRank) {
  const auto world = Communicator::world();
  for (int root = 0; root < world.size(); ++root)
    EXPECT_EQ(world.broadcast(text_of(world.rank()), root), text_of(root)) << "root " << root;
  const std::string zeros("a\0b", 3);
  EXPECT_EQ(world.broadcast(world.rank() == 0 ? zeros : "something longer"), zeros);
}

TEST(Communicator, GathersTextsOfAnyLengthOnTheRootOnly) {
  const auto world = Communicator::world();
  const int root = world.size() - 1;
  const auto all = world.gather(text_of(world.rank()), root);
  if (world.rank() != root) {
    EXPECT_TRUE(all.empty());
    return;
  }
  ASSERT_EQ(all.size(), static_cast<std::size_t>(world.size()));
  for (int r = 0; r < world.size(); ++r) EXPECT_EQ(all[static_cast<std::size_t>(r)], text_of(r)) << "rank " << r;
}

TEST(Communicator, PendingSumsOfSeveralBuffersCompleteInAnyOrder) {
  const auto group = Communicator::world().duplicate();
  std::vector<float> first(5000, 1.0F), second(3000, static_cast<float>(group.rank()));
  PendingSum one(group, first);
  PendingSum two(group, second);
  two.wait();
  PendingSum moved(std::move(one));
  while (!moved.test()) {
  }
  const auto n = static_cast<float>(group.size());
  EXPECT_EQ(first, std::vector<float>(5000, n));
  EXPECT_EQ(second, std::vector<float>(3000, n * (n - 1) / 2));
  EXPECT_TRUE(two.test());
}

TEST(Communicator, SplitsByColour) {
  const auto world = Communicator::world();
  const auto part = world.split(world.rank() % 2);
  EXPECT_EQ(part.rank(), world.rank() / 2);
  EXPECT_EQ(part.size(), (world.size() + 1 - world.rank() % 2) / 2);
  EXPECT_EQ(part.sum(std::int64_t{world.rank() % 2}), world.rank() % 2 * part.size());
  EXPECT_THROW(world.split(-1), Error);
}

TEST(Pending, BroadcastsAndMaximaArrive) {
  const auto group = Communicator::world().duplicate();
  const int root = group.size() - 1;
  PendingBroadcast text(group, std::vector<std::byte>(9, static_cast<std::byte>(group.rank())), root);
  PendingMax largest(group, std::array<std::int64_t, 2>{group.rank(), -group.rank()});
  EXPECT_TRUE(wait_politely(largest));
  EXPECT_TRUE(wait_politely(text));
  EXPECT_EQ(text.bytes(), std::vector<std::byte>(9, static_cast<std::byte>(root)));
  EXPECT_EQ(largest.values(), (std::vector<std::int64_t>{root, 0}));
}

TEST(Pending, PatienceEndsAndAnUnfinishedOneMayBeDropped) {
  const auto world = Communicator::world();
  const auto group = world.duplicate();
  if (group.rank() == 0 && group.size() > 1) {
    int idle = 0;
    PendingMax never(group, std::array<std::int64_t, 1>{1});
    EXPECT_THROW(never.values(), Error);
    EXPECT_FALSE(wait_politely(never, {.seconds = 0.1}, [&] { ++idle; }));
    EXPECT_GT(idle, 5);
  }
  world.barrier();
}

TEST(Together, PassesWhenAllPass) {
  int calls = 0;
  together(Communicator::world(), [&] { ++calls; });
  EXPECT_EQ(calls, 1);
}

TEST(Together, EveryRankThrowsTheFirstFailingRanksMessage) {
  const auto world = Communicator::world();
  const int last = world.size() - 1;
  try {
    together(world, [&] {
      if (world.rank() == last) throw Error(Fault::input, "no such file");
    });
    FAIL() << "nothing was thrown";
  } catch (const SharedError& e) {
    EXPECT_STREQ(e.what(), "no such file");
    EXPECT_EQ(e.fault(), Fault::input);
  }
}

TEST(Together, RanksThatFailedKeepTheirOwnMessageAndFault) {
  const auto world = Communicator::world();
  const bool even = world.rank() % 2 == 0;
  const std::string expected = even ? cat("rank ", world.rank()) : std::string("rank 0");
  try {
    together(world, [&] {
      if (world.rank() == 0) throw Error(Fault::system, "rank 0");
      if (even) throw std::out_of_range(cat("rank ", world.rank()));
    });
    FAIL() << "nothing was thrown";
  } catch (const SharedError& e) {
    EXPECT_EQ(e.what(), expected);
    EXPECT_EQ(e.fault(), even && world.rank() != 0 ? Fault::bug : Fault::system);
  }
  EXPECT_EQ(world.sum(std::int64_t{1}), world.size());  // The group still works.
}

TEST(Together, PatienceIsEnoughForWhoFailsLater) {
  const auto world = Communicator::world();
  const auto group = world.duplicate();
  EXPECT_NO_THROW(together(group, 60, [&] { world.barrier(); }));
  EXPECT_THROW(together(group, 60,
                        [&] {
                          world.barrier();
                          if (world.rank() == 0) throw Error(Fault::input, "no such file");
                        }),
               SharedError);
}

}  // namespace
}  // namespace twinmill::mpi

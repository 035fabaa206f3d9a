#include <gtest/gtest.h>

#include <vector>

#include "twinmill/base/error.hpp"
#include "twinmill/mpi/mpi.hpp"

namespace twinmill::mpi {
namespace {

Parcel receive(Mailbox& box) {
  while (true)
    if (auto parcel = box.try_receive()) return *parcel;
}

TEST(Mailbox, SendsToItself) {
  Mailbox box(Communicator::world().duplicate());
  EXPECT_FALSE(box.try_receive().has_value());
  box.send(box.rank(), 7, "hello");
  box.send(box.rank(), 8, "");
  auto parcel = receive(box);
  EXPECT_EQ(parcel.bytes, "hello");
  EXPECT_EQ(parcel.tag, 7);
  EXPECT_EQ(parcel.from, box.rank());
  parcel = receive(box);
  EXPECT_EQ(parcel.bytes, "");
  EXPECT_EQ(parcel.tag, 8);
  EXPECT_TRUE(box.flush(10));
}

TEST(Mailbox, KeepsTheOrderOfEachSenderWhateverTheSizes) {
  const auto group = Communicator::world().duplicate();
  Mailbox box(group);
  // Long messages need the receiver's help to travel; short ones could overtake them.
  const auto size_of = [](int i) { return static_cast<std::size_t>(i % 3 == 0 ? 3'000'000 : i); };
  constexpr int each = 30;
  for (int i = 0; i < each; ++i)
    for (int to = 0; to < group.size(); ++to)
      box.send(to, i, std::string(size_of(i), static_cast<char>('a' + group.rank())));
  std::vector<int> next(static_cast<std::size_t>(group.size()), 0);
  for (int n = 0; n < each * group.size(); ++n) {
    const auto parcel = receive(box);
    auto& expected = next[static_cast<std::size_t>(parcel.from)];
    ASSERT_EQ(parcel.tag, expected);
    ASSERT_EQ(parcel.bytes, std::string(size_of(expected), static_cast<char>('a' + parcel.from)));
    ++expected;
  }
  EXPECT_TRUE(box.flush(60));
  group.barrier();
}

TEST(Mailbox, IsNotDisturbedByAnotherOne) {
  const auto world = Communicator::world();
  Mailbox one(world.duplicate()), two(world.duplicate());
  const int next = (world.rank() + 1) % world.size();
  one.send(next, 1, "one");
  two.send(next, 1, "two");
  EXPECT_EQ(receive(two).bytes, "two");
  EXPECT_EQ(receive(one).bytes, "one");
  world.barrier();
}

TEST(Mailbox, RefusesAnAddressOutsideTheGroup) {
  Mailbox box(Communicator::world().duplicate());
  EXPECT_THROW(box.send(box.size(), 0, "x"), Error);
  EXPECT_THROW(box.send(-1, 0, "x"), Error);
}

}  // namespace
}  // namespace twinmill::mpi

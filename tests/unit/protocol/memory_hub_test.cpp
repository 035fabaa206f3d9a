#include <gtest/gtest.h>

#include "twinmill/protocol/channel.hpp"

namespace twinmill::protocol {
namespace {

TEST(MemoryHub, DeliversInOrderToTheRightEnd) {
  MemoryHub hub(3);
  const auto scheduler = hub.end(0), first = hub.end(1), second = hub.end(2);
  EXPECT_EQ(second->rank(), 2);
  EXPECT_EQ(second->size(), 3);
  first->send(0, Hello{"a", 1});
  second->send(0, Hello{"b", 2});
  first->send(0, Bye{});
  scheduler->send(2, Drain{});

  const auto one = scheduler->try_receive();
  ASSERT_TRUE(one);
  EXPECT_EQ(one->from, 1);
  EXPECT_EQ(one->message, Message(Hello{"a", 1}));
  EXPECT_EQ(scheduler->try_receive()->from, 2);
  EXPECT_EQ(scheduler->try_receive()->message, Message(Bye{}));
  EXPECT_FALSE(scheduler->try_receive());
  EXPECT_FALSE(first->try_receive());
  EXPECT_EQ(second->try_receive()->message, Message(Drain{}));
}

TEST(MemoryHub, MessagesWaitForAnEndThatIsMadeLater) {
  MemoryHub hub(2);
  hub.end(0)->send(1, Leave{});
  EXPECT_EQ(hub.end(1)->try_receive()->message, Message(Leave{}));
}

TEST(MemoryHub, UnknownRanksAreABug) {
  MemoryHub hub(2);
  EXPECT_THROW(hub.end(2), Error);
  EXPECT_THROW(hub.end(0)->send(2, Drain{}), Error);
  EXPECT_THROW(hub.end(0)->send(-1, Drain{}), Error);
}

}  // namespace
}  // namespace twinmill::protocol

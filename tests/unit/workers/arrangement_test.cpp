#include "workers/arrangement.hpp"

#include <gmock/gmock.h>

#include "twinmill/base/error.hpp"

namespace twinmill::workers {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::ThrowsMessage;

TEST(Arrangement, OneRankPerTaskMakesEveryRankALeader) {
  const Arrangement a(4, 1);
  EXPECT_EQ(a.groups(), 3);
  EXPECT_EQ(a.idle(), 0);
  EXPECT_THAT(a.silent(), IsEmpty());
  EXPECT_EQ(a.group_of(0), -1);
  EXPECT_EQ(a.group_of(3), 2);
  EXPECT_TRUE(a.leads(1) && a.leads(2) && a.leads(3));
  EXPECT_FALSE(a.leads(0));
  EXPECT_EQ(Arrangement(1, 1).groups(), 0);
}

TEST(Arrangement, GroupsAreNeighboursAndTheRestIsIdle) {
  const Arrangement a(9, 3);  // 1 2 3, 4 5 6; 7 and 8 are too few.
  EXPECT_EQ(a.groups(), 2);
  EXPECT_EQ(a.idle(), 2);
  EXPECT_EQ(a.group_of(3), 0);
  EXPECT_EQ(a.group_of(4), 1);
  EXPECT_EQ(a.group_of(7), -1);
  EXPECT_FALSE(a.leads(7));
  EXPECT_THAT(a.silent(), ElementsAre(2, 3, 5, 6, 7, 8));
}

TEST(Arrangement, FewerRanksThanAGroupAreRefused) {
  EXPECT_THAT([] { Arrangement(3, 3); }, ThrowsMessage<Error>(HasSubstr("at least 4 ranks")));
  EXPECT_THROW(Arrangement(1, 2), Error);
  EXPECT_EQ(Arrangement(4, 3).groups(), 1);
}

}  // namespace
}  // namespace twinmill::workers

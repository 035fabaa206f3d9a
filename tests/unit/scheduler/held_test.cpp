// How many leases a worker holds: two, and more of those that do not last until the next turn.
#include "stage.hpp"

namespace twinmill::scheduler {
namespace {

protocol::Finished finished_in(double seconds, int lease) {
  auto message = finished(lease, lease, 1);
  message.seconds = seconds;
  return message;
}

TEST(Held, TwoBeforeAnythingIsKnownAndOfLongLeases) {
  Stage s(1, works(std::vector<double>(20, 1.0)));
  EXPECT_EQ(s.hello(1).sends.size(), 2U);
  EXPECT_EQ(s.hear(1, finished_in(0.2, 0)).sends.size(), 1U);
  EXPECT_EQ(s.reactor.held(), 2);
}

TEST(Held, AsManyShortLeasesAsCoverATurn) {
  Stage s(1, works(std::vector<double>(20, 1.0)), {.cover_seconds = 0.1, .held_at_most = 10});
  s.hello(1);
  // 2.5 leases last for 0.1 s: three wait beside the one that is worked on.
  EXPECT_EQ(s.hear(1, finished_in(0.04, 0)).sends.size(), 3U);
  EXPECT_EQ(s.reactor.held(), 4);
  EXPECT_EQ(s.reactor.workers()[1].leases.size(), 4U);
}

TEST(Held, NeverMoreThanTheMost) {
  Stage s(1, works(std::vector<double>(20, 1.0)), {.cover_seconds = 0.1, .held_at_most = 5});
  s.hello(1);
  s.hear(1, finished_in(1e-6, 0));
  EXPECT_EQ(s.reactor.held(), 5);
  EXPECT_EQ(s.reactor.workers()[1].leases.size(), 5U);
}

TEST(Held, ARelaxationThatALibraryHasSaysNothingOfSimulations) {
  auto all = works(std::vector<double>(20, 1.0));
  all[0].kind = ledger::TaskKind::relaxation;
  all[0].cost = 2;
  Stage s(1, all);
  EXPECT_EQ(s.hello(1).sends.size(), 1U);
  EXPECT_EQ(s.hear(1, finished_in(0.001, 0)).sends.size(), 2U);
  EXPECT_EQ(s.reactor.held(), 2);
}

TEST(Held, TheLastOnesAreLeftForWhoeverIsFreeFirst) {
  Stage s(1, works(std::vector<double>(9, 1.0)), {.cover_seconds = 0.1, .held_at_most = 5});
  s.hello(1);
  // Seven wait; four are as many as a worker could hold beside the running one: it gets what is above.
  EXPECT_EQ(s.hear(1, finished_in(1e-6, 0)).sends.size(), 4U);
  EXPECT_EQ(s.reactor.counts().pending, 2 * 3);
  EXPECT_EQ(s.hear(1, finished_in(1e-6, 1)).sends.size(), 0U);
}

}  // namespace
}  // namespace twinmill::scheduler

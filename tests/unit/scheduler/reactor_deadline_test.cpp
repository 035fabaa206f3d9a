// What is begun before a deadline, and in which order.
#include "stage.hpp"

namespace twinmill::scheduler {
namespace {

/// On stage, a unit of cost takes a second as soon as one lease is done: finished() reports 1.5 s for a cost of 1.5.
class DeadlineTest : public ::testing::Test {
 protected:
  Outbox left(Stage& s, double seconds) { return s.handle(TimeLeft{s.now, seconds}); }
  static std::vector<int> granted_to(const Outbox& outbox, int rank) {
    std::vector<int> simulations;
    for (const Send& send : outbox.sends) {
      const auto* grant = std::get_if<protocol::Grant>(&send.message);
      if (grant != nullptr && send.to == rank) simulations.push_back(static_cast<int>(grant->simulation.value));
    }
    return simulations;
  }
};

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(DeadlineTest, WhatCannotBeDoneInTimeIsLeftOutForSmallerWork) {
  Stage s(1, works({30, 1.5, 20, 4}));
  left(s, 1000);
  Outbox first = s.hello(1);
  EXPECT_THAT(granted_to(first, 1), ElementsAre(0, 2));  // Nothing is known yet: the dearest first.
  // The first lease took 1.5 s for a cost of 30: 0.05 s per unit. 0.9 s are left; the waiting one takes 1 s of them.
  s.now = 1.5;
  Outbox next = s.hear(1, finished(0, 0, 1));
  EXPECT_THAT(granted_to(next, 1), ElementsAre(3));
}

TEST_F(DeadlineTest, SmallerWorkThatFitsGoesFirst) {
  auto work = works({30, 1.5, 20, 4});
  Start start{.work = work, .workers = 1, .next_lease = LeaseId(0)};
  start.pace.add(1, 1);
  Reactor reactor(start, {});
  Outbox outbox;
  reactor.handle(TimeLeft{0, 5}, outbox);
  reactor.handle(Received{1, protocol::Hello{"node1", 101}, 0}, outbox);
  EXPECT_THAT(granted_to(outbox, 1), ElementsAre(3));  // Four seconds; behind it there is room for nothing.
  outbox.clear();
  reactor.handle(Received{1, finished(0, 3, 1), 1}, outbox);  // Faster than thought.
  // Behind simulation 1 nothing fits: it is finished, and then the run is over.
  const std::string why = "walltime: nothing that is left fits into the last 4.0 s; run again to go on";
  expect(outbox, {done(1, 0, 3, 1), granted(1, 1, 1, 1), note("stopping early: " + why)},
         {grant(1, 1, 1, 1), drain(1)});
  EXPECT_EQ(reactor.drained(), (Drained{why, std::nullopt}));
  outbox.clear();
  reactor.handle(Received{1, finished(1, 1, 1), 2}, outbox);
  expect(outbox, {done(1, 1, 1, 1)}, {leave(1)});
  EXPECT_EQ(reactor.counts().pending, 4);
}

TEST_F(DeadlineTest, WhatIsUnderWayIsNotCutShortByWhatWaits) {
  Start start{.work = works({30, 3, 3}), .workers = 1, .next_lease = LeaseId(0)};
  start.pace.add(1, 1);
  Reactor reactor(start, {});
  Outbox outbox;
  reactor.handle(TimeLeft{0, 7}, outbox);
  reactor.handle(Received{1, protocol::Hello{"node1", 101}, 0}, outbox);
  EXPECT_THAT(granted_to(outbox, 1), ElementsAre(1, 2));  // Six of seven seconds; 30 never fits.
  EXPECT_FALSE(reactor.drained());
  outbox.clear();
  reactor.handle(Received{1, finished(0, 1, 1), 3}, outbox);
  EXPECT_TRUE(reactor.drained());  // The last one runs: now nothing that waits will ever fit.
  expect(outbox, {done(1, 0, 1, 1), note("stopping early: " + reactor.drained()->reason)}, {drain(1)});
}

TEST_F(DeadlineTest, AtTheEndEverythingDrains) {
  Stage s(2, works({1, 1, 1, 1}));
  left(s, 10);
  s.hello(1);
  s.now = 10;
  const std::string why = "walltime: the time is up; run again to go on";
  expect(left(s, 0), {note("stopping early: " + why)}, {drain(1)});
  expect(s.hello(2), {}, {drain(2)});
  EXPECT_EQ(s.reactor.drained(), (Drained{why, std::nullopt}));
}

TEST_F(DeadlineTest, WithoutMeasuredDurationsWorkIsBegun) {
  Stage s(1, works({1e18}));
  left(s, 0.001);
  EXPECT_THAT(granted_to(s.hello(1), 1), ElementsAre(0));
}

TEST_F(DeadlineTest, ARelaxationMayBeginAndIsWaitedFor) {
  auto work = works({50, 7});
  work[1].kind = ledger::TaskKind::relaxation;
  Start start{.work = work, .workers = 1, .next_lease = LeaseId(0)};
  start.pace.add(1, 1);
  Reactor reactor(start, {});
  Outbox outbox;
  reactor.handle(TimeLeft{0, 5}, outbox);
  reactor.handle(Received{1, protocol::Hello{"node1", 101}, 0}, outbox);
  EXPECT_THAT(granted_to(outbox, 1), ElementsAre(1));
  EXPECT_FALSE(reactor.drained());  // Simulation 0 does not fit, but the relaxation shall end in its own time.
  outbox.clear();
  reactor.handle(Received{1, finished(0, 1, 1), 4}, outbox);
  EXPECT_TRUE(reactor.drained());
}

TEST_F(DeadlineTest, EarlierTurnsGoFirstAndKeepTheirPlaceWhenTheyComeBack) {
  auto work = works({5, 4, 3, 2});
  work[0].turn = work[1].turn = 1;
  Stage s(1, work);
  EXPECT_THAT(granted_to(s.hello(1), 1), ElementsAre(2, 3));
  EXPECT_THAT(granted_to(s.hear(1, failed(0, 2, 1, Fault::bug, "x")), 1), ElementsAre(2));
  EXPECT_THAT(granted_to(s.hear(1, finished(1, 3, 1)), 1), ElementsAre(0));
}

}  // namespace
}  // namespace twinmill::scheduler

// Leases: the exact messages and records of granting, finishing, failing, giving up.
#include "scheduler/reactor.hpp"

#include "stage.hpp"

namespace twinmill::scheduler {
namespace {

using ledger::AttemptEnd;
using ledger::Charge;

TEST(Reactor, OneWorkerGetsARunningAndAWaitingLease) {
  Stage s(1, works({1, 1, 1}));
  expect(s.hello(1), {granted(1, 0, 0, 1), granted(1, 1, 1, 1)}, {grant(1, 0, 0, 1), grant(1, 1, 1, 1)});
  EXPECT_EQ(s.reactor.counts(), (SampleCounts{.total = 6, .done = 0, .running = 4, .pending = 2, .quarantined = 0}));
}

TEST(Reactor, WholeCampaignOfOneWorker) {
  Stage s(1, works({1, 1, 1}));
  expect(s.tick(0), {}, {});
  s.hello(1);
  expect(s.hear(1, finished(0, 0, 1)), {done(1, 0, 0, 1), granted(1, 2, 2, 1)}, {grant(1, 2, 2, 1)});
  expect(s.hear(1, finished(1, 1, 1)), {done(1, 1, 1, 1)}, {});
  EXPECT_FALSE(s.reactor.leaving());
  expect(s.hear(1, finished(2, 2, 1)), {done(1, 2, 2, 1)}, {leave(1)});
  EXPECT_TRUE(s.reactor.leaving());
  EXPECT_FALSE(s.reactor.over());
  expect(s.hear(1, protocol::Bye{}), {}, {});
  EXPECT_TRUE(s.reactor.over());
  EXPECT_EQ(s.reactor.counts(), (SampleCounts{.total = 6, .done = 6, .running = 0, .pending = 0, .quarantined = 0}));
  EXPECT_EQ(s.reactor.drained(), std::nullopt);
  EXPECT_EQ(s.reactor.cost_done(), s.reactor.cost_total());
}

TEST(Reactor, LongestFirstThenByNumber) {
  Stage s(4, works({1, 5, 2, 5}));
  expect(s.hello(1), {granted(1, 0, 1, 1)}, {grant(1, 0, 1, 1)});
  expect(s.hello(2), {granted(2, 1, 3, 1)}, {grant(2, 1, 3, 1)});
  expect(s.hello(3), {granted(3, 2, 2, 1)}, {grant(3, 2, 2, 1)});
  expect(s.hello(4), {granted(4, 3, 0, 1)}, {grant(4, 3, 0, 1)});
}

TEST(Reactor, NoPrefetchFromWorkersThatHaveYetToReport) {
  Stage s(2, works({1, 1}));
  expect(s.hello(1), {granted(1, 0, 0, 1)}, {grant(1, 0, 0, 1)});
  expect(s.hello(2), {granted(2, 1, 1, 1)}, {grant(2, 1, 1, 1)});
}

TEST(Reactor, LastLeasesGoToWhoIsFreeFirst) {
  Stage s(2, works({1, 1, 1, 1, 1, 1}));
  // Five wait after the first grant and two are expected: prefetch. Later one waits: none.
  expect(s.hello(1), {granted(1, 0, 0, 1), granted(1, 1, 1, 1)}, {grant(1, 0, 0, 1), grant(1, 1, 1, 1)});
  expect(s.hello(2), {granted(2, 2, 2, 1), granted(2, 3, 3, 1)}, {grant(2, 2, 2, 1), grant(2, 3, 3, 1)});
  expect(s.hear(1, finished(0, 0, 1)), {done(1, 0, 0, 1), granted(1, 4, 4, 1)}, {grant(1, 4, 4, 1)});
  expect(s.hear(2, finished(2, 2, 1)), {done(2, 2, 2, 1)}, {});
  expect(s.hear(2, finished(3, 3, 1)), {done(2, 3, 3, 1), granted(2, 5, 5, 1)}, {grant(2, 5, 5, 1)});
  expect(s.hear(2, finished(5, 5, 1)), {done(2, 5, 5, 1)}, {});
}

TEST(Reactor, LeaseAndAttemptNumbersGoOnAfterARestart) {
  Start start{.work = works({1}), .workers = 1, .next_lease = LeaseId(40), .done = 6, .quarantined = 2};
  start.work[0].attempts = 4;
  Reactor reactor(std::move(start), {});
  Outbox outbox;
  reactor.handle(Received{1, protocol::Hello{"node1", 1}, 0}, outbox);
  expect(outbox, {granted(1, 40, 0, 5)}, {grant(1, 40, 0, 5)});
  EXPECT_EQ(reactor.counts(), (SampleCounts{.total = 10, .done = 6, .running = 2, .pending = 0, .quarantined = 2}));
}

TEST(Reactor, FailureIsTriedAgainUnderTheNextAttempt) {
  Stage s(1, works({1}));
  s.hello(1);
  expect(s.hear(1, failed(0, 0, 1, Fault::input, "no atoms")),
         {ended(0, 0, AttemptEnd::failed, Charge::failure, Fault::input, "no atoms"), granted(1, 1, 0, 2)},
         {grant(1, 1, 0, 2)});
}

TEST(Reactor, LastAllowedFailureMeansQuarantine) {
  Stage s(1, works({2, 1}), {.attempts = 2});
  s.hello(1);  // Leases 0 and 1: simulations 0 and 1.
  expect(s.hear(1, failed(0, 0, 1, Fault::bug, "nan")),
         {ended(0, 0, AttemptEnd::failed, Charge::failure, Fault::bug, "nan"), granted(1, 2, 0, 2)},
         {grant(1, 2, 0, 2)});
  expect(s.hear(1, finished(1, 1, 1)), {done(1, 1, 1, 1)}, {});
  expect(s.hear(1, failed(2, 0, 2, Fault::bug, "nan again")),
         {ended(2, 0, AttemptEnd::failed, Charge::failure, Fault::bug, "nan again"),
          quarantined(0, "failed 2 times, at last: nan again")},
         {leave(1)});
  EXPECT_EQ(s.reactor.counts(), (SampleCounts{.total = 4, .done = 2, .running = 0, .pending = 0, .quarantined = 2}));
}

TEST(Reactor, FailuresOfEarlierRunsCount) {
  auto work = works({1});
  work[0].failures = 2;
  Stage s(1, work);
  s.hello(1);
  expect(s.hear(1, failed(0, 0, 1, Fault::bug, "nan")),
         {ended(0, 0, AttemptEnd::failed, Charge::failure, Fault::bug, "nan"),
          quarantined(0, "failed 3 times, at last: nan")},
         {leave(1)});
}

TEST(Reactor, FullDiskStopsTheCampaignAndIsChargedToNobody) {
  Stage s(2, works({1, 1, 1, 1, 1, 1}));
  s.hello(1);
  s.hello(2);  // Worker 1: leases 0, 1; worker 2: leases 2, 3.
  expect(s.hear(1, failed(0, 0, 1, Fault::system, "cannot write store.h5 (disk full)")),
         {ended(0, 0, AttemptEnd::failed, Charge::none, Fault::system, "cannot write store.h5 (disk full)"),
          note("stopping early: worker 1 on node1: cannot write store.h5 (disk full)")},
         {drain(1), drain(2)});
  // A second one changes nothing any more.
  expect(s.hear(2, failed(2, 2, 1, Fault::system, "disk full")),
         {ended(2, 2, AttemptEnd::failed, Charge::none, Fault::system, "disk full")}, {});
  expect(s.hear(1, returned(1, 1, 1)), {ended(1, 1, AttemptEnd::returned, Charge::none, {}, "")}, {});
  expect(s.hear(2, returned(3, 3, 1)), {ended(3, 3, AttemptEnd::returned, Charge::none, {}, "")}, {leave(1), leave(2)});
  EXPECT_EQ(s.reactor.drained(), (Drained{"worker 1 on node1: cannot write store.h5 (disk full)", Fault::system}));
  EXPECT_EQ(s.reactor.counts(), (SampleCounts{.total = 12, .done = 0, .running = 0, .pending = 12, .quarantined = 0}));
}

TEST(Reactor, ResultThatDoesNotCoverItsLeaseIsAFailure) {
  Stage s(1, works({1}), {.attempts = 3});
  s.hello(1);
  auto part = finished(0, 0, 1);
  part.samples.pop_back();
  const std::string why = "the worker reported 1 samples, but not the 2 of its lease";
  expect(s.hear(1, part), {ended(0, 0, AttemptEnd::failed, Charge::failure, Fault::bug, why), granted(1, 1, 0, 2)},
         {grant(1, 1, 0, 2)});
  auto twice = finished(1, 0, 2);
  twice.samples[1] = twice.samples[0];
  EXPECT_EQ(s.hear(1, twice).records.size(), 2u);
  // Another order is fine.
  auto reversed = finished(2, 0, 3);
  std::swap(reversed.samples[0], reversed.samples[1]);
  s.hear(1, reversed);
  EXPECT_EQ(s.reactor.counts().done, 2);
}

TEST(Reactor, ResultOfAnotherAttemptOrWorkerIsLate) {
  Stage s(2, works({1, 1}));
  s.hello(1);
  s.hello(2);
  expect(s.hear(2, finished(0, 0, 1)), {late(0, 2, "finished")}, {});
  expect(s.hear(1, finished(0, 0, 2)), {late(0, 1, "finished")}, {});
  expect(s.hear(1, finished(0, 1, 1)), {late(0, 1, "finished")}, {});
  expect(s.hear(1, finished(9, 0, 1)), {late(9, 1, "finished")}, {});
  expect(s.hear(1, failed(9, 0, 1, Fault::system, "x")), {late(9, 1, "failed: x")}, {});
  expect(s.hear(1, returned(9, 0, 1)), {late(9, 1, "returned")}, {});
  expect(s.hear(1, finished(0, 0, 1)), {done(1, 0, 0, 1)}, {});
  expect(s.hear(1, finished(0, 0, 1)), {late(0, 1, "finished")}, {});
  EXPECT_EQ(s.reactor.counts().done, 2);
}

TEST(Reactor, HeartbeatSaysHowFarALeaseIs) {
  Stage s(1, works({1, 1}));
  s.hello(1);
  expect(s.hear(1, protocol::Heartbeat{LeaseId(0), 0.25}), {}, {});
  EXPECT_EQ(s.reactor.workers()[1].fraction, 0.25);
  EXPECT_EQ(s.reactor.working_on(1), SimulationId(0));
  s.hear(1, protocol::Heartbeat{LeaseId(1), 0.75});
  EXPECT_EQ(s.reactor.workers()[1].fraction, 0.25);
  s.now = 3;
  s.hear(1, finished(0, 0, 1));
  EXPECT_EQ(s.reactor.workers()[1].fraction, 0);
  EXPECT_EQ(s.reactor.workers()[1].since, 3);
  EXPECT_EQ(s.reactor.working_on(1), SimulationId(1));
  EXPECT_EQ(s.reactor.workers()[1].finished, 2);
}

TEST(Reactor, MisuseIsABug) {
  Stage s(1, works({1}));
  EXPECT_THROW(s.hear(1, protocol::Drain{}), Error);
  EXPECT_THROW(s.hear(1, protocol::Leave{}), Error);
  EXPECT_THROW(s.hear(1, protocol::Grant{}), Error);
  EXPECT_THROW(s.hear(0, protocol::Hello{}), Error);
  EXPECT_THROW(s.hear(2, protocol::Hello{}), Error);
  auto empty = works({1});
  empty[0].samples.clear();
  EXPECT_THROW(Stage(1, empty), Error);
}

}  // namespace
}  // namespace twinmill::scheduler

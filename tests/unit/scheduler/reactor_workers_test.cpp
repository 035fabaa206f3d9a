// Workers that fall silent, come back or leave; draining; the end.
#include "stage.hpp"

namespace twinmill::scheduler {
namespace {

using ledger::AttemptEnd;
using ledger::Charge;

constexpr Policy short_policy{.attempts = 3, .losses = 2, .heartbeat_timeout = 10};

TEST(Silence, WorkerBeyondTheTimeoutIsLostAndItsLeasesGoAgain) {
  Stage s(2, works({4, 3, 2, 1}), short_policy);
  s.hello(1);  // Leases 0 and 1: simulations 0 and 1.
  s.hello(2);  // Lease 2: simulation 2. Simulation 3 waits.
  s.tick(9);
  s.hear(2, protocol::Heartbeat{LeaseId(2), 0.5});
  expect(s.tick(10), {}, {});
  // Of the lost worker only the lease it worked on is charged. Worker 2 is now the whole fleet and gets a waiting one.
  expect(s.tick(11),
         {note("worker 1 on node1 is lost (silent for 11 s)"),
          ended(0, 0, AttemptEnd::lost, Charge::loss, {}, "the worker fell silent for 11 s"),
          ended(1, 1, AttemptEnd::lost, Charge::none, {}, "the worker fell silent for 11 s"), granted(2, 3, 0, 2)},
         {grant(2, 3, 0, 2)});
  EXPECT_EQ(s.reactor.workers()[1].state, WorkerState::lost);
  EXPECT_EQ(s.reactor.count(WorkerState::lost), 1);
  EXPECT_EQ(s.reactor.counts(), (SampleCounts{.total = 8, .done = 0, .running = 4, .pending = 4, .quarantined = 0}));
}

TEST(Silence, WaitingWorkerOwesNoSignOfLife) {
  Stage s(2, works({1}), short_policy);
  s.hello(1);
  s.hello(2);
  for (double t = 5; t <= 100; t += 5) {
    s.now = t;
    s.hear(1, protocol::Heartbeat{LeaseId(0), 0});
    expect(s.tick(t), {}, {});
  }
  // Its silence counts from its first lease on.
  expect(s.hear(1, failed(0, 0, 1, Fault::bug, "x")),
         {ended(0, 0, AttemptEnd::failed, Charge::failure, Fault::bug, "x"), granted(1, 1, 0, 2)}, {grant(1, 1, 0, 2)});
  s.hear(1, protocol::Bye{});
  expect(s.tick(109), {}, {});
}

TEST(Silence, ResultsOfALostWorkerAreLateUntilItSaysHello) {
  Stage s(2, works({1, 1}), short_policy);
  s.hello(1);
  s.hello(2);
  s.now = 11;
  s.hear(2, protocol::Heartbeat{LeaseId(1), 0});
  s.tick(11);  // Worker 1 is lost; simulation 0 waits at worker 2 as lease 2.
  expect(s.hear(1, protocol::Heartbeat{LeaseId(0), 0.9}), {}, {});
  expect(s.hear(1, finished(0, 0, 1)), {late(0, 1, "finished")}, {});
  EXPECT_EQ(s.reactor.counts().done, 0);
  EXPECT_EQ(s.reactor.workers()[1].state, WorkerState::lost);
  expect(s.hello(1), {note("worker 1 on node1 is back")}, {});
  EXPECT_EQ(s.reactor.workers()[1].state, WorkerState::active);
  expect(s.hear(2, finished(1, 1, 1)), {done(2, 1, 1, 1)}, {});
  expect(s.hear(2, finished(2, 0, 2)), {done(2, 2, 0, 2)}, {leave(1), leave(2)});
}

TEST(Silence, SimulationThatLosesItsWorkersIsGivenUp) {
  Stage s(3, works({1}), short_policy);
  s.hello(1);
  s.hello(2);
  s.hello(3);
  s.tick(11);  // The second attempt goes to worker 2.
  EXPECT_EQ(s.reactor.working_on(2), SimulationId(0));
  expect(s.tick(22),
         {note("worker 2 on node2 is lost (silent for 11 s)"),
          ended(1, 0, AttemptEnd::lost, Charge::loss, {}, "the worker fell silent for 11 s"),
          quarantined(0, "its worker was lost 2 times")},
         {leave(1), leave(2), leave(3)});
}

TEST(Silence, RepeatedHelloIsASignOfLife) {
  Stage s(1, works({1}), short_policy);
  s.hello(1);
  s.now = 9;
  expect(s.hello(1), {}, {});
  expect(s.tick(18), {}, {});
  EXPECT_EQ(s.tick(20).records.size(), 2u);
}

TEST(Silence, TimeNeverGoesBack) {
  Stage s(1, works({1}), short_policy);
  s.now = 50;
  s.hello(1);
  expect(s.tick(3), {}, {});
  expect(s.tick(60), {}, {});
}

TEST(Alone, WithoutAnyWorkerTheCampaignStops) {
  Stage s(2, works({1}), short_policy);
  expect(s.tick(100), {}, {});
  expect(s.tick(110), {}, {});
  const std::string why = "no worker is there any more (2 never reported, 0 were lost, 0 left; waited 11 s)";
  expect(s.tick(111), {note("stopping early: " + why)}, {});
  EXPECT_EQ(s.reactor.drained(), (Drained{why, Fault::system}));
  EXPECT_TRUE(s.reactor.leaving());
}

TEST(Alone, LostWorkersGetTimeToComeBack) {
  Stage s(1, works({1}), short_policy);
  s.hello(1);
  EXPECT_EQ(s.tick(11).records.size(), 2u);
  expect(s.tick(20), {}, {});
  expect(s.hello(1), {note("worker 1 on node1 is back"), granted(1, 1, 0, 2)}, {grant(1, 1, 0, 2)});
  EXPECT_FALSE(s.reactor.drained());
}

TEST(Gone, AnEndedProcessIsLostAtOnceAndForGood) {
  Stage s(2, works({2, 1}), short_policy);
  s.hello(1);
  s.hello(2);
  expect(s.handle(Gone{1, 0.5}),
         {note("worker 1 on node1 is lost (its process has ended)"),
          ended(0, 0, AttemptEnd::lost, Charge::loss, {}, "the worker's process has ended"), granted(2, 2, 0, 2)},
         {grant(2, 2, 0, 2)});
  expect(s.handle(Gone{1, 0.6}), {}, {});
  expect(s.hello(1), {}, {});
  EXPECT_EQ(s.reactor.workers()[1].state, WorkerState::lost);
  s.hear(2, finished(1, 1, 1));
  s.hear(2, finished(2, 0, 2));
  s.hear(2, protocol::Bye{});
  EXPECT_TRUE(s.reactor.over());
}

TEST(Gone, AWaitingWorkerIsMissedToo) {
  Stage s(2, works({1}), short_policy);
  s.hello(1);
  s.hello(2);
  expect(s.handle(Gone{2, 1}), {note("worker 2 on node2 is lost (its process has ended)")}, {});
  expect(s.hear(1, finished(0, 0, 1)), {done(1, 0, 0, 1)}, {leave(1), leave(2)});
  s.hear(1, protocol::Bye{});
  EXPECT_TRUE(s.reactor.over());
}

TEST(Gone, WhoHasLeftIsNotLost) {
  Stage s(1, {});
  s.tick(0);
  s.hello(1);
  s.hear(1, protocol::Bye{});
  expect(s.handle(Gone{1, 1}), {}, {});
  EXPECT_EQ(s.reactor.workers()[1].state, WorkerState::left);
}

TEST(Gone, WithoutAnybodyWhoMayComeBackTheCampaignStopsAtOnce) {
  Stage s(2, works({1, 1}), short_policy);
  s.hello(1);
  s.hello(2);
  s.handle(Gone{1, 1});
  s.now = 2;
  s.handle(Gone{2, 2});
  const std::string why = "no worker is there any more (0 never reported, 2 were lost, 0 left; waited 0.0 s)";
  expect(s.tick(2), {note("stopping early: " + why)}, {leave(1), leave(2)});
  EXPECT_EQ(s.reactor.drained(), (Drained{why, Fault::system}));
}

TEST(Unfit, ABrokenGroupIsLostAsOneAndTheRestGoesOn) {
  Stage s(4, works({4, 3, 2, 1}), short_policy, {2, 4});
  s.hello(1);  // Leases 0 and 1: simulations 0 and 1.
  s.hello(3);  // Lease 2: simulation 2. Simulation 3 waits.
  expect(s.hear(1, protocol::Unfit{"member(s) of the group are silent (waited 10 s)"}),
         {note("worker 1 on node1 is lost (member(s) of the group are silent (waited 10 s))"),
          ended(0, 0, AttemptEnd::lost, Charge::loss, {}, "member(s) of the group are silent (waited 10 s)"),
          ended(1, 1, AttemptEnd::lost, Charge::none, {}, "member(s) of the group are silent (waited 10 s)"),
          granted(3, 3, 0, 2)},
         {grant(3, 3, 0, 2)});
  EXPECT_FALSE(s.reactor.drained());
  expect(s.hello(1), {}, {});
  int lease = 2;
  for (const int simulation : {2, 0, 1, 3}) s.hear(3, finished(lease++, simulation, simulation < 2 ? 2 : 1));
  EXPECT_EQ(s.reactor.counts().done, 8);
  s.hear(3, protocol::Bye{});
  EXPECT_TRUE(s.reactor.over());
}

TEST(Alone, ALostWorkerThatIsHeardMayStillSayHello) {
  Stage s(1, works({1}), short_policy);
  s.hello(1);
  s.tick(11);  // Lost.
  s.now = 20;
  expect(s.hear(1, finished(0, 0, 1)), {late(0, 1, "finished")}, {});
  expect(s.tick(29), {}, {});
  expect(s.hello(1), {note("worker 1 on node1 is back"), granted(1, 1, 0, 2)}, {grant(1, 1, 0, 2)});
}

TEST(Drain, RunningLeasesAreFinishedAndWaitingOnesComeBack) {
  Stage s(2, works({1, 1, 1, 1, 1}));
  s.hello(1);
  s.hello(2);  // Worker 1: leases 0, 1; worker 2: leases 2, 3; simulation 4 waits.
  expect(s.drain("on request"), {note("stopping early: on request")}, {drain(1), drain(2)});
  expect(s.drain("again"), {}, {});
  expect(s.hear(1, returned(1, 1, 1)), {ended(1, 1, AttemptEnd::returned, Charge::none, {}, "")}, {});
  expect(s.hear(2, returned(3, 3, 1)), {ended(3, 3, AttemptEnd::returned, Charge::none, {}, "")}, {});
  expect(s.hear(1, finished(0, 0, 1)), {done(1, 0, 0, 1)}, {});
  expect(s.hear(2, finished(2, 2, 1)), {done(2, 2, 2, 1)}, {leave(1), leave(2)});
  s.hear(1, protocol::Bye{});
  EXPECT_FALSE(s.reactor.over());
  s.hear(2, protocol::Bye{});
  EXPECT_TRUE(s.reactor.over());
  EXPECT_EQ(s.reactor.drained(), (Drained{"on request", std::nullopt}));
  EXPECT_EQ(s.reactor.counts(), (SampleCounts{.total = 10, .done = 4, .running = 0, .pending = 6, .quarantined = 0}));
}

TEST(Drain, NewcomersGetNoWork) {
  Stage s(3, works({1, 1, 1, 1}));
  s.hello(1);
  s.drain("on request");
  expect(s.hello(2), {}, {drain(2)});
  s.hear(1, returned(1, 1, 1));
  expect(s.hear(1, finished(0, 0, 1)), {done(1, 0, 0, 1)}, {leave(1), leave(2)});
  expect(s.hello(3), {}, {leave(3)});
}

TEST(Drain, RepeatedHelloChangesNothing) {
  Stage s(1, works({1, 1}));
  s.hello(1);
  s.drain("on request");
  s.now = 5;
  expect(s.hello(1), {}, {});
  EXPECT_EQ(s.reactor.workers()[1].since, 0);
}

TEST(Drain, LostWorkerDoesNotHoldItUp) {
  Stage s(1, works({1}), short_policy);
  s.hello(1);
  s.drain("on request");
  expect(s.tick(11),
         {note("worker 1 on node1 is lost (silent for 11 s)"),
          ended(0, 0, AttemptEnd::lost, Charge::loss, {}, "the worker fell silent for 11 s")},
         {leave(1)});
  EXPECT_TRUE(s.reactor.over());
}

TEST(Drain, WithoutWorkersItIsOverAtOnce) {
  Stage s(2, works({1}));
  s.drain("on request");
  EXPECT_TRUE(s.reactor.leaving());
  EXPECT_FALSE(s.reactor.over());
  expect(s.hello(1), {}, {leave(1)});
}

TEST(End, NothingToDoSendsEverybodyAway) {
  Stage s(2, {});
  expect(s.tick(0), {}, {});
  expect(s.hello(1), {}, {leave(1)});
  expect(s.hello(2), {}, {leave(2)});
  expect(s.hello(2), {}, {});
  s.hear(1, protocol::Bye{});
  s.hear(2, protocol::Bye{});
  EXPECT_TRUE(s.reactor.over());
  EXPECT_FALSE(s.reactor.drained());
}

TEST(End, DrainAfterTheEndChangesNothing) {
  Stage s(1, {});
  s.tick(0);
  s.hello(1);
  expect(s.drain("too late"), {}, {});
  EXPECT_FALSE(s.reactor.drained());
}

TEST(End, LostWorkerIsToldToLeaveOnce) {
  Stage s(2, works({2, 1}), short_policy);
  s.hello(1);
  s.hello(2);
  s.now = 11;
  s.hear(2, protocol::Heartbeat{LeaseId(1), 0});
  s.tick(11);
  s.hear(2, finished(1, 1, 1));
  expect(s.hear(2, finished(2, 0, 2)), {done(2, 2, 0, 2)}, {leave(1), leave(2)});
  s.hear(2, protocol::Bye{});
  EXPECT_TRUE(s.reactor.over());
  expect(s.hello(1), {note("worker 1 on node1 is back")}, {});
  EXPECT_FALSE(s.reactor.over());
  s.hear(1, protocol::Bye{});
  EXPECT_TRUE(s.reactor.over());
}

TEST(End, WorkerThatLeavesEarlyGivesItsLeasesBack) {
  Stage s(1, works({1, 1}));
  s.hello(1);
  expect(s.hear(1, protocol::Bye{}),
         {note("worker 1 on node1 left before its work was done"),
          ended(0, 0, AttemptEnd::lost, Charge::none, {}, "the worker left"),
          ended(1, 1, AttemptEnd::lost, Charge::none, {}, "the worker left")},
         {});
  EXPECT_EQ(s.reactor.workers()[1].state, WorkerState::left);
  EXPECT_EQ(s.reactor.counts().pending, 4);
}

TEST(Groups, NobodyWaitsForRanksThatFollow) {
  Stage s(5, works({3, 2, 1}), {}, {2, 4, 5});
  // The fleet is two workers, so one of them may hold a waiting lease while two simulations wait.
  expect(s.hello(1), {granted(1, 0, 0, 1), granted(1, 1, 1, 1)}, {grant(1, 0, 0, 1), grant(1, 1, 1, 1)});
  expect(s.hello(3), {granted(3, 2, 2, 1)}, {grant(3, 2, 2, 1)});
  s.hear(1, finished(0, 0, 1));
  s.hear(1, finished(1, 1, 1));
  expect(s.hear(3, finished(2, 2, 1)), {done(3, 2, 2, 1)}, {leave(1), leave(3)});
  s.hear(1, protocol::Bye{});
  EXPECT_FALSE(s.reactor.over());
  s.hear(3, protocol::Bye{});
  EXPECT_TRUE(s.reactor.over());
  EXPECT_EQ(s.reactor.count(WorkerState::silent), 3);
  EXPECT_THROW(s.hello(2), Error);
}

TEST(WorkerStates, HaveNames) {
  EXPECT_EQ(name(WorkerState::unheard), "unheard");
  EXPECT_EQ(name(WorkerState::active), "active");
  EXPECT_EQ(name(WorkerState::lost), "lost");
  EXPECT_EQ(name(WorkerState::left), "left");
  EXPECT_EQ(name(WorkerState::silent), "silent");
}

}  // namespace
}  // namespace twinmill::scheduler

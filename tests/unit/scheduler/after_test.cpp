// Work that waits for other work: images of a structure that is still to be relaxed.
#include "stage.hpp"

namespace twinmill::scheduler {
namespace {

using ledger::AttemptEnd;
using ledger::Charge;
using ledger::TaskKind;

/// Simulations 0 and 1 wait for relaxation 2, simulation 3 for nothing.
std::vector<Work> relaxed_first() {
  auto all = works({5, 4, 1, 3});
  all[0].after = all[1].after = SimulationId(2);
  all[2].kind = TaskKind::relaxation;
  return all;
}

ledger::Quarantined given_up(int simulation, const std::string& reason) {
  return {SimulationId(simulation), {SampleId(2 * simulation), SampleId(2 * simulation + 1)}, reason};
}

TEST(After, ImagesWaitForTheirRelaxationAndOthersDoNot) {
  Stage s(2, relaxed_first());
  expect(s.hello(1), {granted(1, 0, 3, 1)}, {grant(1, 0, 3, 1)});
  expect(s.hello(2), {granted(2, 1, 2, 1)}, {grant(2, 1, 2, 1)});
  expect(s.hear(1, finished(0, 3, 1)), {done(1, 0, 3, 1)}, {});  // Nothing may be begun, and nobody is sent away.
  EXPECT_FALSE(s.reactor.leaving());
  EXPECT_EQ(s.reactor.relaxations(),
            (SampleCounts{.total = 2, .done = 0, .running = 2, .pending = 0, .quarantined = 0}));
  expect(s.hear(2, finished(1, 2, 1)), {done(2, 1, 2, 1), granted(1, 2, 0, 1), granted(2, 3, 1, 1)},
         {grant(1, 2, 0, 1), grant(2, 3, 1, 1)});
  EXPECT_EQ(s.reactor.relaxations(),
            (SampleCounts{.total = 2, .done = 2, .running = 0, .pending = 0, .quarantined = 0}));
  EXPECT_EQ(s.reactor.counts(), (SampleCounts{.total = 8, .done = 4, .running = 4, .pending = 0, .quarantined = 0}));
}

TEST(After, NothingWaitsBehindARelaxationAndNoRelaxationWaits) {
  auto all = works({9, 8, 7, 6, 5});
  for (const int relaxation : {0, 2}) all[static_cast<std::size_t>(relaxation)].kind = TaskKind::relaxation;
  Stage s(1, all);
  expect(s.hello(1), {granted(1, 0, 0, 1)}, {grant(1, 0, 0, 1)});
  // An image comes next, and the image after it may wait, though relaxation 2 would be before it.
  expect(s.hear(1, finished(0, 0, 1)), {done(1, 0, 0, 1), granted(1, 1, 1, 1), granted(1, 2, 3, 1)},
         {grant(1, 1, 1, 1), grant(1, 2, 3, 1)});
}

TEST(After, WhatFailsForGoodTakesItsImagesAlong) {
  Stage s(1, relaxed_first(), {.attempts = 1});
  s.hello(1);
  expect(s.hear(1, finished(0, 3, 1)), {done(1, 0, 3, 1), granted(1, 1, 2, 1)}, {grant(1, 1, 2, 1)});
  const auto out = s.hear(1, protocol::Failed{LeaseId(1), SimulationId(2), 1, Fault::input, "no potential"});
  expect(out,
         {ledger::LeaseEnded{LeaseId(1), SimulationId(2), AttemptEnd::failed, Charge::failure, Fault::input,
                             "no potential"},
          given_up(2, "failed 1 times, at last: no potential"), given_up(0, "its relaxation (2) is in quarantine"),
          given_up(1, "its relaxation (2) is in quarantine")},
         {leave(1)});
  EXPECT_EQ(s.reactor.counts(), (SampleCounts{.total = 8, .done = 2, .running = 0, .pending = 0, .quarantined = 6}));
  EXPECT_EQ(s.reactor.cost_done(), s.reactor.cost_total());
}

TEST(After, AFailureThatIsTriedAgainKeepsThemWaiting) {
  Stage s(1, relaxed_first(), {.attempts = 2});
  s.hello(1);
  s.hear(1, finished(0, 3, 1));
  const auto out = s.hear(1, protocol::Failed{LeaseId(1), SimulationId(2), 1, Fault::bug, "once"});
  ASSERT_EQ(out.sends.size(), 1U);
  EXPECT_EQ(out.sends[0], grant(1, 2, 2, 2));
}

TEST(After, TheHopelessAreGivenUpAtOnce) {
  auto work = works({1, 1});
  work[0].hopeless = "its relaxation (7) is in quarantine";
  Stage s(1, work);
  expect(s.tick(0), {given_up(0, "its relaxation (7) is in quarantine")}, {});
  expect(s.hello(1), {granted(1, 0, 1, 1)}, {grant(1, 0, 1, 1)});
  EXPECT_EQ(s.reactor.counts(), (SampleCounts{.total = 4, .done = 0, .running = 2, .pending = 0, .quarantined = 2}));
}

TEST(After, AStopLeavesThemForTheNextRun) {
  Stage s(1, relaxed_first());
  s.hello(1);
  s.drain("time");
  const auto out = s.hear(1, finished(0, 3, 1));
  ASSERT_EQ(out.sends.size(), 1U);
  EXPECT_EQ(out.sends[0], leave(1));
  EXPECT_EQ(s.reactor.counts().pending, 6);
}

}  // namespace
}  // namespace twinmill::scheduler

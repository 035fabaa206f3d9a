#include "scheduler/progress.hpp"

#include "stage.hpp"

namespace twinmill::scheduler {
namespace {

TEST(Progress, RateAndTimeLeftComeFromTheWindow) {
  Stage s(1, works({4, 3, 2, 1}));
  ProgressMeter meter(100);
  Progress p = meter.measure(s.reactor, 100, 0);
  EXPECT_EQ(p.rate_per_s, 0);
  EXPECT_EQ(p.eta_s, std::nullopt);
  s.hello(1);
  s.hear(1, finished(0, 0, 1));
  p = meter.measure(s.reactor, 110, 10);
  // Two samples and a cost of 4 of 10 in 10 s.
  EXPECT_DOUBLE_EQ(p.rate_per_s, 0.2);
  EXPECT_DOUBLE_EQ(*p.eta_s, 15);
  EXPECT_DOUBLE_EQ(p.elapsed_s, 10);
  EXPECT_EQ(p.counts.done, 2);
}

TEST(Progress, OldTimesLeaveTheWindow) {
  Stage s(1, works({1, 1, 1, 1}));
  ProgressMeter meter(0, 50);
  meter.measure(s.reactor, 0, 0);
  s.hello(1);
  meter.measure(s.reactor, 1000, 1000);
  s.hear(1, finished(0, 0, 1));
  meter.measure(s.reactor, 1050, 1050);
  s.hear(1, finished(1, 1, 1));
  const Progress p = meter.measure(s.reactor, 1100, 1100);
  EXPECT_DOUBLE_EQ(p.rate_per_s, 2.0 / 50);
}

TEST(Progress, SaysWhatEachWorkerDoes) {
  Stage s(2, works({1, 1, 1}));
  ProgressMeter meter(0);
  s.now = 2;
  s.hello(1);
  s.now = 5;
  s.hear(1, protocol::Heartbeat{LeaseId(0), 0.5});
  const Progress p = meter.measure(s.reactor, 7, 7);
  ASSERT_EQ(p.workers.size(), 2u);
  EXPECT_EQ(p.workers[0].rank, 1);
  EXPECT_EQ(p.workers[0].host, "node1");
  EXPECT_EQ(p.workers[0].state, WorkerState::active);
  EXPECT_EQ(p.workers[0].simulation, SimulationId(0));
  EXPECT_EQ(p.workers[0].since_s, 5);
  EXPECT_EQ(p.workers[0].silent_s, 2);
  EXPECT_EQ(p.workers[0].fraction, 0.5);
  EXPECT_EQ(p.workers[1].state, WorkerState::unheard);
  EXPECT_FALSE(p.workers[1].simulation.valid());
}

TEST(Progress, KeepsTheLastMessages) {
  Stage s(1, works({1}));
  ProgressMeter meter(0);
  for (int i = 0; i < 25; ++i) meter.message(cat("message ", i));
  const Progress p = meter.measure(s.reactor, 1, 1);
  ASSERT_EQ(p.messages.size(), 20u);
  EXPECT_EQ(p.messages.front(), "message 5");
  EXPECT_EQ(p.messages.back(), "message 24");
}

}  // namespace
}  // namespace twinmill::scheduler

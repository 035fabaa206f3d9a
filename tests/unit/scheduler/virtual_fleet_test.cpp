// The virtual fleet: bounds that follow from the model alone; the reactor's time is a fixed one, so that no clock
// decides.
#include "scheduler/virtual_fleet.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "twinmill/base/error.hpp"

namespace twinmill::scheduler {
namespace {

constexpr double reactor_turn = 5e-6;

std::vector<Work> work_of(const std::vector<float>& seconds, int samples) {
  std::vector<Work> work;
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    Work one{.simulation = SimulationId(static_cast<std::int64_t>(i)), .cost = seconds[i], .samples = {}};
    for (int s = 0; s < samples; ++s) one.samples.emplace_back(static_cast<std::int64_t>(i) * samples + s);
    work.push_back(std::move(one));
  }
  return work;
}

FleetOptions options_of(int workers) {
  FleetOptions options;
  options.workers = workers;
  options.costs = {.receive = 2e-6, .send = 2e-6, .lease = 20e-6, .commit = 4e-3, .latency = 10e-6};
  // A turn takes the same time on every machine.
  options.clock = [time = 0.0]() mutable { return time += reactor_turn; };
  return options;
}

double sum(const std::vector<float>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

TEST(VirtualFleet, WorkersStayBusyAsFarAsAnyScheduleCould) {
  constexpr int workers = 3000, leases = 90000;
  const auto seconds = log_normal_seconds(leases, 20, 0.5, 1);
  FleetOptions options = options_of(workers);
  options.beat_seconds = 5;
  const auto result = run_virtual_fleet(work_of(seconds, 2), seconds, options);
  EXPECT_EQ(result.leases, leases);
  EXPECT_NEAR(result.work_seconds, sum(seconds), 1e-6 * sum(seconds));
  // Longest first: nobody is idle before nothing waits. What is left then ends within the longest leases held, running
  // and waiting, and every worker waits once for its first lease.
  const double ideal = result.work_seconds / workers;
  EXPECT_GE(result.seconds, ideal);
  EXPECT_LE(result.seconds, ideal + result.all_at_work + 2 * result.longest_lease);
  EXPECT_GT(result.busy_share, 0.99);
  EXPECT_LT(result.all_at_work, 1);
}

TEST(VirtualFleet, RankZerosTimeIsWhatItsPartsCost) {
  constexpr int workers = 500, leases = 5000;
  const auto seconds = log_normal_seconds(leases, 20, 0.5, 2);
  const FleetOptions options = options_of(workers);
  const auto r = run_virtual_fleet(work_of(seconds, 1), seconds, options);
  const auto& c = options.costs;
  // Hello, Finished, Bye; Grant, Leave.
  const double received = 2.0 * workers + leases + double(r.heartbeats), sent = workers + leases;
  EXPECT_NEAR(r.reactor_seconds, double(r.turns) * reactor_turn, 1e-9 * double(r.turns));
  EXPECT_NEAR(r.rank0_seconds,
              r.reactor_seconds + received * c.receive + sent * c.send + leases * c.lease + r.commit_seconds,
              1e-6 * r.rank0_seconds);
  EXPECT_NEAR(r.rank0_per_lease(), (r.rank0_seconds - r.commit_seconds) / leases, 1e-12);
  // One heartbeat a second of every worker at work, none with its result.
  EXPECT_NEAR(double(r.heartbeats), r.work_seconds - 0.5 * leases, 0.1 * r.work_seconds);
}

TEST(VirtualFleet, AScheduleThatCannotFollowLeavesWorkersIdle) {
  const auto seconds = log_normal_seconds(20000, 0.01, 0.5, 3);
  FleetOptions options = options_of(2000);
  const auto slow = run_virtual_fleet(work_of(seconds, 1), seconds, options);
  // 20,000 leases at 24 us and more of rank 0 each take longer than the work itself.
  EXPECT_LT(slow.busy_share, 0.3);
  EXPECT_GT(slow.rank0_seconds / slow.seconds, 0.9);
  EXPECT_GT(slow.longest_queue, 100U);
}

TEST(VirtualFleet, ShortLeasesAreHeldInNumbers) {
  // Two leases of a millisecond do not last for a commit of four.
  const auto seconds = log_normal_seconds(40000, 1e-3, 0.2, 4);
  FleetOptions two = options_of(4), many = options_of(4);
  two.policy.held_at_most = 2;
  const auto waiting = run_virtual_fleet(work_of(seconds, 1), seconds, two);
  const auto busy = run_virtual_fleet(work_of(seconds, 1), seconds, many);
  EXPECT_LT(waiting.busy_share, 0.6);
  EXPECT_GT(busy.busy_share, 0.9);
}

TEST(VirtualFleet, DurationsHaveTheMeanThatWasAskedFor) {
  const auto seconds = log_normal_seconds(200000, 20, 0.5, 5);
  EXPECT_NEAR(sum(seconds) / 200000, 20, 0.1);
}

}  // namespace
}  // namespace twinmill::scheduler

#pragma once
// The reactor of a campaign under any number of workers that exist in numbers only: a simulation of discrete events in
// which rank 0 is one server. Its time for the reactor is measured while the reactor runs, its time for messages, for
// the ledger and for the disk is given; while it is at work, messages queue up as they would.

#include <cstdint>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "scheduler/reactor.hpp"
#include "twinmill/base/clock.hpp"

namespace twinmill::scheduler {

/// What rank 0 spends beside the reactor. Seconds.
struct FleetCosts {
  double receive = 0;  ///< A message from a worker.
  double send = 0;     ///< A message to a worker.
  double lease = 0;    ///< All records of a lease that is granted and done: half of it at either end.
  double commit = 0;   ///< Until the disk has a transaction; once a turn that has records.
  double latency = 0;  ///< Of a message on its way; nobody's time.
};

struct FleetOptions {
  int workers = 1;
  Policy policy = {};
  FleetCosts costs = {};
  double beat_seconds = 1;     ///< Between two heartbeats of a worker.
  double poll_seconds = 2e-3;  ///< Longest sleep of rank 0 when there is nothing to do: half of it passes on average.
  /// Measures the reactor: seconds of processor time.
  std::function<double()> clock = thread_cpu_seconds;
};

struct FleetResult {
  double seconds = 0;       ///< Until the last lease is done and committed.
  double work_seconds = 0;  ///< Of all leases together.
  double busy_share = 0;    ///< work_seconds / (workers * seconds)
  double all_at_work = 0;   ///< When the last worker began its first lease.
  double longest_lease = 0;
  std::int64_t leases = 0, heartbeats = 0, turns = 0;
  std::size_t longest_queue = 0;  ///< Most messages that rank 0 found waiting.
  double longest_turn = 0;        ///< Seconds of rank 0 until it looked at its messages again.
  double reactor_seconds = 0;     ///< Measured.
  double rank0_seconds = 0;       ///< All that rank 0 did, without waiting for messages; commits included.
  double commit_seconds = 0;      ///< Of these, waiting for the disk.
  /// Rank 0's processor time (reactor, ledger, messages; heartbeats included) a lease.
  double rank0_per_lease() const { return (rank0_seconds - commit_seconds) / static_cast<double>(leases); }
};

/// Runs the campaign to its end. `seconds`: how long each simulation takes, by its number. Every worker comes at time 0
/// and none fails. Throws Error(bug) when a sample is done twice or never.
FleetResult run_virtual_fleet(std::vector<Work> work, const std::vector<float>& seconds, const FleetOptions& options);

/// `count` durations, log-normal with this mean and this standard deviation of the logarithm.
std::vector<float> log_normal_seconds(std::size_t count, double mean, double sigma, std::uint64_t seed);

}  // namespace twinmill::scheduler

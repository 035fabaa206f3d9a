#pragma once
// How far a campaign is, for people: what `status.json` and the progress bar are made from.

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "scheduler/reactor.hpp"

namespace twinmill::scheduler {

struct WorkerProgress {
  int rank = -1;
  std::string host;
  WorkerState state = WorkerState::unheard;
  SimulationId simulation;    ///< What it works on; not valid() when idle.
  double since_s = 0;         ///< Seconds that it has been at this (or idle).
  double fraction = 0;        ///< Of this lease, as it last said.
  double silent_s = 0;        ///< Seconds since it was last heard.
  std::int64_t finished = 0;  ///< Samples finished in this run.
};

struct Progress {
  SampleCounts counts;  ///< Images.
  SampleCounts relaxations;
  double elapsed_s = 0;         ///< Since this run began.
  double rate_per_s = 0;        ///< Samples per second over the last minutes; 0: unknown.
  std::optional<double> eta_s;  ///< From the cost that is left and the rate at which cost is worked off.
  std::vector<WorkerProgress> workers;
  std::vector<std::string> messages;  ///< The last ones, oldest first.
  std::optional<Drained> drained;     ///< Set once the campaign is stopping early.
};

/// Measures rates over a sliding window.
class ProgressMeter {
 public:
  /// `started` and all later times in seconds on one clock.
  explicit ProgressMeter(double started, double window_s = 300) : started_(started), window_(window_s) {}
  void message(std::string text);
  /// `now` on the meter's clock, `reactor_now` on the one that the reactor's events were stamped with.
  Progress measure(const Reactor& reactor, double now, double reactor_now);

 private:
  struct Point {
    double time, done, cost;
  };
  double started_;
  double window_;
  std::deque<Point> points_;
  std::deque<std::string> messages_;
};

}  // namespace twinmill::scheduler

#pragma once
// What still fits before the time is up: measured durations, and the moment by which everything must be done.

#include <cstdint>
#include <deque>
#include <optional>

namespace twinmill::scheduler {

/// Learns from finished leases how long work takes: seconds in proportion to cost. Predictions are cautious: nine of
/// ten of the last leases were at least as fast.
class Pace {
 public:
  void add(double cost, double seconds);
  bool known() const { return !rates_.empty(); }
  /// Seconds that work of this cost will take; 0 while nothing is known.
  double seconds(double cost) const;
  /// The largest cost that can be worked off in so many seconds; infinity while nothing is known.
  double cost_within(double seconds) const;

 private:
  double rate() const;  // Seconds per unit of cost.

  std::deque<double> rates_;
  mutable std::optional<double> rate_;
};

/// Seconds kept free before a deadline for the end of a run (last results, ledger, status, the ranks' own end), when
/// there is so much time at its start: a tenth of it, at most a minute.
double deadline_margin(double seconds);

}  // namespace twinmill::scheduler

#pragma once
// One pass over the tasks of a snapshot, and the short questions beside it.

#include <functional>

#include "facts.hpp"

namespace twinmill::monitor {

struct ScanInput {
  const ledger::LedgerView& view;
  const SampleAxes* axes = nullptr;      ///< Of the same plan and complete; else no progress by axis.
  const FindPatterns& patterns;          ///< May be empty.
  const std::function<void()>& breathe;  ///< Called now and then during the pass; what it throws ends the scan.
};
LedgerFacts scan(const ScanInput& input);

/// Gathers tasks one by one; what scan() is made of. `axes` as above, must outlive it.
class TaskTally {
 public:
  explicit TaskTally(const SampleAxes* axes);
  void add(const ledger::LedgerView::TaskNote& task);
  /// Counts, throughput, latest images, quarantined tasks (without reasons) and axes.
  void put_into(LedgerFacts& facts) const;
  /// Relaxations finished last, newest first.
  std::vector<SampleId> latest_relaxations() const;

 private:
  struct Finished {
    double at = 0;
    SampleId id;
    SimulationId simulation;
  };
  static void keep(std::vector<Finished>& newest, const ledger::LedgerView::TaskNote& task, std::size_t most);

  const SampleAxes* axes_;
  ledger::Counts images_, relaxations_, study_;
  std::vector<std::int64_t> done_, quarantined_;              // By cell of the axes.
  std::vector<Finished> newest_images_, newest_relaxations_;  // The latest finished, oldest of them on top of the heap.
  std::vector<QuarantinedTask> given_up_;
  std::map<std::int64_t, std::int64_t> minutes_;  // Images by the minute (since 1970) that they were finished in.
};

}  // namespace twinmill::monitor

#pragma once
// Which parameter values go with the failures of a campaign.

#include <memory>
#include <string>
#include <vector>

#include "run_directory.hpp"
#include "scheduler/associations.hpp"
#include "twinmill/ledger/view.hpp"

namespace twinmill::app {

struct FailureFinding {
  scheduler::Association association;
  std::string things;  ///< What is counted: "attempts", "simulations or relaxations".
};

/// Finds the values of parent, defect, rotation, boundary, damage and dose whose simulations (or relaxations), and the
/// hosts and ranks whose attempts, failed clearly more often than the others. Keeps the campaign for the next time.
class FailureFinder {
 public:
  explicit FailureFinder(RunDirectory run) : run_(std::move(run)) {}
  /// Throws Error(input) when the campaign file in the directory cannot be read.
  std::vector<FailureFinding> find(const ledger::LedgerView& view);

 private:
  RunDirectory run_;
  std::unique_ptr<Campaign> campaign_;
};

/// Prints what FailureFinder finds.
void explain_failures(const ledger::LedgerView& view, const RunDirectory& run);

}  // namespace twinmill::app

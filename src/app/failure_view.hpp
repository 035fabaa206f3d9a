#pragma once
// Which parameter values go with the failures of a campaign.

#include "run_directory.hpp"
#include "twinmill/ledger/view.hpp"

namespace twinmill::app {

/// Prints the values of parent, defect, rotation, boundary, damage and dose whose simulations (or relaxations), and the
/// hosts and ranks whose attempts, failed clearly more often than the others.
void explain_failures(const ledger::LedgerView& view, const RunDirectory& run);

}  // namespace twinmill::app

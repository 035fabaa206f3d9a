#pragma once
// The phases of a run in which tasks are handed out: relaxations and simulations, and trainings of one rank each.

#include <functional>
#include <optional>

#include "office.hpp"
#include "scheduler/loop.hpp"

namespace twinmill::app {

struct CampaignPhase {
  const mpi::Communicator& world;
  const Campaign& campaign;
  const RunDirectory& run;
  scheduler::Scope scope = scheduler::Scope::images;
  Office* office = nullptr;        ///< Rank 0's; null on the others.
  std::optional<double> deadline;  ///< On the steady clock.
  /// Rank 0, when ranks are gone at the end, so that no collective call may follow. Must not return.
  std::function<void(const scheduler::Outcome&)> on_lost;
};

/// All ranks call it: rank 0 schedules, the others work; a single one does both. On rank 0 what became of it, nothing
/// on the others. No collective call from the start to the end, but inside groups.
std::optional<scheduler::Outcome> work_on_campaign(const CampaignPhase& phase);

}  // namespace twinmill::app

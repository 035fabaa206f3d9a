#pragma once
// What rank 0 alone holds while a campaign runs: the lock of its directory, the ledger, what is published.

#include "phases.hpp"
#include "run_directory.hpp"
#include "status_board.hpp"
#include "twinmill/base/hash.hpp"
#include "twinmill/base/lock_file.hpp"
#include "twinmill/ledger/ledger.hpp"

namespace twinmill::app {

/// Relaxations and images that are left up to a phase, by a ledger or a view of one.
template <class Tasks>
std::int64_t pending_in(const Tasks& tasks, Phase until) {
  const auto images = until == Phase::relax ? 0 : tasks.counts(ledger::TaskKind::image).pending;
  return tasks.counts(ledger::TaskKind::relaxation).pending + images;
}

/// Trainings of the study that are left.
template <class Tasks>
std::int64_t pending_trainings(const Tasks& tasks) {
  return tasks.counts(ledger::TaskKind::training).pending;
}

struct Office {
  LockFile lock;
  ledger::Ledger ledger;
  StatusBoard board;

  /// Takes the lock and prepares the directory. Throws Error(input) or Error(system) as these do.
  Office(const RunDirectory& run, const Campaign& campaign, const PrepareOptions& options, int ranks);

  bool done(Phase phase, const Hash128& key) const;
  /// The simulations of this plan are complete; so many seconds come on top of those of earlier runs.
  void add_simulation(const Hash128& plan, double seconds, int ranks);
};

}  // namespace twinmill::app

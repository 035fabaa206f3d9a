#pragma once
// The trainings of a study that take all ranks, one after the other.

#include <functional>

#include "office.hpp"

namespace twinmill::app {

struct StudyPhase {
  const mpi::Communicator& world;
  const Campaign& campaign;
  const RunDirectory& run;
  Office* office = nullptr;    ///< Rank 0's; null on the others.
  int threads = 1;             ///< Of each rank.
  std::function<bool()> stop;  ///< Rank 0's wish, asked after every step.
  std::string only = {};       ///< Name of the only training to work on; empty: all.
};

/// Grants, trains, records. What fails on all ranks together is tried again, and put into quarantine after
/// run.attempts. Collective. False when it was stopped. Throws what ends all ranks, and Error(system) of a full disk.
bool train_together(const StudyPhase& phase);

}  // namespace twinmill::app

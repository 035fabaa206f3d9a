#pragma once
// The phases of a run inside an MPI session: relax -> simulate -> train -> evaluate -> report.

#include <optional>

#include "command.hpp"
#include "run_directory.hpp"
#include "twinmill/mpi/mpi.hpp"

namespace twinmill::app {

enum class Phase { relax, simulate, train, evaluate, report, count_ };
std::string_view name(Phase phase);
/// Throws Error(input) for anything that --until does not know.
Phase until_phase(const std::string& word);

struct RunRequest {
  std::string campaign;       ///< Path as the user gave it.
  std::string directory;      ///< --dir, or empty.
  Phase from = Phase::relax;  ///< train, evaluate: what comes before must be complete.
  Phase until = Phase::report;
  PrepareOptions prepare = {};            ///< What happens to a directory with another campaign.
  std::optional<double> walltime_s = {};  ///< --walltime.
  std::string model = {};                 ///< --model: the only training of the study that is worked on.
};

/// All ranks call it; all return the same code. Throws on every rank together when it cannot start.
ExitCode run_phases(const RunRequest& request, const mpi::Communicator& world);

/// Whether every phase up to `until` is done already, judged from published files alone (no lock taken).
bool is_complete(const RunDirectory& run, const Campaign& campaign, Phase until);

}  // namespace twinmill::app

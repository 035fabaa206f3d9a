#pragma once
// Starts mpirun for a user who did not, and stands between the terminal and the ranks.

#include <optional>
#include <string>
#include <vector>

#include "command.hpp"
#include "run_directory.hpp"

namespace twinmill::app {

struct LaunchRequest {
  int ranks = 3;
  Arguments arguments;  ///< Of the program itself, as the ranks shall get them.
  RunDirectory run;
  bool campaign = true;                   ///< Begins with the campaign phase, which goes on when a rank dies.
  bool study = false;                     ///< Trainings of one rank each are handed out too, which go on as well.
  std::optional<double> walltime_s = {};  ///< --walltime, of all starts together.
};

/// Runs the program under mpirun, shows progress from status.json, passes stop signals on (the first one drains, a
/// second one ends everything at once), and ends all ranks when rank 0 is gone, or when one is missing in a phase that
/// needs all. Starts mpirun anew when the campaign phase was completed without some rank and other phases are left.
/// Returns the ranks' exit code. Throws Error(system) when there is no mpirun or a rank died.
ExitCode launch(const LaunchRequest& request);

}  // namespace twinmill::app

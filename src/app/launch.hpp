#pragma once
// Starts mpirun for a user who did not, and stands between the terminal and the ranks.

#include <string>
#include <vector>

#include "command.hpp"
#include "run_directory.hpp"

namespace twinmill::app {

struct LaunchRequest {
  int ranks = 3;
  Arguments arguments;  ///< Of the program itself, as the ranks shall get them.
  RunDirectory run;
};

/// Runs the program under mpirun, shows progress from status.json, passes stop signals on (the first one drains, a
/// second one ends everything at once). Returns the ranks' exit code. Throws Error(system) when there is no mpirun.
ExitCode launch(const LaunchRequest& request);

}  // namespace twinmill::app

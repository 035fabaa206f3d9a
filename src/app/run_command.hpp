#pragma once
// What evaluate shares with run and train.

#include "options.hpp"

namespace twinmill::app {

/// The evaluation phase of an existing run directory (DIR of the options).
ExitCode evaluate_directory(const Options& options, const Arguments& arguments);

}  // namespace twinmill::app

#pragma once
// When this run will be ended from outside: --walltime, or the end of the batch system's job.

#include <optional>

namespace twinmill::app {

/// In the environment of ranks that launch() has started: the end of --walltime in Unix seconds, so that a second start
/// does not begin to count anew.
inline constexpr const char* end_time_variable = "TWINMILL_END_TIME";
void keep_end_time(double unix_time);

/// The earlier one of the end of --walltime (`walltime_s` from now, unless launch() began to count before) and that of
/// the Slurm job: SLURM_JOB_END_TIME, or what squeue says. On steady_seconds(); empty when there is neither.
std::optional<double> end_of_run(std::optional<double> walltime_s);

}  // namespace twinmill::app

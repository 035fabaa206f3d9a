#pragma once
// slurm/job.sh, put into the program by CMake.

#include <string_view>

namespace twinmill::app {

extern const std::string_view job_body;

}  // namespace twinmill::app

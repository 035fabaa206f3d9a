#pragma once
// What every command that runs on ranks shares.

#include <functional>

#include "command.hpp"
#include "twinmill/mpi/mpi.hpp"

namespace twinmill::app {

/// Runs `work` inside an MPI session and returns its code. An error that all ranks share (mpi::SharedError) is said
/// once; one of a single rank ends the job, because the others wait for it.
ExitCode in_session(const std::function<ExitCode(const mpi::Communicator& world)>& work);

/// Threads of one rank when all ranks of this host compute at once. Collective.
int threads_per_rank(const mpi::Communicator& world);

}  // namespace twinmill::app

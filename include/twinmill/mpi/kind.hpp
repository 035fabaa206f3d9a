#pragma once

namespace twinmill::mpi {

/// False in a build without MPI (TWINMILL_MPI=OFF), where a process is always alone.
bool has_mpi();

}  // namespace twinmill::mpi

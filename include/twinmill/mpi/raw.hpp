#pragma once
// The MPI handle behind a Communicator, for the two modules that hand it to another library (h5, fft).

#ifndef OMPI_SKIP_MPICXX
#define OMPI_SKIP_MPICXX 1  // The C++ bindings were removed from MPI and clash with other headers.
#endif
#ifndef MPICH_SKIP_MPICXX
#define MPICH_SKIP_MPICXX 1
#endif
#include <mpi.h>

#include "twinmill/mpi/mpi.hpp"

namespace twinmill::mpi {

struct Communicator::State {
  MPI_Comm handle = MPI_COMM_NULL;
  int rank = 0;
  int size = 1;
};

/// The handle itself; it stays owned by the Session.
inline MPI_Comm raw(const Communicator& group) { return group.state().handle; }

}  // namespace twinmill::mpi

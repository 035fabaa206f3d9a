#pragma once

#include <string_view>

#include "twinmill/mpi/raw.hpp"

namespace twinmill::mpi {

/// Waits for a request. MPI's own waiting turns on the processor, which is right while every rank has a core; where
/// ranks outnumber cores it takes the core from the very rank it waits for, so there it sleeps between two looks.
void wait_for(MPI_Request& request, std::string_view what);

}  // namespace twinmill::mpi

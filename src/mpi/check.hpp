#pragma once

#include <string_view>

namespace twinmill::mpi {

/// Throws Error(system) with the library's own words unless `code` is MPI_SUCCESS.
void check(int code, std::string_view what);

}  // namespace twinmill::mpi

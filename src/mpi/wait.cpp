#include "wait.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "check.hpp"
#include "twinmill/base/cpu.hpp"

namespace twinmill::mpi {
namespace {

// Open MPI tells each rank how many there are on its host; other launchers that do not are taken at one rank a core.
bool ranks_outnumber_cores() {
  static const bool answer = [] {
    const char* const ranks_here = std::getenv("OMPI_COMM_WORLD_LOCAL_SIZE");
    return ranks_here != nullptr && std::atoi(ranks_here) > usable_cores();
  }();
  return answer;
}

}  // namespace

void wait_for(MPI_Request& request, std::string_view what) {
  if (!ranks_outnumber_cores()) {
    check(MPI_Wait(&request, MPI_STATUS_IGNORE), what);
    return;
  }
  constexpr int looks_before_sleep = 50;
  auto pause = std::chrono::microseconds(20);
  for (int look = 0;; ++look) {
    int done = 0;
    check(MPI_Test(&request, &done, MPI_STATUS_IGNORE), what);
    if (done != 0) return;
    if (look < looks_before_sleep) continue;
    std::this_thread::sleep_for(pause);
    pause = std::min(2 * pause, std::chrono::microseconds(200));
  }
}

}  // namespace twinmill::mpi

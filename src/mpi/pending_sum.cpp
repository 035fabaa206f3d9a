#include <exception>
#include <limits>
#include <utility>

#include "check.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/mpi/raw.hpp"
#include "wait.hpp"

namespace twinmill::mpi {

struct PendingSum::State {
  MPI_Request request = MPI_REQUEST_NULL;
  int exceptions = std::uncaught_exceptions();

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (request == MPI_REQUEST_NULL) return;
    // When an exception ends this, another rank may have failed as well and never join: do not wait for it.
    if (std::uncaught_exceptions() <= exceptions) MPI_Wait(&request, MPI_STATUS_IGNORE);
  }
};

PendingSum::PendingSum(const Communicator& group, std::span<float> values) : state_(std::make_unique<State>()) {
  ensure(values.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()), "a pending sum is too long");
  check(MPI_Iallreduce(MPI_IN_PLACE, values.data(), static_cast<int>(values.size()), MPI_FLOAT, MPI_SUM, raw(group),
                       &state_->request),
        "starting a sum over the ranks");
}

PendingSum::PendingSum(PendingSum&&) noexcept = default;

PendingSum& PendingSum::operator=(PendingSum&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}

PendingSum::~PendingSum() = default;

bool PendingSum::test() {
  int done = 0;
  check(MPI_Test(&state_->request, &done, MPI_STATUS_IGNORE), "testing a sum over the ranks");
  return done != 0;
}

void PendingSum::wait() { wait_for(state_->request, "waiting for a sum over the ranks"); }

}  // namespace twinmill::mpi

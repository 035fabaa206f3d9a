#include <algorithm>
#include <chrono>
#include <cstring>
#include <limits>
#include <list>
#include <thread>

#include "check.hpp"
#include "twinmill/base/clock.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/mpi/raw.hpp"

namespace twinmill::mpi {

struct Pending::State {
  MPI_Request request = MPI_REQUEST_NULL;
  std::vector<std::byte> bytes;
};

Pending::Pending(std::vector<std::byte> bytes) : state_(std::make_unique<State>()) {
  ensure(bytes.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()),
         "a pending collective is above 2 GiB");
  state_->bytes = std::move(bytes);
}

Pending::Pending(Pending&&) noexcept = default;

Pending& Pending::operator=(Pending&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}

Pending::~Pending() {
  if (!state_ || state_->request == MPI_REQUEST_NULL) return;
  // A collective cannot be cancelled: the library may write to its bytes for as long as the process lives.
  static std::list<std::unique_ptr<State>> dropped;
  dropped.push_back(std::move(state_));
}

bool Pending::test() {
  int done = 0;
  check(MPI_Test(&state_->request, &done, MPI_STATUS_IGNORE), "testing a collective call");
  return done != 0;
}

const std::vector<std::byte>& Pending::finished() const {
  ensure(state_->request == MPI_REQUEST_NULL, "the result of a collective call was asked for before it came");
  return state_->bytes;
}

PendingBroadcast::PendingBroadcast(const Communicator& group, std::vector<std::byte> bytes, int root)
    : Pending(std::move(bytes)) {
  auto& [request, data] = state();
  check(MPI_Ibcast(data.data(), static_cast<int>(data.size()), MPI_BYTE, root, raw(group), &request),
        "starting a broadcast");
}

PendingMax::PendingMax(const Communicator& group, std::span<const std::int64_t> values)
    : Pending({std::as_bytes(values).begin(), std::as_bytes(values).end()}) {
  auto& [request, data] = state();
  check(MPI_Iallreduce(MPI_IN_PLACE, data.data(), static_cast<int>(values.size()), MPI_INT64_T, MPI_MAX, raw(group),
                       &request),
        "starting a maximum over the ranks");
}

std::vector<std::int64_t> PendingMax::values() const {
  std::vector<std::int64_t> all(finished().size() / sizeof(std::int64_t));
  std::memcpy(all.data(), finished().data(), finished().size());
  return all;
}

bool wait_politely(Pending& pending, const Patience& patience, const std::function<void()>& idle) {
  constexpr std::chrono::microseconds shortest(20), longest(1000);
  constexpr double idle_every_s = 1e-3;
  const double begin = steady_seconds();
  double idle_at = begin + idle_every_s;
  auto pause = shortest;
  while (!pending.test()) {
    const double now = steady_seconds();
    if (now - begin >= patience.seconds) return false;
    if (idle && now >= idle_at) {
      idle();
      idle_at = now + idle_every_s;
    }
    if (now - begin < patience.awake_s) {
      std::this_thread::yield();
    } else {
      std::this_thread::sleep_for(pause);
      pause = std::min(2 * pause, longest);
    }
  }
  return true;
}

}  // namespace twinmill::mpi

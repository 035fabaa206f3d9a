#include <algorithm>
#include <chrono>
#include <limits>
#include <list>
#include <thread>

#include "check.hpp"
#include "twinmill/base/clock.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/log.hpp"
#include "twinmill/mpi/raw.hpp"

namespace twinmill::mpi {
namespace {

/// A message on its way in or out; stays where it is, since the library reads or writes `bytes`.
struct Transfer {
  MPI_Request request = MPI_REQUEST_NULL;
  int peer = 0;
  int tag = 0;
  std::string bytes;
};

/// Transfers that nobody waits for any more: the library may still touch their buffers until it is finalized.
std::list<Transfer>& orphans() {
  static std::list<Transfer> all;
  return all;
}

}  // namespace

struct Mailbox::State {
  Communicator group;
  std::list<Transfer> leaving;
  std::list<Transfer> arriving;

  void accept();
  /// Looks at no more than so many messages on their way out, in turns.
  void reap(std::size_t at_most);
};

Mailbox::Mailbox(Communicator group) : state_(new State{std::move(group), {}, {}}) {}

Mailbox::~Mailbox() {
  int finalized = 0;
  MPI_Finalized(&finalized);
  for (auto* const list : {&state_->leaving, &state_->arriving}) {
    if (finalized == 0)
      for (auto& transfer : *list) {
        int done = 0;
        if (MPI_Test(&transfer.request, &done, MPI_STATUS_IGNORE) != MPI_SUCCESS || done == 0)
          if (transfer.request != MPI_REQUEST_NULL) MPI_Request_free(&transfer.request);
      }
    orphans().splice(orphans().end(), *list);
  }
}

void Mailbox::send(int to, int tag, std::string bytes) {
  ensure(to >= 0 && to < size() && tag >= 0, "a parcel has no valid address");
  ensure(bytes.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()), "a parcel is above 2 GiB");
  auto& parcel = state_->leaving.emplace_back(Transfer{MPI_REQUEST_NULL, to, tag, std::move(bytes)});
  const int code = MPI_Isend(parcel.bytes.data(), static_cast<int>(parcel.bytes.size()), MPI_BYTE, to, tag,
                             raw(state_->group), &parcel.request);
  // A dead receiver is found by missing heartbeats, never by its letters: one lost rank must not end the others.
  if (code != MPI_SUCCESS) {
    log::warning(cat("a message to rank ", to, " could not be sent"));
    state_->leaving.pop_back();
  }
}

void Mailbox::progress() { state_->reap(state_->leaving.size()); }

void Mailbox::State::reap(std::size_t at_most) {
  for (std::size_t left = std::min(at_most, leaving.size()); left > 0; --left) {
    int done = 0;
    const int code = MPI_Test(&leaving.front().request, &done, MPI_STATUS_IGNORE);
    if (code != MPI_SUCCESS || done != 0) {
      leaving.pop_front();
    } else {
      leaving.splice(leaving.end(), leaving, leaving.begin());
    }
  }
}

void Mailbox::State::accept() {
  int found = 0;
  MPI_Message message = MPI_MESSAGE_NULL;
  MPI_Status status;
  check(MPI_Improbe(MPI_ANY_SOURCE, MPI_ANY_TAG, raw(group), &found, &message, &status), "looking for messages");
  if (found == 0) return;
  int count = 0;
  check(MPI_Get_count(&status, MPI_BYTE, &count), "measuring a message");
  auto& parcel = arriving.emplace_back(Transfer{MPI_REQUEST_NULL, status.MPI_SOURCE, status.MPI_TAG,
                                                std::string(static_cast<std::size_t>(count), '\0')});
  // Not Mrecv: of a long message only the start has come, and its sender may die before the rest.
  check(MPI_Imrecv(parcel.bytes.data(), count, MPI_BYTE, &message, &parcel.request), "receiving a message");
}

std::optional<Parcel> Mailbox::try_receive() {
  // Not all of them: with a message to each of many workers under way, every one received would look at every one sent.
  constexpr std::size_t reaped_at_once = 8;
  state_->reap(reaped_at_once);
  state_->accept();
  std::vector<int> waiting;  // Ranks with an earlier message still on its way: order is kept per sender.
  for (auto it = state_->arriving.begin(); it != state_->arriving.end(); ++it) {
    int done = 0;
    check(MPI_Test(&it->request, &done, MPI_STATUS_IGNORE), "receiving a message");
    if (done != 0 && std::find(waiting.begin(), waiting.end(), it->peer) == waiting.end()) {
      Parcel parcel{it->peer, it->tag, std::move(it->bytes)};
      state_->arriving.erase(it);
      return parcel;
    }
    waiting.push_back(it->peer);
  }
  return std::nullopt;
}

bool Mailbox::flush(double seconds) {
  const double end = steady_seconds() + seconds;
  progress();
  while (!state_->leaving.empty() && steady_seconds() < end) {
    std::this_thread::sleep_for(std::chrono::microseconds(50));
    progress();
  }
  return state_->leaving.empty();
}

int Mailbox::rank() const { return state_->group.rank(); }
int Mailbox::size() const { return state_->group.size(); }

}  // namespace twinmill::mpi

#include <array>
#include <exception>
#include <new>

#include "twinmill/mpi/mpi.hpp"

namespace twinmill::mpi {
namespace {

// The largest vote belongs to the first rank that failed; 0: none did.
int vote(const Communicator& group, const std::optional<Error>& mine) { return mine ? group.size() - group.rank() : 0; }

// Every rank throws: its own failure, or that of the rank with this vote.
[[noreturn]] void share(const Communicator& group, const std::optional<Error>& mine, int largest) {
  std::string words;
  if (mine) words = static_cast<char>(mine->fault()) + std::string(mine->what());
  const std::string theirs = group.broadcast(words, group.size() - largest);
  if (mine) throw SharedError(mine->fault(), mine->what());
  throw SharedError(static_cast<Fault>(theirs[0]), theirs.substr(1));
}

}  // namespace

std::optional<Error> attempt(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& e) {
    return e;
  } catch (const std::bad_alloc&) {
    return Error(Fault::system, "the memory is exhausted");
  } catch (const std::exception& e) {
    return Error(Fault::bug, e.what());
  } catch (...) {
    return Error(Fault::bug, "an unknown exception was thrown");
  }
  return std::nullopt;
}

void together(const Communicator& group, const std::function<void()>& work) {
  const auto mine = attempt(work);
  const auto largest = static_cast<int>(group.max(vote(group, mine)));
  if (largest > 0) share(group, mine, largest);
}

void together(const Communicator& group, double patience_s, const std::function<void()>& work) {
  const auto mine = attempt(work);
  PendingMax votes(group, std::array<std::int64_t, 1>{vote(group, mine)});
  if (!wait_politely(votes, mine ? Patience{.seconds = patience_s} : Patience{})) throw Error(*mine);
  const auto largest = static_cast<int>(votes.values().front());
  if (largest > 0) share(group, mine, largest);
}

}  // namespace twinmill::mpi

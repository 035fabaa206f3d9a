#include <exception>
#include <new>

#include "twinmill/base/error.hpp"
#include "twinmill/mpi/mpi.hpp"

namespace twinmill::mpi {
namespace {

struct Failure {
  bool thrown = false;
  Fault fault = Fault::bug;
  std::string message;
};

Failure attempt(const std::function<void()>& work) {
  Failure failure;
  try {
    work();
  } catch (const Error& e) {
    failure = {true, e.fault(), e.what()};
  } catch (const std::bad_alloc&) {
    failure = {true, Fault::system, "the memory is exhausted"};
  } catch (const std::exception& e) {
    failure = {true, Fault::bug, e.what()};
  } catch (...) {
    failure = {true, Fault::bug, "an unknown exception was thrown"};
  }
  return failure;
}

}  // namespace

void together(const Communicator& group, const std::function<void()>& work) {
  const Failure mine = attempt(work);
  const auto fault = static_cast<char>(mine.fault);
  // The largest "ranks - rank" belongs to the first rank that failed; 0: none did.
  const int size = group.size();
  const int found = static_cast<int>(group.max(mine.thrown ? size - group.rank() : 0));
  if (found == 0) return;
  const std::string theirs = group.broadcast(fault + mine.message, size - found);
  if (mine.thrown) throw SharedError(mine.fault, mine.message);
  throw SharedError(static_cast<Fault>(theirs[0]), theirs.substr(1));
}

}  // namespace twinmill::mpi

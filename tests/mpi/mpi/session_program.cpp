// Started by tests under and without a launcher: what a session does when something goes wrong.
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>

#include "twinmill/base/error.hpp"
#include "twinmill/mpi/mpi.hpp"

namespace {

using namespace twinmill;

void say_hello() {
  const auto world = mpi::Communicator::world();
  if (world.rank() == 0) std::cout << "launched " << mpi::launched() << " ranks " << world.size() << std::endl;
}

/// The last rank fails while the others wait for it in a collective call.
void throw_in_one_rank() {
  const auto world = mpi::Communicator::world();
  if (world.rank() == world.size() - 1) throw Error(Fault::system, "one rank failed");
  world.barrier();
}

/// The last rank fails while the others wait for it inside of what they do together.
void fail_in_the_middle() {
  const auto world = mpi::Communicator::world();
  try {
    mpi::together(world.duplicate(), 0.2, [&] { throw_in_one_rank(); });
  } catch (const mpi::SharedError&) {
    std::_Exit(1);
  } catch (const Error& e) {
    std::cout << "alone: " << e.what() << std::endl;
    world.abort(3);
  }
}

/// The last rank dies; the others must still exchange messages and leave their mailboxes.
void die_in_one_rank() {
  const auto world = mpi::Communicator::world();
  const int last = world.size() - 1;
  {
    mpi::Mailbox box(world.duplicate());
    if (world.rank() == last) std::raise(SIGKILL);
    box.send(last, 0, std::string(10'000'000, 'x'));  // Never received.
    for (int i = 0; i < 1000; ++i) {
      box.send(1 - world.rank(), 1, std::to_string(i));
      std::optional<mpi::Parcel> parcel;
      while (!parcel) parcel = box.try_receive();
      if (parcel->bytes != std::to_string(i)) std::_Exit(1);
    }
    if (box.flush(0.01)) std::_Exit(1);
  }
  std::cout << cat("rank ", world.rank(), " left\n") << std::flush;
  std::_Exit(0);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const mpi::Session session(argc, argv);
    const std::string what = argc > 1 ? argv[1] : "";
    if (what == "hello") say_hello();
    if (what == "throw") throw_in_one_rank();
    if (what == "stuck") fail_in_the_middle();
    if (what == "die") die_in_one_rank();
    if (what == "abort") mpi::Communicator::world().abort(4);
  } catch (const Error& e) {
    std::cerr << "caught: " << e.what() << "\n";
    return 3;
  }
  return 0;
}

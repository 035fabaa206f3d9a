#include "session.hpp"

#include <algorithm>
#include <array>

#include "ending.hpp"
#include "twinmill/base/cpu.hpp"
#include "twinmill/base/log.hpp"
#include "twinmill/h5/h5.hpp"

namespace twinmill::app {
namespace {

// Every rank leaves by itself. A launcher hears the code from rank 0, since its mpirun would make a fuss about it.
ExitCode leave(const mpi::Communicator& world, ExitCode code) {
  if (!has_launcher()) return code;
  if (world.rank() == 0) tell_launcher({Ending::How::orderly, code});
  return ExitCode::done;
}

// What the program ends with; errors are logged.
ExitCode outcome(const std::function<ExitCode(const mpi::Communicator& world)>& work, const mpi::Communicator& world) {
  try {
    return work(world);
  } catch (const mpi::SharedError& e) {
    if (world.rank() == 0) log::error(e.what());
    return exit_code(e.fault());
  } catch (const std::exception& e) {
    const auto* known = dynamic_cast<const Error*>(&e);
    const ExitCode code = known != nullptr ? exit_code(known->fault()) : ExitCode::bug;
    log::error(world.size() > 1 ? cat("rank ", world.rank(), ": ", e.what()) : std::string(e.what()));
    if (world.size() > 1) end_all(world, code);
    return code;
  }
}

}  // namespace

ExitCode in_session(const std::function<ExitCode(const mpi::Communicator& world)>& work) {
  static std::string program = "twinmill";
  int argc = 1;
  std::array<char*, 2> words = {program.data(), nullptr};
  char** argv = words.data();
  const mpi::Session session(argc, argv);
  const auto world = mpi::Communicator::world();
  log::configure(log::Level::info, world.rank(), 1);
  const ExitCode code = outcome(work, world);
  if (h5::is_stuck()) end_all(world, code);
  return leave(world, code);
}

int threads_per_rank(const mpi::Communicator& world) {
  const auto hosts = world.gather(mpi::host_name());
  int ranks_here = 1;
  if (world.rank() == 0) ranks_here = static_cast<int>(std::count(hosts.begin(), hosts.end(), mpi::host_name()));
  ranks_here = std::stoi(world.broadcast(std::to_string(ranks_here)));
  return std::max(1, usable_cores() / ranks_here);
}

}  // namespace twinmill::app

#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>

#include "check.hpp"
#include "communicators.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/log.hpp"
#include "twinmill/mpi/kind.hpp"
#include "twinmill/mpi/raw.hpp"

namespace twinmill::mpi {
namespace {

int exceptions_at_start = 0;

bool launcher_set_environment() {
  // Open MPI's mpirun and prun set OMPI_COMM_WORLD_SIZE, every PMIx server (srun --mpi=pmix) PMIX_RANK, and the PMI-1
  // and PMI-2 servers (MPICH's hydra, srun --mpi=pmi2, Cray) PMI_RANK. SLURM_PROCID says nothing: a batch script and
  // `srun --mpi=none` set it too, and MPI then starts as one process alone.
  constexpr std::array names = {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK"};
  for (const char* name : names)
    if (std::getenv(name) != nullptr) return true;
  return false;
}

int world_size() {
  int size = 1;
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  return size;
}

}  // namespace

void check(int code, std::string_view what) {
  if (code == MPI_SUCCESS) return;
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  MPI_Error_string(code, text.data(), &length);
  throw Error(Fault::system, cat(what, " failed (MPI: ", std::string_view(text.data(), length), ")"));
}

bool has_mpi() { return true; }

bool launched() {
  // Kept from the first call: MPI_Init of a process alone sets some of these variables itself.
  static const bool value = launcher_set_environment();
  return value;
}

Session::Session(int& argc, char**& argv) {
  launched();
  int before = 0;
  MPI_Initialized(&before);
  ensure(before == 0, "a second MPI session was started");
  int level = MPI_THREAD_SINGLE;
  check(MPI_Init_thread(&argc, &argv, MPI_THREAD_SERIALIZED, &level), "starting MPI");
  exceptions_at_start = std::uncaught_exceptions();
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  MPI_Comm_set_errhandler(MPI_COMM_SELF, MPI_ERRORS_RETURN);
  if (level < MPI_THREAD_SERIALIZED) {
    MPI_Finalize();
    throw Error(
        Fault::system,
        "starting MPI failed (this library does not let several threads call it in turn). Another MPI library?");
  }
}

Session::~Session() {
  int finalized = 0;
  MPI_Finalized(&finalized);
  if (finalized != 0) return;
  // The other ranks may wait for this one in a collective call: Finalize would wait for them in turn.
  if (std::uncaught_exceptions() > exceptions_at_start && world_size() > 1) {
    log::error(cat("an error on ", host_name(), " was not dealt with by its rank: ending all ranks"));
    end_job(static_cast<int>(ExitCode::bug));
  }
  free_duplicates();
  MPI_Finalize();
}

void end_job(int code) {
  std::cout.flush();
  std::cerr.flush();
  std::fflush(nullptr);
  int initialized = 0;
  int finalized = 0;
  MPI_Initialized(&initialized);
  MPI_Finalized(&finalized);
  if (initialized != 0 && finalized == 0 && world_size() > 1) MPI_Abort(MPI_COMM_WORLD, code);
  std::_Exit(code);
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown host";
  return name.data();
}

}  // namespace twinmill::mpi

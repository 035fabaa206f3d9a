#pragma once
// `twinmill bench scheduler`: tasks that do nothing, through real ranks and the durable ledger.

#include <filesystem>
#include <nlohmann/json_fwd.hpp>

#include "scheduler/policy.hpp"
#include "twinmill/mpi/mpi.hpp"

namespace twinmill::app {

struct BenchScheduler {
  std::int64_t tasks = 1000000;
  std::int64_t samples = 64;                    ///< Tasks of one lease.
  int held = scheduler::Policy().held_at_most;  ///< Leases that a worker holds at most.
  std::filesystem::path dir = ".";              ///< Where the ledger is written.
};

/// Runs the campaign from an empty ledger to the last commit. Collective; the result is rank 0's, the others' is null.
/// Throws Error(input) with fewer than two ranks.
nlohmann::json bench_scheduler(const BenchScheduler& options, const mpi::Communicator& world);
void print_bench_scheduler(const nlohmann::json& result);

}  // namespace twinmill::app

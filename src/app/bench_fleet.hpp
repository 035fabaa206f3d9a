#pragma once
// `twinmill bench fleet`: the campaign's reactor under more workers than there are, with the costs of messages and of
// the ledger as they are measured here and now.

#include <filesystem>
#include <nlohmann/json_fwd.hpp>

#include "twinmill/mpi/mpi.hpp"

namespace twinmill::app {

struct BenchFleet {
  std::int64_t tasks = 10000000;
  int workers = 75000;
  std::int64_t samples = 1;         ///< Tasks of one lease.
  double seconds = 20;              ///< Mean of a lease; log-normal with `sigma`.
  double sigma = 0.5;               ///< Standard deviation of the logarithm.
  std::filesystem::path dir = ".";  ///< Where the ledger for the measurement is written.
};

/// Collective over two ranks or more, of which the first two measure messages; the result is rank 0's, the others' is
/// null.
nlohmann::json bench_fleet(const BenchFleet& options, const mpi::Communicator& world);
void print_bench_fleet(const nlohmann::json& result);

}  // namespace twinmill::app

#pragma once
// `twinmill bench store`: what the store's slots cost against plain writes of the same bytes on the same disk.

#include <filesystem>
#include <nlohmann/json_fwd.hpp>

#include "twinmill/mpi/mpi.hpp"

namespace twinmill::app {

struct BenchStore {
  int megabytes = 256;              ///< Of all ranks together, a repetition.
  int repeats = 8;                  ///< Of either kind, in turns, after one that does not count.
  int shards = 1;                   ///< Files of the store.
  std::filesystem::path dir = ".";  ///< On the disk that is measured.
};

/// Each rank writes samples (512 x 512 pixels) in leases of 16 with their exposure and syncs after each, into fresh
/// files whose blocks are taken before the clock runs. Collective; the result is rank 0's, the others' is null.
nlohmann::json bench_store(const BenchStore& options, const mpi::Communicator& world);
void print_bench_store(const nlohmann::json& result);

}  // namespace twinmill::app

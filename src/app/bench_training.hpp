#pragma once
// `twinmill bench training`: what a step of training costs.

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "twinmill/mpi/mpi.hpp"

namespace twinmill::app {

struct BenchTraining {
  std::string network = "g-unet";
  int width = 16;                   ///< Channels of the first level.
  int pixels = 128;                 ///< Side of the images.
  int batch = 8;                    ///< Images of a step, over all ranks.
  int steps = 8;                    ///< Of a repetition.
  int repeats = 3;                  ///< That count, after one that does not.
  int threads = 0;                  ///< Of each rank; 0: the cores divided over the ranks.
  std::filesystem::path dir = ".";  ///< Where a store is written, and removed again.
};

/// Trains on a store with a drawn pattern, through the loader, with Adam and weighted cross entropy. Collective; the
/// result is rank 0's, the others' is null.
nlohmann::json bench_training(const BenchTraining& options, const mpi::Communicator& world);
void print_bench_training(const nlohmann::json& result);

}  // namespace twinmill::app

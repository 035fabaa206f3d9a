#include "device.hpp"

#include <ATen/autocast_mode.h>
#include <torch/cuda.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "twinmill/base/error.hpp"

namespace twinmill::train {
namespace {

/// The number of this rank among those of its host. Collective.
int rank_on_host(const mpi::Communicator& group) {
  std::string names;
  for (const auto& name : group.gather(mpi::host_name())) names += name + "\n";
  std::istringstream lines(group.broadcast(names));
  int earlier = 0;
  std::string line;
  for (int rank = 0; rank < group.rank() && std::getline(lines, line); ++rank) earlier += line == mpi::host_name();
  return earlier;
}

}  // namespace

at::Device choose_device(const mpi::Communicator& group) {
  const int local = rank_on_host(group);
  const auto gpus = static_cast<int>(torch::cuda::device_count());
  if (gpus == 0) return at::kCPU;
  return {at::kCUDA, static_cast<c10::DeviceIndex>(local % gpus)};
}

void check_precision(const TrainSpec& spec, at::Device device) {
  if (spec.precision != "mixed" || device.is_cuda()) return;
  throw Error(Fault::input,
              "precision = mixed (it needs a GPU, and LibTorch finds none here). precision = \"single\"?");
}

MixedPrecision::MixedPrecision(const TrainSpec& spec) : on_(spec.precision == "mixed") {
  if (!on_) return;
  at::autocast::set_autocast_gpu_dtype(at::kBFloat16);
  at::autocast::set_enabled(true);
}

MixedPrecision::~MixedPrecision() {
  if (!on_) return;
  at::autocast::clear_cache();
  at::autocast::set_enabled(false);
}

}  // namespace twinmill::train

#pragma once
// Where a rank computes, and in which precision.

#include <c10/core/Device.h>

#include "twinmill/mpi/mpi.hpp"
#include "twinmill/train/api.hpp"

namespace twinmill::train {

/// A GPU of this host, dealt by the rank's number among those of its host, when LibTorch knows one; else the processor.
/// Collective.
at::Device choose_device(const mpi::Communicator& group);

/// Throws Error(input) for mixed precision without a GPU.
void check_precision(const TrainSpec& spec, at::Device device);

/// While it lives and is on, LibTorch computes convolutions and matrix products in bfloat16, whose range is that of
/// single precision, so that gradients need no scaling.
class MixedPrecision {
 public:
  explicit MixedPrecision(const TrainSpec& spec);
  ~MixedPrecision();
  MixedPrecision(const MixedPrecision&) = delete;
  MixedPrecision& operator=(const MixedPrecision&) = delete;

 private:
  bool on_;
};

}  // namespace twinmill::train

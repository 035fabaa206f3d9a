#pragma once
// Rare classes count more: a point defect covers a thousandth of the pixels.

#include <cstdint>
#include <span>
#include <vector>

#include "samples.hpp"
#include "twinmill/mpi/mpi.hpp"

namespace twinmill::train {

/// Weights of the classes in the loss.
struct ClassWeights {
  /// frequency^-power, with mean 1 over the classes present; 1 for a class without pixels.
  std::vector<double> weight;
  /// Sum of frequency x weight: the mean weight of a pixel, by which the loss is divided.
  double mean_pixel_weight = 1;
};

/// From the number of pixels of each class. Throws Error(input) when there are no pixels at all.
ClassWeights class_weights(std::span<const std::int64_t> pixels, double power);

/// Pixels of each class over all samples; each rank reads its part. Collective.
std::vector<std::int64_t> count_pixels(SampleSource& source, std::span<const std::int64_t> ids,
                                       const mpi::Communicator& group);

}  // namespace twinmill::train

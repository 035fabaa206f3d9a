#pragma once
// From batches to tensors, scores and predicted masks.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "batches.hpp"
#include "confusion.hpp"
#include "loader.hpp"
#include "losses.hpp"
#include "network.hpp"

namespace twinmill::train {

/// Sets the number of LibTorch's threads in this process.
void use_threads(int threads);

struct TensorBatch {
  at::Tensor images;      ///< [n][channels][h][w] float
  at::Tensor masks;       ///< [n][h][w] int64
  at::Tensor conditions;  ///< [n][conditions] float; undefined where samples have none
};
/// Copies to the device.
TensorBatch to_tensors(const Batch& batch, at::Device device);

/// The most likely class of each pixel, [n][h][w].
std::vector<std::uint8_t> most_likely(const at::Tensor& logits);

/// What validation adds up.
struct Score {
  explicit Score(int classes) : confusion(classes) {}
  Confusion confusion;
  double loss_sum = 0;  ///< Over samples.
};

/// Runs the network in evaluation mode over the loader's next `batches` and adds up over ranks. Collective.
Score validate(Network& network, Loader& loader, std::int64_t batches, int classes, const Loss& loss, at::Device device,
               const mpi::Communicator& group);

/// The samples whose loss alone, in training mode with their own statistics, is not finite.
std::vector<std::int64_t> samples_at_fault(Network& network, std::span<const Batch> batches, const Loss& loss,
                                           at::Device device);

}  // namespace twinmill::train

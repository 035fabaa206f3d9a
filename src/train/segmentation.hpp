#pragma once
// From batches to tensors, losses and predicted masks.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "batches.hpp"
#include "class_weights.hpp"
#include "confusion.hpp"
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

at::Tensor weight_tensor(const ClassWeights& weights, at::Device device);

/// Sum over samples of the mean over pixels of weight[class] x cross entropy / mean pixel weight: a scalar. Sums over
/// the parts of a batch add up to that of the batch, however it is divided over ranks.
at::Tensor loss_sum(const at::Tensor& logits, const at::Tensor& masks, const at::Tensor& class_weight,
                    double mean_pixel_weight);

/// The most likely class of each pixel, [n][h][w].
std::vector<std::uint8_t> most_likely(const at::Tensor& logits);

/// What validation adds up.
struct Score {
  explicit Score(int classes) : confusion(classes) {}
  Confusion confusion;
  double loss_sum = 0;  ///< Over samples.
};

/// Runs the network in evaluation mode over this rank's part of the samples, `batch_size` at a time, and adds up over
/// ranks. Collective.
Score validate(Network& network, SampleSource& source, std::span<const std::int64_t> ids, std::int64_t batch_size,
               const ClassWeights& weights, at::Device device, const mpi::Communicator& group);

}  // namespace twinmill::train

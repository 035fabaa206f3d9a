#pragma once
// Batch normalisation as all networks use it. Its statistics are those of the rank's own share of a batch, or, once
// synchronised, of the whole batch.

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "scripted.hpp"
#include "twinmill/mpi/mpi.hpp"

namespace twinmill::train {

/// The sums over ranks that synchronised layers need: one of each layer on the way forward, one on the way back. They
/// have one length, so that a rank that has no samples, or failed on the way, can take part without knowing which layer
/// the others are at.
class BatchSums {
 public:
  /// `group`: used for nothing else meanwhile. `channels`: of the widest layer.
  BatchSums(const mpi::Communicator& group, std::int64_t channels, std::int64_t layers);

  /// Before a forward pass; until finish() the layers are synchronised.
  void begin();
  /// Takes part in the sums that this rank has not come to, with zeros. Collective.
  void finish();
  bool active() const { return active_; }
  /// Sums at most 2 channels + 1 values over the ranks. Collective.
  void sum(std::span<double> values);

 private:
  mpi::Communicator group_;
  std::vector<double> buffer_;
  std::int64_t sums_, done_ = 0;
  bool active_ = false;
};

/// What torch::nn::BatchNorm2d is with its defaults, with parameters and buffers of the same names, that can be
/// synchronised. (LibTorch does not export all that a class derived from its own would need.)
class BatchNormImpl : public torch::nn::Module, public Scripted {
 public:
  explicit BatchNormImpl(std::int64_t channels);
  at::Tensor forward(const at::Tensor& x);
  std::string script() const override;
  std::int64_t channels() const { return weight_.numel(); }
  void synchronise(std::shared_ptr<BatchSums> sums) { sums_ = std::move(sums); }

 private:
  at::Tensor weight_, bias_, running_mean_, running_var_, num_batches_tracked_;
  std::shared_ptr<BatchSums> sums_;
};
/// Used as torch::nn::BatchNorm2d is: BatchNorm(channels).
using BatchNorm = torch::nn::ModuleHolder<BatchNormImpl>;

/// Makes all batch normalisations of a network take their statistics from the whole batch. `group` must be a private
/// copy. Throws Error(bug) for a network with a batch normalisation of another kind. Null when there are none.
std::shared_ptr<BatchSums> synchronise_batch_norm(torch::nn::Module& network, const mpi::Communicator& group);

}  // namespace twinmill::train

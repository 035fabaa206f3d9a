#pragma once
// The training loop: the same on every rank, together from start to end.

#include <torch/optim/adam.h>

#include <memory>
#include <optional>

#include "checkpoint.hpp"
#include "gradient_buckets.hpp"
#include "model_card.hpp"
#include "network.hpp"
#include "segmentation.hpp"

namespace twinmill::train {

/// Reports every mistake in the settings at once. Throws Error(input).
void check(const TrainSpec& spec, int image_width, int image_height);

class Trainer {
 public:
  /// Opens the store and builds the network; not collective, so run it under mpi::together.
  Trainer(const TrainRequest& request, const mpi::Communicator& group);
  /// Resumes or starts, and trains until the end or until rank 0 wishes to stop. Collective.
  TrainResult run();

 private:
  void resume();
  bool fits(const Checkpoint& checkpoint) const;
  NetworkShape shape() const;
  std::shared_ptr<Network> first_network() const;
  void prepare();
  bool train_epoch(std::span<const std::int64_t> order);
  bool step(std::span<const std::int64_t> share, double batch_samples);
  double forward_backward(std::span<const std::int64_t> share, double batch_samples);
  void finish_epoch(double started);
  void write_checkpoint();
  ModelCard card() const;
  std::int64_t steps_per_epoch() const;

  const TrainRequest& request_;
  const TrainSpec& spec_;
  mpi::Communicator group_;
  at::Device device_;
  SampleSource source_;
  std::vector<std::int64_t> training_, validation_;
  std::string identity_;
  std::shared_ptr<Network> network_;
  torch::optim::Adam optimiser_;
  std::optional<GradientBuckets> buckets_;
  ClassWeights weights_;
  at::Tensor class_weight_;
  Position position_;
  std::vector<EpochRecord> history_;
  std::int64_t unaveraged_samples_ = 0;  // seen by this rank since the running statistics were averaged
  std::string best_weights_;             // rank 0: of the best epoch, until a checkpoint writes them
};

}  // namespace twinmill::train

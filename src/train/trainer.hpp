#pragma once
// The training loop: the same on every rank, together from start to end.

#include <torch/optim/adam.h>

#include <exception>
#include <memory>
#include <optional>

#include "batch_norm.hpp"
#include "checkpoint.hpp"
#include "feed.hpp"
#include "gradient_buckets.hpp"
#include "loader.hpp"
#include "losses.hpp"
#include "model_card.hpp"
#include "network.hpp"
#include "segmentation.hpp"

namespace twinmill::train {

class Trainer {
 public:
  /// Opens the store and builds the network; not collective, so run it under mpi::together.
  Trainer(const TrainRequest& request, const mpi::Communicator& group, at::Device device);
  /// Resumes or starts, and trains until the end or until rank 0 wishes to stop. Collective.
  TrainResult run();

 private:
  void resume();
  bool fits(const Checkpoint& checkpoint) const;
  NetworkShape shape() const;
  std::shared_ptr<Network> first_network() const;
  FeedPlan feed_plan() const;
  void prepare();
  bool ended() const;
  bool train_epoch();
  bool step();
  double forward_backward(const Batch& batch, double batch_samples);
  [[noreturn]] void blame(double loss, std::span<const Batch> seen);
  void update_weights();
  void finish_epoch(double started);
  void write_checkpoint();
  void average_statistics();
  ModelCard card() const;

  const TrainRequest& request_;
  const TrainSpec& spec_;
  mpi::Communicator group_;
  at::Device device_;
  SampleSource source_;
  FeedPlan plan_;
  std::string identity_;
  std::shared_ptr<Network> network_;
  torch::optim::Adam optimiser_;
  std::optional<GradientBuckets> buckets_;
  std::shared_ptr<BatchSums> batch_sums_;  // null: each rank's own statistics
  std::optional<Loss> loss_;
  Position position_;
  std::vector<EpochRecord> history_;
  std::int64_t unaveraged_samples_ = 0;  // seen by this rank since the running statistics were averaged
  std::string best_weights_;             // rank 0: of the best epoch, until a checkpoint writes them
  std::optional<Feed> feed_;
  std::optional<Loader> loader_;  // last: from prepare() on its thread alone uses the source
};

}  // namespace twinmill::train

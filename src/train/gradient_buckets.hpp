#pragma once
// Gradients summed over all ranks while the backward pass still runs.

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <vector>

#include "twinmill/mpi/mpi.hpp"

namespace twinmill::train {

/// Parameters are dealt into buckets in reverse order, which is about the order in which the backward pass completes
/// their gradients. A hook on each parameter copies its gradient into the bucket; a full bucket starts a non-blocking
/// sum. Buckets start in their order on every rank, whatever the order of the gradients, so that the collectives match.
class GradientBuckets {
 public:
  /// Hooks the parameters (all of type float). `bucket_mb` in units of 10^6 bytes; a larger parameter is a bucket
  /// alone.
  GradientBuckets(std::vector<at::Tensor> parameters, const mpi::Communicator& group, double bucket_mb);
  ~GradientBuckets();  ///< Removes the hooks.
  GradientBuckets(const GradientBuckets&) = delete;
  GradientBuckets& operator=(const GradientBuckets&) = delete;

  /// Before the first forward pass of a step of so many backward passes on this rank, whose gradients are added up
  /// before they are summed: forgets the gradients of the last step.
  void begin(int passes = 1);
  /// After the last backward pass, also a failed or absent one: starts what has not started (gradients that did not
  /// arrive count as zero), waits, and makes the sum over ranks the gradient of every parameter. Collective.
  void finish();

  std::size_t count() const { return buckets_.size(); }
  /// Buckets of the last step whose sum started before finish() was called.
  std::size_t started_early() const { return started_early_; }

 private:
  struct Bucket {
    at::Tensor sum;  // one float after the other, on the host
    std::size_t parameters = 0;
    std::size_t arrived = 0;  // parameters whose last gradient of the step is there
  };
  struct Slot {
    std::size_t bucket = 0;
    at::Tensor view;  // the parameter's part of the bucket, in its shape
    unsigned hook = 0;
    int arrived = 0;  // gradients of this step
  };
  void deal(double bucket_mb);
  void arrived(std::size_t parameter, const at::Tensor& gradient);
  void start_next();

  std::vector<at::Tensor> parameters_;
  mpi::Communicator group_;
  std::vector<Slot> slots_;  // one per parameter
  std::vector<Bucket> buckets_;
  std::vector<mpi::PendingSum> pending_;  // buckets started, in order
  std::size_t reaped_ = 0;                // of which so many were seen complete
  std::size_t started_early_ = 0;
  int passes_ = 1;
};

}  // namespace twinmill::train

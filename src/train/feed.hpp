#pragma once
// Which batches a rank sees, one after the other: the parts of its share of every step, epoch after epoch, each epoch
// followed by its part of the validation samples.

#include <cstdint>
#include <vector>

#include "batches.hpp"
#include "checkpoint.hpp"

namespace twinmill::train {

/// What decides the sequence.
struct FeedPlan {
  std::vector<std::int64_t> training, validation;  ///< Samples by id.
  std::int64_t batch_size = 1;                     ///< Over all ranks.
  std::int64_t accumulate = 1;                     ///< Parts of a rank's share of a step.
  int epochs = 1;
  int crop_pixels = 0;  ///< 0: the whole image.
  std::uint64_t seed = 1;
  int rank = 0, ranks = 1;

  std::int64_t steps_per_epoch() const;
  /// Samples of a step over all ranks.
  std::int64_t samples_of(std::int64_t step) const;
  /// Samples of a step that this rank sees.
  std::int64_t share_of(std::int64_t step) const;
  /// Batches of this rank's part of the validation samples.
  std::int64_t validation_batches() const;
};

/// The batches from a position on. After the last epoch there are empty ones.
class Feed {
 public:
  Feed(const FeedPlan& plan, SampleSource& source, const Position& from);
  /// The next: part 0 of a step's share, part 1, and so on; a part without samples is an empty batch.
  Batch next();

 private:
  Batch training_part();
  Batch validation_part();
  void begin_epoch();

  FeedPlan plan_;
  SampleSource& source_;
  int epoch_;  // 1-based
  std::int64_t step_, part_ = 0, validated_ = 0;
  std::vector<std::int64_t> order_;
};

}  // namespace twinmill::train

#include "feed.hpp"

#include <algorithm>
#include <span>

namespace twinmill::train {
namespace {

/// Samples of one rank in a batch without gradients.
std::int64_t per_rank(const FeedPlan& plan) {
  const std::int64_t share = (plan.batch_size + plan.ranks - 1) / plan.ranks;
  return (share + plan.accumulate - 1) / plan.accumulate;
}

std::span<const std::int64_t> cut(std::span<const std::int64_t> ids, const Range& range) {
  return ids.subspan(static_cast<std::size_t>(range.begin), static_cast<std::size_t>(range.size()));
}

std::span<const std::int64_t> part_of(std::span<const std::int64_t> ids, std::int64_t which, std::int64_t parts) {
  return cut(ids, part(static_cast<std::int64_t>(ids.size()), static_cast<int>(which), static_cast<int>(parts)));
}

}  // namespace

std::int64_t FeedPlan::steps_per_epoch() const {
  return (static_cast<std::int64_t>(training.size()) + batch_size - 1) / batch_size;
}

std::int64_t FeedPlan::samples_of(std::int64_t step) const {
  return batch_range(static_cast<std::int64_t>(training.size()), batch_size, step).size();
}

std::int64_t FeedPlan::share_of(std::int64_t step) const { return part(samples_of(step), rank, ranks).size(); }

std::int64_t FeedPlan::validation_batches() const {
  const std::int64_t mine = part(static_cast<std::int64_t>(validation.size()), rank, ranks).size();
  return (mine + per_rank(*this) - 1) / per_rank(*this);
}

Feed::Feed(const FeedPlan& plan, SampleSource& source, const Position& from)
    : plan_(plan), source_(source), epoch_(from.epochs_done + 1), step_(from.steps_done) {
  begin_epoch();
}

void Feed::begin_epoch() {
  if (epoch_ <= plan_.epochs) order_ = epoch_order(plan_.training, plan_.seed, epoch_);
}

Batch Feed::next() {
  if (epoch_ > plan_.epochs) return {};
  if (step_ < plan_.steps_per_epoch()) return training_part();
  if (validated_ < plan_.validation_batches()) return validation_part();
  ++epoch_;
  step_ = validated_ = 0;
  begin_epoch();
  return next();
}

Batch Feed::training_part() {
  const auto batch = cut(order_, batch_range(static_cast<std::int64_t>(order_.size()), plan_.batch_size, step_));
  const auto ids = part_of(part_of(batch, plan_.rank, plan_.ranks), part_, plan_.accumulate);
  if (++part_ == plan_.accumulate) {
    part_ = 0;
    ++step_;
  }
  return training_batch(source_, ids, plan_.crop_pixels, plan_.seed, epoch_);
}

Batch Feed::validation_part() {
  const auto mine = part_of(plan_.validation, plan_.rank, plan_.ranks);
  const auto ids = cut(mine, batch_range(static_cast<std::int64_t>(mine.size()), per_rank(plan_), validated_));
  ++validated_;
  return plain_batch(source_, ids);
}

}  // namespace twinmill::train

#include "scheduler/waiting.hpp"

namespace twinmill::scheduler {

void Waiting::push(const WaitingJob& job) {
  const Entry entry{job.turn, -job.cost, job.job, job.shard};
  if (job.kind != ledger::TaskKind::image) {
    open_ended_.insert(entry);
    return;
  }
  images_.insert(entry);
  if (!in_shard_.empty()) in_shard_[static_cast<std::size_t>(job.shard)].insert(entry);
}

Waiting::Entries::const_iterator Waiting::first_image(const Entries& images, double most) {
  // One search per turn: there are as many as the campaign has wishes.
  auto at = images.begin();
  while (at != images.end() && -at->minus_cost > most) at = images.lower_bound({at->turn, -most, 0, 0});
  return at;
}

Waiting::Entries::const_iterator Waiting::choose(double most, int shard) const {
  const auto first = first_image(images_, most);
  if (in_shard_.empty() || first == images_.end()) return first;
  const auto& own = in_shard_[static_cast<std::size_t>(shard)];
  const auto near = first_image(own, most);
  return near != own.end() && near->turn == first->turn ? images_.find(*near) : first;
}

std::optional<std::size_t> Waiting::take(double most, Kinds kinds, int shard) {
  const auto image = choose(most, shard);
  const auto open_ended = kinds == Kinds::all ? open_ended_.begin() : open_ended_.end();
  if (image == images_.end() && open_ended == open_ended_.end()) return std::nullopt;
  const bool other = image == images_.end() || (open_ended != open_ended_.end() && *open_ended < *image);
  const Entry taken = other ? *open_ended : *image;
  if (other) {
    open_ended_.erase(open_ended);
  } else {
    images_.erase(image);
    if (!in_shard_.empty()) in_shard_[static_cast<std::size_t>(taken.shard)].erase(taken);
  }
  return taken.job;
}

}  // namespace twinmill::scheduler

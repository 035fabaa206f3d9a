#include "scheduler/waiting.hpp"

namespace twinmill::scheduler {

void Waiting::push(const WaitingJob& job) {
  (job.kind == ledger::TaskKind::image ? images_ : open_ended_).emplace(job.turn, -job.cost, job.job);
}

Waiting::Entries::const_iterator Waiting::first_image(double most) const {
  // One search per turn: there are as many as the campaign has wishes.
  auto at = images_.begin();
  while (at != images_.end() && -std::get<1>(*at) > most) {
    at = images_.lower_bound({std::get<0>(*at), -most, 0});
  }
  return at;
}

std::optional<std::size_t> Waiting::take(double most, Kinds kinds) {
  const auto image = first_image(most);
  const auto open_ended = kinds == Kinds::all ? open_ended_.begin() : open_ended_.end();
  if (image == images_.end() && open_ended == open_ended_.end()) return std::nullopt;
  const bool other = image == images_.end() || (open_ended != open_ended_.end() && *open_ended < *image);
  const std::size_t job = std::get<2>(other ? *open_ended : *image);
  if (other) {
    open_ended_.erase(open_ended);
  } else {
    images_.erase(image);
  }
  return job;
}

}  // namespace twinmill::scheduler

#include "scheduler/waiting.hpp"

namespace twinmill::scheduler {

void Waiting::push(const WaitingJob& job) {
  (job.kind == ledger::TaskKind::relaxation ? relaxations_ : images_).emplace(job.turn, -job.cost, job.job);
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
  const auto relaxation = kinds == Kinds::all ? relaxations_.begin() : relaxations_.end();
  if (image == images_.end() && relaxation == relaxations_.end()) return std::nullopt;
  const bool relax = image == images_.end() || (relaxation != relaxations_.end() && *relaxation < *image);
  const std::size_t job = std::get<2>(relax ? *relaxation : *image);
  if (relax) {
    relaxations_.erase(relaxation);
  } else {
    images_.erase(image);
  }
  return job;
}

}  // namespace twinmill::scheduler

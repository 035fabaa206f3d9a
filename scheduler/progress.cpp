#include "scheduler/progress.hpp"

#include <utility>

namespace twinmill::scheduler {
namespace {

constexpr std::size_t kept_messages = 20;

SampleCounts difference(const SampleCounts& a, const SampleCounts& b) {
  return {.total = a.total - b.total,
          .done = a.done - b.done,
          .running = a.running - b.running,
          .pending = a.pending - b.pending,
          .quarantined = a.quarantined - b.quarantined};
}

}  // namespace

void ProgressMeter::message(std::string text) {
  messages_.push_back(std::move(text));
  if (messages_.size() > kept_messages) messages_.pop_front();
}

Progress ProgressMeter::measure(const Reactor& reactor, double now, double reactor_now) {
  Progress progress;
  progress.relaxations = reactor.relaxations();
  progress.counts = difference(reactor.counts(), reactor.relaxations());
  progress.elapsed_s = now - started_;
  progress.drained = reactor.drained();
  progress.messages.assign(messages_.begin(), messages_.end());

  if (points_.empty()) points_.push_back({started_, static_cast<double>(progress.counts.done), reactor.cost_done()});
  const Point point{now, static_cast<double>(progress.counts.done), reactor.cost_done()};
  points_.push_back(point);
  // The point just outside the window stays: it is where the window's slope begins.
  while (points_.size() > 2 && points_[1].time <= now - window_) points_.pop_front();
  const Point& then = points_.front();
  const double span = point.time - then.time;
  if (span > 0) {
    progress.rate_per_s = (point.done - then.done) / span;
    const double cost_rate = (point.cost - then.cost) / span;
    if (cost_rate > 0) progress.eta_s = (reactor.cost_total() - reactor.cost_done()) / cost_rate;
  }

  const auto& workers = reactor.workers();
  progress.workers.reserve(workers.size() - 1);
  for (int rank = 1; rank < static_cast<int>(workers.size()); ++rank) {
    const WorkerStatus& status = workers[static_cast<std::size_t>(rank)];
    if (status.state == WorkerState::silent) continue;
    const bool heard = status.state != WorkerState::unheard;
    progress.workers.push_back({.rank = rank,
                                .host = status.host,
                                .state = status.state,
                                .simulation = reactor.working_on(rank),
                                .since_s = heard ? reactor_now - status.since : 0,
                                .fraction = status.fraction,
                                .silent_s = heard ? reactor_now - status.last_heard : 0,
                                .finished = status.finished});
  }
  return progress;
}

}  // namespace twinmill::scheduler

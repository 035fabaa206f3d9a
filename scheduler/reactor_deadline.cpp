// What still fits before the deadline.
#include <algorithm>

#include "scheduler/reactor.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::scheduler {

void Reactor::on(const TimeLeft& left, Outbox& outbox) {
  advance(left.time);
  deadline_ = now_ + left.seconds;
  if (left.seconds <= 0) drain({"walltime: the time is up; run again to go on", std::nullopt}, outbox);
}

double Reactor::free_at(int rank) const {
  const WorkerStatus& holder = worker(rank);
  double time = now_;
  for (const LeaseId id : holder.leases) {
    const Job& job = jobs_[leases_.at(id).job];
    if (job.kind != ledger::TaskKind::image) continue;  // Nobody knows how long others take.
    const double begin = id == holder.leases.front() ? holder.since : time;
    time = std::max(time, begin + pace_.seconds(job.cost));
  }
  return time;
}

void Reactor::drain_when_nothing_fits(Outbox& outbox) {
  // What is under way is not cut short: a waiting lease was granted because it fits, and a relaxation ends when it
  // ends.
  const bool all_hold_one = leases_.size() + idle_.size() <= static_cast<std::size_t>(count(WorkerState::active));
  if (!deadline_ || waiting_.empty() || !all_hold_one || relaxations_.running > 0 || !pace_.known()) return;
  if (waiting_.any_within(pace_.cost_within(*deadline_ - now_))) return;
  drain({cat("walltime: nothing that is left fits into the last ", duration_text(std::max(0.0, *deadline_ - now_)),
             "; run again to go on"),
         std::nullopt},
        outbox);
}

}  // namespace twinmill::scheduler

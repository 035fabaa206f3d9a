// Workers: coming, falling silent, leaving; and the end of the campaign.
#include <algorithm>
#include <limits>
#include <utility>

#include "scheduler/reactor.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::scheduler {

std::string_view name(WorkerState state) {
  static constexpr std::array<std::string_view, 5> names = {"unheard", "active", "lost", "left", "silent"};
  static_assert(names.size() == static_cast<std::size_t>(WorkerState::count_));
  return names.at(static_cast<std::size_t>(state));
}

void Reactor::say(int from, const protocol::Hello& hello, Outbox& outbox) {
  WorkerStatus& status = worker(from);
  // A worker that waits for work says Hello again now and then: from an active one it is a sign of life, no more.
  if (status.state == WorkerState::active || status.for_good) return;
  if (status.state == WorkerState::lost) {
    outbox.records.push_back(ledger::Note{cat("worker ", from, " on ", hello.host, " is back")});
  }
  status.host = hello.host;
  status.pid = hello.pid;
  status.last_heard = now_;
  status.since = now_;
  set_state(from, WorkerState::active);
  if (leaving_) {
    tell_to_leave(from, outbox);
  } else if (drained_) {
    outbox.send(from, protocol::Drain{});
  }
}

void Reactor::say(int from, const protocol::Bye&, Outbox& outbox) {
  if (!worker(from).leases.empty()) {
    outbox.records.push_back(
        ledger::Note{cat("worker ", from, " on ", worker(from).host, " left before its work was done")});
    drop_leases(from, ledger::Charge::none, "the worker left", outbox);
  }
  set_state(from, WorkerState::left);
}

void Reactor::say(int from, const protocol::Unfit& unfit, Outbox& outbox) {
  if (worker(from).for_good) return;
  lose(from, unfit.message, unfit.message, outbox);
  worker(from).for_good = true;
  ++lost_for_good_;
}

void Reactor::on(const Gone& gone, Outbox& outbox) {
  advance(gone.time);
  WorkerStatus& status = worker(gone.rank);
  if (status.for_good || (status.state != WorkerState::active && status.state != WorkerState::lost)) return;
  if (status.state == WorkerState::active)
    lose(gone.rank, "its process has ended", "the worker's process has ended", outbox);
  status.for_good = true;
  ++lost_for_good_;
}

void Reactor::say(int from, const protocol::Grant&, Outbox&) { refuse(from); }
void Reactor::say(int from, const protocol::Drain&, Outbox&) { refuse(from); }
void Reactor::say(int from, const protocol::Leave&, Outbox&) { refuse(from); }

void Reactor::refuse(int from) {
  throw Error(Fault::bug, cat("worker ", from, " sent what only the scheduler says. Report it?"));
}

void Reactor::lose(int rank, const std::string& what, const std::string& why, Outbox& outbox) {
  outbox.records.push_back(ledger::Note{cat("worker ", rank, " on ", worker(rank).host, " is lost (", what, ")")});
  drop_leases(rank, ledger::Charge::loss, why, outbox);
  set_state(rank, WorkerState::lost);
}

void Reactor::drop_leases(int rank, ledger::Charge charge, const std::string& why, Outbox& outbox) {
  const std::deque<LeaseId> held = worker(rank).leases;
  for (const LeaseId id : held) {
    const auto charged = id == held.front() ? charge : ledger::Charge::none;
    Job& job = release(id);
    if (charged == ledger::Charge::loss) ++job.losses;
    outbox.records.push_back(ledger::LeaseEnded{.lease = id,
                                                .simulation = job.simulation,
                                                .end = ledger::AttemptEnd::lost,
                                                .charge = charged,
                                                .fault = std::nullopt,
                                                .message = why});
    if (charged == ledger::Charge::loss && job.losses >= policy_.losses) {
      give_up(job, cat("its worker was lost ", job.losses, " times"), outbox);
    } else {
      queue(job);
    }
  }
}

void Reactor::check_silence(Outbox& outbox) {
  if (now_ < next_check_) return;
  double oldest = std::numeric_limits<double>::infinity();
  for (int rank = 1; rank < static_cast<int>(workers_.size()); ++rank) {
    const WorkerStatus& status = worker(rank);
    if (status.leases.empty()) continue;
    if (now_ - status.last_heard > policy_.heartbeat_timeout) {
      const std::string silence = duration_text(now_ - status.last_heard);
      lose(rank, cat("silent for ", silence), cat("the worker fell silent for ", silence), outbox);
    } else {
      oldest = std::min(oldest, status.last_heard);
    }
  }
  next_check_ = std::min(oldest, now_) + policy_.heartbeat_timeout;
}

void Reactor::check_alone(Outbox& outbox) {
  if (leaving_ || count(WorkerState::active) > 0) return;
  const bool for_ever =
      count(WorkerState::unheard) == 0 && lost_for_good_ > 0 && count(WorkerState::lost) == lost_for_good_;
  if (!for_ever && now_ - *alone_since_ <= policy_.heartbeat_timeout) return;
  const std::string waited = duration_text(now_ - *alone_since_);
  drain({cat("no worker is there any more (", count(WorkerState::unheard), " never reported, ",
             count(WorkerState::lost), " were lost, ", count(WorkerState::left), " left; waited ", waited, ")"),
         Fault::system},
        outbox);
}

void Reactor::drain(Drained why, Outbox& outbox) {
  if (drained_ || leaving_) return;
  outbox.records.push_back(ledger::Note{cat("stopping early: ", why.reason)});
  drained_ = std::move(why);
  for (int rank = 1; rank < static_cast<int>(workers_.size()); ++rank) {
    if (worker(rank).state == WorkerState::active) outbox.send(rank, protocol::Drain{});
  }
}

void Reactor::set_state(int rank, WorkerState state) {
  if (worker(rank).state == WorkerState::active) alone_since_ = now_;
  --by_state_[static_cast<std::size_t>(worker(rank).state)];
  ++by_state_[static_cast<std::size_t>(state)];
  worker(rank).state = state;
  place(rank);
}

void Reactor::place(int rank) {
  const WorkerStatus& status = worker(rank);
  const bool active = status.state == WorkerState::active;
  if (active && status.leases.empty()) {
    idle_.insert(rank);
  } else {
    idle_.erase(rank);
  }
  // Nothing waits behind a relaxation or a training: nobody knows how long that takes, and another worker may be free
  // before.
  const auto open_ended = [&] { return jobs_[leases_.at(status.leases.front()).job].kind != ledger::TaskKind::image; };
  if (active && !status.leases.empty() && std::cmp_less(status.leases.size(), held_) && !open_ended()) {
    room_.insert(rank);
  } else {
    room_.erase(rank);
  }
}

void Reactor::tell_to_leave(int rank, Outbox& outbox) {
  if (worker(rank).told_to_leave) return;
  worker(rank).told_to_leave = true;
  outbox.send(rank, protocol::Leave{});
}

void Reactor::leave_when_done(Outbox& outbox) {
  if (leaving_ || !leases_.empty() || (!waiting_.empty() && !drained_)) return;
  leaving_ = true;
  for (int rank = 1; rank < static_cast<int>(workers_.size()); ++rank) {
    // A lost one may yet live, and then it must not wait for ever.
    const WorkerState state = worker(rank).state;
    if (state == WorkerState::active || state == WorkerState::lost) tell_to_leave(rank, outbox);
  }
}

}  // namespace twinmill::scheduler

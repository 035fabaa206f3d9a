// Leases: granting, finishing, failing, giving up.
#include "scheduler/reactor.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace twinmill::scheduler {
namespace {

// All samples of the lease and no others, in any order.
bool reports_all(const std::vector<protocol::SampleDone>& reported, const std::vector<SampleId>& leased) {
  if (reported.size() != leased.size()) return false;
  std::vector<SampleId> a, b = leased;
  for (const auto& done : reported) a.push_back(done.sample);
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  return a == b;
}

}  // namespace

Reactor::Reactor(Start start, Policy policy)
    : policy_(policy),
      jobs_(std::move(start.work)),
      homes_(std::move(start.homes)),
      waiting_(std::max(1, static_cast<int>(homes_.first_simulation.size()))),
      pace_(std::move(start.pace)),
      workers_(static_cast<std::size_t>(start.workers) + 1),
      next_lease_(start.next_lease) {
  by_state_[static_cast<std::size_t>(WorkerState::unheard)] = start.workers;
  for (const int rank : start.silent) set_state(rank, WorkerState::silent);
  counts_.done = start.done;
  counts_.quarantined = start.quarantined;
  relaxations_.done = start.relaxations_done;
  relaxations_.quarantined = start.relaxations_quarantined;
  for (Job& job : jobs_) {
    ensure(!job.samples.empty(), "the scheduler was given a simulation without samples");
    const auto n = static_cast<std::int64_t>(job.samples.size());
    counts_.pending += n;
    if (job.kind == ledger::TaskKind::relaxation) relaxations_.pending += n;
    cost_total_ += job.cost;
    const auto number = static_cast<std::size_t>(&job - jobs_.data());
    if (!job.hopeless.empty())
      hopeless_.push_back(number);
    else if (job.after.valid())
      followers_.emplace(job.after, number);
    else
      queue(job);
  }
  for (SampleCounts* c : {&counts_, &relaxations_}) c->total = c->pending + c->done + c->quarantined;
}

void Reactor::handle(const Event& event, Outbox& outbox) {
  if (!hopeless_.empty()) give_up_hopeless(outbox);
  std::visit([&](const auto& one) { on(one, outbox); }, event);
  assign(outbox);
  leave_when_done(outbox);
}

void Reactor::on(const Received& received, Outbox& outbox) {
  ensure(received.from >= 1 && received.from < static_cast<int>(workers_.size()),
         "the scheduler heard from a rank that is no worker");
  ensure(worker(received.from).state != WorkerState::silent, "the scheduler heard from a rank that only follows");
  advance(received.time);
  if (worker(received.from).state == WorkerState::active) worker(received.from).last_heard = now_;
  if (worker(received.from).state == WorkerState::lost) alone_since_ = now_;  // It lives, and will say Hello.
  std::visit([&](const auto& message) { say(received.from, message, outbox); }, received.message);
}

void Reactor::on(const Tick& tick, Outbox& outbox) {
  advance(tick.time);
  check_silence(outbox);
  check_alone(outbox);
}

void Reactor::on(const DrainRequested& request, Outbox& outbox) { drain({request.reason, std::nullopt}, outbox); }

void Reactor::advance(double time) {
  if (!alone_since_) alone_since_ = time;
  now_ = std::max(now_, time);
}

template <class Reply>
std::optional<Reactor::Lease> Reactor::valid_lease(int from, const Reply& reply) const {
  const auto found = leases_.find(reply.lease);
  if (found == leases_.end()) return std::nullopt;
  const Lease& lease = found->second;
  if (lease.worker != from || lease.attempt != reply.attempt || jobs_[lease.job].simulation != reply.simulation) {
    return std::nullopt;
  }
  return lease;
}

void Reactor::say(int from, const protocol::Heartbeat& heartbeat, Outbox&) {
  WorkerStatus& status = worker(from);
  if (!status.leases.empty() && status.leases.front() == heartbeat.lease) status.fraction = heartbeat.fraction;
}

void Reactor::say(int from, const protocol::Finished& finished, Outbox& outbox) {
  const auto lease = valid_lease(from, finished);
  if (!lease) {
    outbox.records.push_back(ledger::LateResult{finished.lease, from, "finished"});
    return;
  }
  const auto& leased = jobs_[lease->job].samples;
  if (!reports_all(finished.samples, leased)) {
    fail(finished.lease, Fault::bug,
         cat("the worker reported ", finished.samples.size(), " samples, but not the ", leased.size(), " of its lease"),
         outbox);
    return;
  }
  ledger::LeaseDone done{.lease = finished.lease,
                         .simulation = finished.simulation,
                         .attempt = finished.attempt,
                         .worker = from,
                         .seconds = finished.seconds,
                         .samples = {},
                         .result = finished.result};
  done.samples.reserve(finished.samples.size());
  for (const auto& sample : finished.samples) done.samples.push_back({sample.sample, sample.checksum});
  outbox.records.emplace_back(std::move(done));
  Job& job = release(finished.lease);
  move(job, &SampleCounts::pending, &SampleCounts::done);
  cost_done_ += job.cost;
  if (job.kind == ledger::TaskKind::image) {  // Relaxations are never held, and as fast as a library has them.
    pace_.add(job.cost, finished.seconds);
    learn(finished.seconds);
  }
  worker(from).finished += static_cast<std::int64_t>(job.samples.size());
  std::vector<SampleId>().swap(job.samples);
  release_followers(job);
}

void Reactor::say(int from, const protocol::Failed& failed, Outbox& outbox) {
  if (!valid_lease(from, failed)) {
    outbox.records.push_back(ledger::LateResult{failed.lease, from, cat("failed: ", failed.message)});
    return;
  }
  fail(failed.lease, failed.fault, failed.message, outbox);
  // A full disk is the fault of no task, and it would meet the next one as well.
  if (failed.fault == Fault::system) {
    drain({cat("worker ", from, " on ", worker(from).host, ": ", failed.message), Fault::system}, outbox);
  }
}

void Reactor::say(int from, const protocol::Returned& returned, Outbox& outbox) {
  if (!valid_lease(from, returned)) {
    outbox.records.push_back(ledger::LateResult{returned.lease, from, "returned"});
    return;
  }
  outbox.records.push_back(ledger::LeaseEnded{.lease = returned.lease,
                                              .simulation = returned.simulation,
                                              .end = ledger::AttemptEnd::returned,
                                              .charge = ledger::Charge::none,
                                              .fault = std::nullopt,
                                              .message = ""});
  queue(release(returned.lease));
}

void Reactor::fail(LeaseId id, Fault fault, const std::string& message, Outbox& outbox) {
  const auto charge = fault == Fault::system ? ledger::Charge::none : ledger::Charge::failure;
  Job& job = release(id);
  if (charge == ledger::Charge::failure) ++job.failures;
  outbox.records.push_back(ledger::LeaseEnded{.lease = id,
                                              .simulation = job.simulation,
                                              .end = ledger::AttemptEnd::failed,
                                              .charge = charge,
                                              .fault = fault,
                                              .message = message});
  if (charge == ledger::Charge::failure && job.failures >= policy_.attempts) {
    give_up(job, cat("failed ", job.failures, " times, at last: ", message), outbox);
  } else {
    queue(job);
  }
}

Reactor::Job& Reactor::release(LeaseId id) {
  const auto found = leases_.find(id);
  ensure(found != leases_.end(), "the scheduler released a lease twice");
  const Lease lease = found->second;
  leases_.erase(found);
  WorkerStatus& holder = worker(lease.worker);
  if (holder.leases.front() == id) {
    holder.since = now_;
    holder.fraction = 0;
  }
  std::erase(holder.leases, id);
  place(lease.worker);
  Job& job = jobs_[lease.job];
  move(job, &SampleCounts::running, &SampleCounts::pending);
  return job;
}

void Reactor::move(const Job& job, std::int64_t SampleCounts::*from, std::int64_t SampleCounts::*to) {
  const auto n = static_cast<std::int64_t>(job.samples.size());
  const auto change = [&](SampleCounts& counts) {
    counts.*from -= n;
    counts.*to += n;
  };
  change(counts_);
  if (job.kind == ledger::TaskKind::relaxation) change(relaxations_);
}

void Reactor::queue(Job& job) {
  waiting_.push({.job = static_cast<std::size_t>(&job - jobs_.data()),
                 .kind = job.kind,
                 .turn = job.turn,
                 .cost = job.cost,
                 .shard = homes_.matter() ? homes_.shard_of(job.simulation) : 0});
}

void Reactor::give_up(Job& job, const std::string& reason, Outbox& outbox) {
  move(job, &SampleCounts::pending, &SampleCounts::quarantined);
  cost_done_ += job.cost;
  outbox.records.push_back(ledger::Quarantined{job.simulation, std::move(job.samples), reason});
  job.samples.clear();
  give_up_followers(job, outbox);
}

void Reactor::release_followers(const Job& job) {
  const auto [first, last] = followers_.equal_range(job.simulation);
  for (auto follower = first; follower != last; ++follower) queue(jobs_[follower->second]);
  followers_.erase(first, last);
}

void Reactor::give_up_followers(const Job& job, Outbox& outbox) {
  const auto [first, last] = followers_.equal_range(job.simulation);
  std::vector<std::size_t> numbers;
  for (auto follower = first; follower != last; ++follower) numbers.push_back(follower->second);
  followers_.erase(first, last);
  std::sort(numbers.begin(), numbers.end());
  for (const std::size_t number : numbers)
    give_up(jobs_[number], cat("its relaxation (", job.simulation.value, ") is in quarantine"), outbox);
}

void Reactor::give_up_hopeless(Outbox& outbox) {
  for (const std::size_t number : std::exchange(hopeless_, {})) give_up(jobs_[number], jobs_[number].hopeless, outbox);
}

void Reactor::assign(Outbox& outbox) {
  if (drained_ || leaving_) return;
  while (!waiting_.empty() && !idle_.empty() && grant(*idle_.begin(), outbox)) {
  }
  const auto fleet = static_cast<std::size_t>(count(WorkerState::active) + count(WorkerState::unheard));
  const std::size_t enough = fleet * static_cast<std::size_t>(held_ - 1);
  while (!room_.empty() && waiting_.size() >= enough && grant(*room_.begin(), outbox)) {
  }
  drain_when_nothing_fits(outbox);
}

bool Reactor::grant(int rank, Outbox& outbox) {
  constexpr double any = std::numeric_limits<double>::infinity();
  const auto kinds = worker(rank).leases.empty() ? Waiting::Kinds::all : Waiting::Kinds::images;
  const double most = deadline_ ? pace_.cost_within(*deadline_ - free_at(rank)) : any;
  const int home = homes_.matter() ? homes_.of_rank.at(static_cast<std::size_t>(rank)) : 0;
  const auto next = waiting_.take(most, kinds, home);
  if (!next) return false;
  const std::size_t job_number = *next;
  Job& job = jobs_[job_number];
  const LeaseId id = next_lease_;
  ++next_lease_.value;
  ++job.attempts;
  leases_.emplace(id, Lease{job_number, job.attempts, rank});
  WorkerStatus& holder = worker(rank);
  if (holder.leases.empty()) {
    // An idle worker owes no sign of life; from here on it does.
    holder.last_heard = now_;
    holder.since = now_;
    holder.fraction = 0;
  }
  holder.leases.push_back(id);
  place(rank);
  move(job, &SampleCounts::pending, &SampleCounts::running);
  outbox.records.push_back(ledger::LeaseGranted{.lease = id,
                                                .simulation = job.simulation,
                                                .attempt = job.attempts,
                                                .worker = rank,
                                                .host = holder.host,
                                                .samples = static_cast<std::int64_t>(job.samples.size())});
  outbox.send(rank, protocol::Grant{id, job.simulation, job.attempts, job.samples});
  return true;
}

void Reactor::learn(double seconds) {
  if (seconds <= 0) return;
  constexpr double weight = 1.0 / 16;
  mean_seconds_ = mean_seconds_ == 0 ? seconds : (1 - weight) * mean_seconds_ + weight * seconds;
  const double covering = 1 + std::ceil(policy_.cover_seconds / mean_seconds_);
  held_ = static_cast<int>(std::clamp(covering, 2.0, std::max(2.0, double(policy_.held_at_most))));
}

SimulationId Reactor::working_on(int rank) const {
  const auto& leases = worker(rank).leases;
  return leases.empty() ? SimulationId() : jobs_[leases_.at(leases.front()).job].simulation;
}

}  // namespace twinmill::scheduler

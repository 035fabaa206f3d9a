// Leases: granting, finishing, failing, giving up.
#include "scheduler/reactor.hpp"

#include <algorithm>

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
      workers_(static_cast<std::size_t>(start.workers) + 1),
      next_lease_(start.next_lease) {
  by_state_[static_cast<std::size_t>(WorkerState::unheard)] = start.workers;
  for (const int rank : start.silent) set_state(rank, WorkerState::silent);
  counts_.done = start.done;
  counts_.quarantined = start.quarantined;
  for (Job& job : jobs_) {
    ensure(!job.samples.empty(), "the scheduler was given a simulation without samples");
    counts_.pending += static_cast<std::int64_t>(job.samples.size());
    cost_total_ += job.cost;
    queue(job);
  }
  counts_.total = counts_.pending + counts_.done + counts_.quarantined;
}

void Reactor::handle(const Event& event, Outbox& outbox) {
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
                         .samples = {}};
  done.samples.reserve(finished.samples.size());
  for (const auto& sample : finished.samples) done.samples.push_back({sample.sample, sample.checksum});
  outbox.records.emplace_back(std::move(done));
  Job& job = release(finished.lease);
  const auto n = static_cast<std::int64_t>(job.samples.size());
  counts_.pending -= n;
  counts_.done += n;
  cost_done_ += job.cost;
  worker(from).finished += n;
  std::vector<SampleId>().swap(job.samples);
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
  counts_.running -= static_cast<std::int64_t>(job.samples.size());
  counts_.pending += static_cast<std::int64_t>(job.samples.size());
  return job;
}

void Reactor::queue(Job& job) { waiting_.emplace(-job.cost, &job - jobs_.data()); }

void Reactor::give_up(Job& job, const std::string& reason, Outbox& outbox) {
  const auto n = static_cast<std::int64_t>(job.samples.size());
  counts_.pending -= n;
  counts_.quarantined += n;
  cost_done_ += job.cost;
  outbox.records.push_back(ledger::Quarantined{job.simulation, std::move(job.samples), reason});
  job.samples.clear();
}

void Reactor::assign(Outbox& outbox) {
  if (drained_ || leaving_) return;
  while (!waiting_.empty() && !idle_.empty()) grant(*idle_.begin(), outbox);
  const auto fleet = static_cast<std::size_t>(count(WorkerState::active) + count(WorkerState::unheard));
  while (!single_.empty() && waiting_.size() >= fleet) grant(*single_.begin(), outbox);
}

void Reactor::grant(int rank, Outbox& outbox) {
  const auto job_number = static_cast<std::size_t>(waiting_.begin()->second);
  waiting_.erase(waiting_.begin());
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
  const auto n = static_cast<std::int64_t>(job.samples.size());
  counts_.pending -= n;
  counts_.running += n;
  outbox.records.push_back(ledger::LeaseGranted{.lease = id,
                                                .simulation = job.simulation,
                                                .attempt = job.attempts,
                                                .worker = rank,
                                                .host = holder.host,
                                                .samples = n});
  outbox.send(rank, protocol::Grant{id, job.simulation, job.attempts, job.samples});
}

SimulationId Reactor::working_on(int rank) const {
  const auto& leases = worker(rank).leases;
  return leases.empty() ? SimulationId() : jobs_[leases_.at(leases.front()).job].simulation;
}

}  // namespace twinmill::scheduler

#pragma once
// Who does what: a state machine without I/O, clock or threads. Everything it knows came in an event, everything it
// decides leaves through the outbox.
//
// Order: leases go out by the campaign's wish (Work::turn), then by descending cost (equal costs: lower simulation
// first), so that the longest ones are not the last ones; in a store of several files those of the worker's own file
// before others. With a deadline what is predicted not to fit is left out, and
// when nothing that waits fits any more the campaign drains. A worker holds one running lease and, while work abounds,
// waiting ones (see held()); prefetch ends when there are fewer waiting simulations than workers could hold, so that
// the last leases go to whoever is free first.

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "scheduler/deadline.hpp"
#include "scheduler/events.hpp"
#include "scheduler/homes.hpp"
#include "scheduler/policy.hpp"
#include "scheduler/waiting.hpp"

namespace twinmill::scheduler {

/// A simulation that has samples to be made, or a relaxation or training that is to be done.
struct Work {
  SimulationId simulation;
  ledger::TaskKind kind = ledger::TaskKind::image;  ///< Of its tasks.
  /// The work that must be done first, if it is still to be done. Its quarantine is that of this work too.
  SimulationId after = {};
  std::string hopeless = {};  ///< Not empty: this work can never be done, for this reason. It goes to quarantine.
  double cost = 0;            ///< Any unit; only the order and the estimate of the time left use it.
  int turn = 0;               ///< Work of a lower turn goes out first.
  std::int32_t attempts = 0;  ///< Granted by earlier runs.
  std::int32_t failures = 0;
  std::int32_t losses = 0;
  std::vector<SampleId> samples;
};

/// What a run begins with.
struct Start {
  std::vector<Work> work;
  int workers = 0;               ///< Ranks 1 to `workers` are expected to say Hello,
  std::vector<int> silent = {};  ///< but for these.
  LeaseId next_lease{0};
  std::int64_t done = 0;                                           ///< Samples finished by earlier runs.
  std::int64_t quarantined = 0;                                    ///< Samples given up by earlier runs.
  std::int64_t relaxations_done = 0, relaxations_quarantined = 0;  ///< Of these, relaxations.
  Pace pace = {};                                                  ///< Of simulations, from earlier runs.
  Homes homes = {};                                                ///< Of the workers, in a store of several files.
};

/// Samples by state. running: under a lease that its worker works on or holds waiting.
struct SampleCounts {
  std::int64_t total = 0, done = 0, running = 0, pending = 0, quarantined = 0;
  friend bool operator==(const SampleCounts&, const SampleCounts&) = default;
};

/// Why the campaign stopped early.
struct Drained {
  std::string reason;
  std::optional<Fault> fault;  ///< Empty: on request. Fault::system: the machine forced it.
  friend bool operator==(const Drained&, const Drained&) = default;
};

/// silent: a rank that follows another one and never speaks.
enum class WorkerState { unheard, active, lost, left, silent, count_ };
std::string_view name(WorkerState state);

struct WorkerStatus {
  WorkerState state = WorkerState::unheard;
  std::string host;
  std::int64_t pid = 0;
  std::deque<LeaseId> leases;  ///< The first one is being worked on.
  double last_heard = 0;
  double since = 0;           ///< When it began its present lease (or became idle).
  double fraction = 0;        ///< Of the present lease, as it last said.
  std::int64_t finished = 0;  ///< Samples finished in this run.
  bool told_to_leave = false;
  bool for_good = false;  ///< Lost, and cannot come back.
};

class Reactor {
 public:
  Reactor(Start start, Policy policy);

  /// Takes one event; adds what follows from it to the outbox.
  void handle(const Event& event, Outbox& outbox);

  const SampleCounts& counts() const { return counts_; }
  /// The relaxations among them.
  const SampleCounts& relaxations() const { return relaxations_; }
  double cost_total() const { return cost_total_; }  ///< Of this run's work at its start.
  double cost_done() const { return cost_done_; }    ///< Finished or given up.
  const std::optional<Drained>& drained() const { return drained_; }
  /// Nothing is under lease and nothing will be: Leave has been sent to everybody who was there.
  bool leaving() const { return leaving_; }
  /// leaving(), and every expected worker has said Bye or is lost.
  bool over() const { return leaving_ && count(WorkerState::unheard) == 0 && count(WorkerState::active) == 0; }
  /// By rank; entry 0 (the scheduler itself) is unused.
  const std::vector<WorkerStatus>& workers() const { return workers_; }
  /// The simulation a worker works on; not valid() when it is idle.
  SimulationId working_on(int rank) const;
  /// Leases that a worker holds while work abounds: two, or more when they are short (Policy::cover_seconds).
  int held() const { return held_; }
  int count(WorkerState state) const { return by_state_[static_cast<std::size_t>(state)]; }

 private:
  using Job = Work;
  struct Lease {
    std::size_t job = 0;
    std::int32_t attempt = 0;
    int worker = -1;
  };

  void on(const Received& received, Outbox& outbox);
  void on(const Tick& tick, Outbox& outbox);
  void on(const DrainRequested& request, Outbox& outbox);
  void on(const Gone& gone, Outbox& outbox);
  void on(const TimeLeft& left, Outbox& outbox);

  void say(int from, const protocol::Hello& hello, Outbox& outbox);
  void say(int from, const protocol::Heartbeat& heartbeat, Outbox& outbox);
  void say(int from, const protocol::Finished& finished, Outbox& outbox);
  void say(int from, const protocol::Failed& failed, Outbox& outbox);
  void say(int from, const protocol::Returned& returned, Outbox& outbox);
  void say(int from, const protocol::Bye& bye, Outbox& outbox);
  void say(int from, const protocol::Unfit& unfit, Outbox& outbox);
  void say(int from, const protocol::Grant& grant, Outbox& outbox);
  void say(int from, const protocol::Drain& drain, Outbox& outbox);
  void say(int from, const protocol::Leave& leave, Outbox& outbox);
  /// Throws Error(bug): only the scheduler says Grant, Drain and Leave.
  [[noreturn]] static void refuse(int from);

  /// The lease that a reply is about, if it is still the one that this worker holds.
  template <class Reply>
  std::optional<Lease> valid_lease(int from, const Reply& reply) const;
  void fail(LeaseId id, Fault fault, const std::string& message, Outbox& outbox);
  /// Takes the lease from its worker; returns its job, whose samples are pending again.
  Job& release(LeaseId id);
  void queue(Job& job);
  /// Moves the job's samples from one count to another one.
  void move(const Job& job, std::int64_t SampleCounts::*from, std::int64_t SampleCounts::*to);
  void give_up(Job& job, const std::string& reason, Outbox& outbox);
  /// Work that waited for this one: it may be granted now, or is given up with it.
  void release_followers(const Job& job);
  void give_up_followers(const Job& job, Outbox& outbox);
  void give_up_hopeless(Outbox& outbox);
  void lose(int rank, const std::string& what, const std::string& why, Outbox& outbox);
  /// All leases of a worker that is gone; the charge is for the one it was working on.
  void drop_leases(int rank, ledger::Charge charge, const std::string& why, Outbox& outbox);
  void check_silence(Outbox& outbox);
  void check_alone(Outbox& outbox);
  void drain(Drained why, Outbox& outbox);
  void advance(double time);
  void set_state(int rank, WorkerState state);
  /// A simulation took so long.
  void learn(double seconds);
  /// Sorts the worker into idle_ or room_.
  void place(int rank);
  void assign(Outbox& outbox);
  /// Grants this worker what comes next; false when nothing that waits fits before the deadline.
  bool grant(int rank, Outbox& outbox);
  /// When this worker will be done with its leases, by the pace so far.
  double free_at(int rank) const;
  void drain_when_nothing_fits(Outbox& outbox);
  void tell_to_leave(int rank, Outbox& outbox);
  void leave_when_done(Outbox& outbox);
  WorkerStatus& worker(int rank) { return workers_[static_cast<std::size_t>(rank)]; }
  const WorkerStatus& worker(int rank) const { return workers_[static_cast<std::size_t>(rank)]; }

  Policy policy_;
  std::vector<Job> jobs_;
  Homes homes_;
  Waiting waiting_;
  Pace pace_;                                                     ///< Of simulations.
  std::optional<double> deadline_;                                ///< When all must be done.
  std::unordered_multimap<SimulationId, std::size_t> followers_;  ///< Jobs that wait for this simulation.
  std::vector<std::size_t> hopeless_;
  std::unordered_map<LeaseId, Lease> leases_;
  std::vector<WorkerStatus> workers_;
  std::set<int> idle_;  ///< Active workers without a lease.
  std::set<int> room_;  ///< Active workers with a lease and room for another one.
  std::array<int, static_cast<std::size_t>(WorkerState::count_)> by_state_{};
  LeaseId next_lease_;
  SampleCounts counts_;
  SampleCounts relaxations_;  ///< Part of counts_.
  double cost_total_ = 0;
  double cost_done_ = 0;
  double mean_seconds_ = 0;  ///< Of the last simulations; 0: none is finished yet.
  int held_ = 2;
  double now_ = 0;
  int lost_for_good_ = 0;
  double next_check_ = 0;              ///< No worker can be overdue before.
  std::optional<double> alone_since_;  ///< When a worker was last seen to go, or a lost one heard, or the run began.
  std::optional<Drained> drained_;
  bool leaving_ = false;
};

}  // namespace twinmill::scheduler

#include "scheduler/loop.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <thread>

#include "twinmill/base/log.hpp"

namespace twinmill::scheduler {
namespace {

// Messages taken before the ledger is written: enough for any fleet, and an end to the turn in any case.
constexpr int most_messages_per_turn = 1 << 17;
constexpr double shortest_sleep = 50e-6;
constexpr double longest_sleep = 2e-3;
constexpr double publish_share = 0.1;
constexpr double look_every_s = 1;  // For workers that have gone.

std::string unit(const campaign::Plan& plan, SimulationId id) {
  if (plan.is_training(id)) return cat("training ", plan.training(id).name);
  return cat(plan.is_relaxation(id) ? "relaxation " : "simulation ", id.value);
}

ledger::TaskKind kind_of(const campaign::Plan& plan, SimulationId id) {
  if (plan.is_training(id)) return ledger::TaskKind::training;
  return plan.is_relaxation(id) ? ledger::TaskKind::relaxation : ledger::TaskKind::image;
}

/// The kinds of task that a run does.
std::vector<ledger::TaskKind> kinds_in(Scope scope) {
  switch (scope) {
    case Scope::images:
      return {ledger::TaskKind::image, ledger::TaskKind::relaxation};
    case Scope::relaxations:
      return {ledger::TaskKind::relaxation};
    case Scope::trainings:
      return {ledger::TaskKind::training};
    case Scope::count_:
      break;
  }
  throw Error(Fault::bug, "a scope out of range");
}

/// What people should hear about a record, or empty.
std::string words(const campaign::Plan& plan, const ledger::Record& record) {
  if (const auto* note = std::get_if<ledger::Note>(&record)) return note->text;
  if (const auto* ended = std::get_if<ledger::LeaseEnded>(&record)) {
    if (ended->end != ledger::AttemptEnd::failed) return {};
    return cat(unit(plan, ended->simulation), " failed: ", ended->message);
  }
  if (const auto* given_up = std::get_if<ledger::Quarantined>(&record)) {
    return cat(unit(plan, given_up->simulation), " is in quarantine (", given_up->reason, ")");
  }
  return {};
}

/// How early the campaign wants its work. A relaxation is wanted as early as the first structure that waits for it.
class Turns {
 public:
  explicit Turns(const campaign::Plan& plan) {
    if (plan.spec.run.first.empty()) return;
    relaxations_.assign(plan.relaxations.size(), std::numeric_limits<int>::max());
    for (const auto& structure : plan.structures) {
      structures_.push_back(plan.turn_of(structure));
      if (structure.relaxation < 0) continue;
      int& turn = relaxations_[static_cast<std::size_t>(structure.relaxation)];
      turn = std::min(turn, structures_.back());
    }
    first_relaxation_ = plan.simulations.size();
  }
  int of(const campaign::Simulation& s) const {
    return structures_.empty() ? 0 : structures_[static_cast<std::size_t>(s.structure)];
  }
  int of(const campaign::Relaxation& r) const {
    return structures_.empty() ? 0 : relaxations_[r.id.index() - first_relaxation_];
  }
  static int of(const campaign::Training&) { return 0; }

 private:
  std::vector<int> structures_, relaxations_;
  std::size_t first_relaxation_ = 0;
};

Start start(const campaign::Plan& plan, const ledger::Ledger& ledger, const protocol::Channel& channel,
            const LoopOptions& options) {
  Start all = start_from(plan, ledger, channel.size() - 1, options.scope);
  all.silent = options.silent;
  all.homes = options.homes;
  return all;
}

class Run {
 public:
  Run(const campaign::Plan& plan, ledger::Ledger& ledger, protocol::Channel& channel, const LoopOptions& options)
      : plan_(plan),
        ledger_(ledger),
        channel_(channel),
        options_(options),
        reactor_(start(plan, ledger, channel, options), options.policy),
        started_(options.clock()),
        now_(started_),
        next_publish_(started_),
        meter_(started_) {
    if (options.deadline) last_moment_ = *options.deadline - deadline_margin(*options.deadline - started_);
  }

  Outcome to_the_end() {
    double pause = shortest_sleep;
    while (!finished()) {
      if (turn()) {
        pause = shortest_sleep;
      } else {
        options_.sleep(pause);
        pause = std::min(2 * pause, longest_sleep);
      }
    }
    publish();
    return outcome();
  }

 private:
  /// Returns whether anything happened.
  bool turn() {
    advance();
    outbox_.clear();
    bool busy = false;
    if (!stopping_ && options_.stop_requested && options_.stop_requested()) {
      stopping_ = true;
      reactor_.handle(DrainRequested{options_.stop_reason}, outbox_);
    }
    // Told anew in each turn: the reactor's time leaves out standstills, the deadline does not.
    if (last_moment_) reactor_.handle(TimeLeft{reactor_now_, *last_moment_ - now_}, outbox_);
    for (int i = 0; i < most_messages_per_turn; ++i) {
      auto envelope = channel_.try_receive();
      if (!envelope) break;
      busy = true;
      reactor_.handle(Received{envelope->from, std::move(envelope->message), reactor_now_}, outbox_);
    }
    look_for_the_gone();
    reactor_.handle(Tick{reactor_now_}, outbox_);
    // The ledger first: nobody may act on what a crash would undo.
    ledger_.apply(outbox_.records);
    for (const Send& send : outbox_.sends) channel_.send(send.to, send.message);
    for (const ledger::Record& record : outbox_.records) tell(words(plan_, record));
    if (options_.step_local_worker && options_.step_local_worker()) busy = true;
    if (reactor_.leaving() && !leaving_since_) leaving_since_ = reactor_now_;
    if (now_ >= next_publish_) publish();
    return busy || !outbox_.sends.empty();
  }

  void advance() {
    const double now = options_.clock();
    reactor_now_ += std::clamp(now - now_, 0.0, options_.stall_seconds);
    now_ = now;
  }

  /// After the messages of this turn: what a worker said before its end still counts.
  void look_for_the_gone() {
    if (!options_.has_ended || reactor_now_ < next_look_) return;
    next_look_ = reactor_now_ + look_every_s;
    const auto& workers = reactor_.workers();
    for (std::size_t rank = 1; rank < workers.size(); ++rank) {
      const WorkerStatus& worker = workers[rank];
      if ((worker.state != WorkerState::active && worker.state != WorkerState::lost) || worker.for_good) continue;
      if (options_.has_ended(worker.host, worker.pid))
        reactor_.handle(Gone{static_cast<int>(rank), reactor_now_}, outbox_);
    }
  }

  void tell(const std::string& text) {
    if (text.empty()) return;
    meter_.message(text);
    if (options_.say) {
      options_.say(text);
    } else {
      log::warning(text);
    }
  }

  void publish() {
    if (!options_.publish) return;
    const double begin = options_.clock();
    options_.publish(meter_.measure(reactor_, begin, reactor_now_));
    const double end = options_.clock();
    next_publish_ = end + std::max(options_.publish_seconds, (end - begin) / publish_share);
  }

  bool finished() const {
    if (reactor_.over()) return true;
    if (!leaving_since_) return false;
    if (reactor_now_ - *leaving_since_ > options_.goodbye_seconds) return true;
    const auto waited_for = [&](const WorkerStatus& worker) {
      return worker.state == WorkerState::unheard ||
             (worker.state == WorkerState::active && reactor_now_ - worker.last_heard <= options_.goodbye_seconds);
    };
    const auto& workers = reactor_.workers();
    return std::none_of(workers.begin() + 1, workers.end(), waited_for);
  }

  Outcome outcome() const {
    Outcome result{
        .counts = reactor_.counts(), .drained = reactor_.drained(), .lost = {}, .seconds = options_.clock() - started_};
    const auto& workers = reactor_.workers();
    for (std::size_t rank = 1; rank < workers.size(); ++rank) {
      const WorkerState state = workers[rank].state;
      if (state != WorkerState::left && state != WorkerState::silent) result.lost.push_back(static_cast<int>(rank));
    }
    return result;
  }

  const campaign::Plan& plan_;
  ledger::Ledger& ledger_;
  protocol::Channel& channel_;
  const LoopOptions& options_;
  Reactor reactor_;
  Outbox outbox_;
  double started_;
  double now_;
  double next_publish_;
  ProgressMeter meter_;
  std::optional<double> last_moment_;  ///< On the options' clock.
  double next_look_ = 0;
  double reactor_now_ = 0;  ///< Seconds since the start, without the scheduler's own standstills.
  std::optional<double> leaving_since_;
  bool stopping_ = false;
};

}  // namespace

void sleep_for(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

Start start_from(const campaign::Plan& plan, const ledger::Ledger& ledger, int workers, Scope scope) {
  const auto kinds = kinds_in(scope);
  const auto included = [&](ledger::TaskKind kind) { return std::ranges::find(kinds, kind) != kinds.end(); };
  Start start{.work = {}, .workers = workers, .next_lease = ledger.next_lease()};
  for (const auto kind : kinds) {
    const ledger::Counts counts = ledger.counts(kind);
    start.done += counts.done;
    start.quarantined += counts.quarantined;
    if (kind != ledger::TaskKind::relaxation) continue;
    start.relaxations_done = counts.done;
    start.relaxations_quarantined = counts.quarantined;
  }
  for (const auto& [simulation, seconds] : ledger.last_durations(64))
    start.pace.add(plan.simulation(simulation).cost_flop, seconds);
  const Turns turns(plan);
  auto states = ledger.states();
  for (ledger::SimulationState& state : states) {
    const auto kind = kind_of(plan, state.id);
    if (state.pending.empty() || !included(kind)) continue;
    Work work{.simulation = state.id,
              .kind = kind,
              .attempts = state.attempts,
              .failures = state.failures,
              .losses = state.losses,
              .samples = std::move(state.pending)};
    const auto say = [&](const auto& unit, double cost) {
      work.cost = cost;
      work.turn = turns.of(unit);
    };
    if (kind == ledger::TaskKind::training)
      say(plan.training(state.id), plan.training(state.id).cost_s);
    else if (kind == ledger::TaskKind::relaxation)
      say(plan.relaxation(state.id), plan.relaxation(state.id).cost_flop);
    else
      say(plan.simulation(state.id), plan.simulation(state.id).cost_flop);
    const SimulationId awaited =
        kind == ledger::TaskKind::image ? plan.awaited_by(plan.simulation(state.id)) : SimulationId();
    if (awaited.valid()) {
      // Relaxations come after all simulations: their own samples have not been moved away yet.
      const auto& before = states[awaited.index()];
      if (!before.reason.empty())
        work.hopeless = cat("its relaxation (", awaited.value, ") is in quarantine");
      else if (!before.pending.empty())
        work.after = awaited;
    }
    start.work.push_back(std::move(work));
  }
  return start;
}

Outcome run_campaign(const campaign::Plan& plan, ledger::Ledger& ledger, protocol::Channel& channel,
                     const LoopOptions& options) {
  return Run(plan, ledger, channel, options).to_the_end();
}

}  // namespace twinmill::scheduler

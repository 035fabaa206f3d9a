#include "study_phase.hpp"

#include <algorithm>
#include <array>

#include "study.hpp"
#include "study_results.hpp"
#include "twinmill/base/clock.hpp"
#include "twinmill/base/log.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::app {
namespace {

class Together {
 public:
  explicit Together(const StudyPhase& phase) : phase_(phase), plan_(phase.campaign.plan) {}

  bool run() {
    for (;;) {
      const auto next = agreed_next();
      if (!next.valid()) return true;
      if (!train(plan_.training(next))) return false;
    }
  }

 private:
  bool boss() const { return phase_.office != nullptr; }

  /// The costliest training that is to be done, by rank 0's ledger; not valid when there is none.
  SimulationId agreed_next() {
    std::int64_t next = -1;
    mpi::together(phase_.world, [&] {
      if (!boss()) return;
      double cost = -1;
      for (const auto& state : phase_.office->ledger.states()) {
        if (!plan_.is_training(state.id) || state.pending.empty() || plan_.training(state.id).cost_s <= cost) continue;
        if (!phase_.only.empty() && plan_.training(state.id).name != phase_.only) continue;
        cost = plan_.training(state.id).cost_s;
        next = state.id.value;
        state_ = state;
      }
    });
    return SimulationId(parse_int(phase_.world.broadcast(std::to_string(next)), "training"));
  }

  bool train(const campaign::Training& training) {
    const double begin = steady_seconds();
    mpi::together(phase_.world, [&] {
      if (boss()) grant(training);
    });
    TrainingRun how{.threads = phase_.threads};
    if (boss()) {
      how.stop = phase_.stop;
      how.epoch = [&](const train::EpochRecord& epoch) {
        phase_.office->board.training(epoch, training.settings.epochs);
      };
      how.testing = [&] { phase_.office->board.pulse(); };
    }
    std::optional<std::string> result;
    try {
      result = train_and_test(plan_, training, phase_.run, how, phase_.world);
    } catch (const mpi::SharedError& e) {
      mpi::together(phase_.world, [&] {
        if (boss()) fail(training, e);
      });
      if (e.fault() == Fault::system) throw;
      return true;
    }
    mpi::together(phase_.world, [&] {
      if (boss()) finish(training, result, steady_seconds() - begin);
    });
    return result.has_value();
  }

  void apply(const std::vector<ledger::Record>& records) {
    phase_.office->ledger.apply(records);
    phase_.office->board.trained();
  }

  void grant(const campaign::Training& training) {
    lease_ = phase_.office->ledger.next_lease();
    apply({ledger::LeaseGranted{.lease = lease_,
                                .simulation = training.id,
                                .attempt = state_.attempts + 1,
                                .worker = 0,
                                .host = mpi::host_name(),
                                .samples = 1}});
    log::info(cat("training ", training.name));
  }

  void finish(const campaign::Training& training, const std::optional<std::string>& result, double seconds) {
    if (!result) {
      end(training, ledger::AttemptEnd::returned, ledger::Charge::none, std::nullopt, "");
      return;
    }
    apply({ledger::LeaseDone{.lease = lease_,
                             .simulation = training.id,
                             .attempt = state_.attempts + 1,
                             .worker = 0,
                             .seconds = seconds,
                             .samples = {{training.task, result_checksum(*result)}},
                             .result = *result}});
  }

  void fail(const campaign::Training& training, const Error& error) {
    log::warning(cat("training ", training.name, " failed: ", error.what()));
    const bool charged = error.fault() != Fault::system;
    end(training, ledger::AttemptEnd::failed, charged ? ledger::Charge::failure : ledger::Charge::none, error.fault(),
        error.what());
    const int failures = state_.failures + 1;
    if (!charged || failures < plan_.spec.run.attempts) return;
    apply({ledger::Quarantined{
        training.id, {training.task}, cat("failed ", failures, " times, at last: ", error.what())}});
  }

  void end(const campaign::Training& training, ledger::AttemptEnd how, ledger::Charge charge,
           std::optional<Fault> fault, const std::string& message) {
    apply({ledger::LeaseEnded{
        .lease = lease_, .simulation = training.id, .end = how, .charge = charge, .fault = fault, .message = message}});
  }

  const StudyPhase& phase_;
  const campaign::Plan& plan_;
  ledger::SimulationState state_;  // Rank 0's, of the present training.
  LeaseId lease_;
};

}  // namespace

bool train_together(const StudyPhase& phase) { return Together(phase).run(); }

}  // namespace twinmill::app

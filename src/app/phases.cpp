#include "phases.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "campaign_phase.hpp"
#include "ending.hpp"
#include "scheduler/deadline.hpp"
#include "session.hpp"
#include "signals.hpp"
#include "stage_json.hpp"
#include "status_board.hpp"
#include "study_phase.hpp"
#include "train_settings.hpp"
#include "twinmill/base/clock.hpp"
#include "twinmill/base/cpu.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/log.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/ledger/view.hpp"
#include "twinmill/report/report.hpp"
#include "twinmill/report/tables.hpp"
#include "twinmill/train/api.hpp"
#include "walltime.hpp"
#include "workers/arrangement.hpp"

namespace twinmill::app {
using nlohmann::json;
namespace {

constexpr std::array<std::string_view, 5> phase_names = {"relax", "simulate", "train", "evaluate", "report"};
static_assert(phase_names.size() == static_cast<std::size_t>(Phase::count_));

// The same key resumes or skips, another one trains anew.
Hash128 train_key(const campaign::Plan& plan) {
  return Hasher().add(plan.key).add(train::decisive_text(train_spec(plan.spec.training, plan.catalogue))).digest();
}

// One run of the program in one MPI session.
class Run {
 public:
  Run(const RunRequest& request, const mpi::Communicator& world) : request_(request), world_(world) {
    std::string text, path;
    mpi::together(world_, [&] {
      if (boss()) text = read_text(request_.campaign);
    });
    text = world_.broadcast(text);
    mpi::together(world_, [&] {
      campaign_ = parse_campaign(request_.campaign, text);
      if (request_.from <= Phase::simulate) arrangement();  // Refuses too few ranks.
    });
    run_ = run_directory(request_.directory, campaign_);
    mpi::together(world_, [&] {
      if (!boss()) return;
      check_pretrained();
      make_writable_folder(run_.path);
      office_ = std::make_unique<Office>(run_, campaign_, request_.prepare, world_.size());
      deadline_ = end_of_run(request_.walltime_s);
      if (deadline_) margin_s_ = scheduler::deadline_margin(*deadline_ - steady_seconds());
    });
    key_ = train_key(campaign_.plan);
  }

  ExitCode go() {
    try {
      return phases();
    } catch (const Error& e) {
      if (office_) office_->board.failed(e.what());
      throw;
    }
  }

 private:
  bool boss() const { return world_.rank() == 0; }

  workers::Arrangement arrangement() const { return {world_.size(), campaign_.plan.spec.run.ranks_per_task}; }

  // Rank 0 only: weights that do not fit are told before hours of simulation.
  void check_pretrained() const {
    const auto& plan = campaign_.plan;
    if (plan.spec.training.pretrained.empty() || request_.until < Phase::train) return;
    std::set<std::string> seen;
    const auto check = [&](const campaign::TrainingSection& settings) {
      if (!seen.insert(cat(settings.network, settings.width, settings.conditioned)).second) return;
      train::api().check_pretrained(train_spec(settings, plan.catalogue).network, plan.shapes.detectors);
    };
    for (const auto& training : plan.trainings) check(training.settings);
    if (plan.trainings.empty()) check(plan.spec.training);
  }

  // Rank 0's decision, known to all.
  bool agreed(bool mine) const { return world_.broadcast(boss() && mine ? "1" : "0") == "1"; }

  ExitCode phases() {
    if (agreed(office_ && pending_in(office_->ledger, request_.until) > 0)) {
      if (request_.from > Phase::simulate)
        throw Error(Fault::input, cat("the simulations in ", run_.path.string(), " are not finished. twinmill run ",
                                      run_.campaign().string(), " --dir ", run_.path.string(), "?"));
      if (!simulate()) return stop();
    }
    if (campaign_.plan.spec.study.on()) {
      if (request_.until >= Phase::train && agreed(office_ && pending_trainings(office_->ledger) > 0) && !study())
        return stop();
    } else {
      if (request_.until >= Phase::train && agreed(office_ && !office_->done(Phase::train, key_)) && !train())
        return stop();
      if (request_.until >= Phase::evaluate && agreed(office_ && !office_->done(Phase::evaluate, key_))) evaluate();
    }
    ExitCode code = ExitCode::done;
    mpi::together(world_, [&] {
      if (boss()) code = finish();
    });
    return static_cast<ExitCode>(std::stoi(world_.broadcast(std::to_string(static_cast<int>(code)))));
  }

  // True when nothing is left to relax and, unless the run ends there, to simulate.
  bool simulate() {
    begun_ = steady_seconds();
    const bool complete =
        hand_out(request_.until == Phase::relax ? scheduler::Scope::relaxations : scheduler::Scope::images);
    if (complete && request_.until != Phase::relax) record_simulation();
    return said(complete);
  }

  // True when nothing is left to train.
  bool study() {
    if (boss()) office_->board.enter(report::RunState::training);
    load_training();
    const bool alone = campaign_.plan.spec.study.ranks == "one";
    if (alone && request_.model.empty()) return said(hand_out(scheduler::Scope::trainings));
    return train_together({.world = world_,
                           .campaign = campaign_,
                           .run = run_,
                           .office = office_.get(),
                           .threads = alone ? 1 : threads_per_rank(world_),  // As a worker has.
                           .stop =
                               [this] {
                                 office_->board.pulse();
                                 return stop_signals() > 0 || time_is_up();
                               },
                           .only = request_.model});
  }

  // On rank 0, whether nothing is left of these tasks.
  bool hand_out(scheduler::Scope scope) {
    const auto outcome =
        work_on_campaign({.world = world_,
                          .campaign = campaign_,
                          .run = run_,
                          .scope = scope,
                          .office = office_.get(),
                          .deadline = deadline_,
                          .on_lost = [this, scope](const auto& lost) { end_without_the_lost(lost, scope); }});
    if (outcome) drained_ = outcome->drained;
    return outcome && outcome->complete();
  }

  // Rank 0's word after a phase without collective calls.
  bool said(bool complete) const {
    // Some are here long before the others. Rank 0 comes only when every worker has said Bye.
    mpi::PendingBroadcast word(world_, {std::byte{static_cast<unsigned char>(complete ? 1 : 0)}}, 0);
    mpi::wait_politely(word);
    return word.bytes().front() == std::byte{1};
  }

  // Nobody may enter a collective call any more: a rank is gone. Whoever is left is ended.
  [[noreturn]] void end_without_the_lost(const scheduler::Outcome& outcome, scheduler::Scope scope) {
    const std::string lost = cat(outcome.lost.size(), " worker(s) were lost");
    auto how = Ending::How::at_once;
    auto code = ExitCode::stopped;
    if (outcome.complete() && has_launcher()) {
      const bool trained = scope == scheduler::Scope::trainings;
      if (scope == scheduler::Scope::images) record_simulation();
      if (trained || request_.until <= Phase::simulate) {
        log::warning(cat(lost, "; the others have done their work"));
        code = finish();
      } else {
        how = Ending::How::again;
        log::warning(cat(lost, "; the others have done their work, and the next phases start with new ranks"));
        office_->board.enter(report::RunState::starting, lost);
      }
    } else {
      if (outcome.drained && outcome.drained->fault) code = exit_code(*outcome.drained->fault);
      office_->board.enter(report::RunState::stopped, cat(lost, "; run again to resume"));
      log::error("workers were lost. Run again to resume?");
    }
    office_.reset();  // Its files are closed in good order.
    end_all(world_, code, how);
  }

  void record_simulation() { office_->add_simulation(campaign_.plan.key, steady_seconds() - begun_, world_.size()); }

  // Rank 0 only: what is left of the time belongs to the end of the run.
  bool time_is_up() const { return deadline_ && steady_seconds() >= *deadline_ - margin_s_; }

  // True when training is finished, false when it was stopped.
  bool train() {
    if (boss()) office_->board.enter(report::RunState::training);
    const auto& api = load_training();
    train::TrainRequest request{.store = run_.store(),
                                .models = run_.models(),
                                .spec = train_spec(campaign_.plan.spec.training, campaign_.plan.catalogue),
                                .key = key_.hex(),
                                .threads = threads_per_rank(world_),
                                .stop = [] { return stop_signals() > 0; },
                                .progress = {}};
    if (boss()) {
      request.stop = [this] {
        office_->board.pulse();
        return stop_signals() > 0 || time_is_up();
      };
      request.progress = [&](const train::EpochRecord& epoch, double) {
        office_->board.training(epoch, request.spec.epochs);
      };
    }
    const auto result = api.train(request, world_);
    if (boss() && result.finished)
      office_->ledger.set_stage(std::string(name(Phase::train)), key_.hex(), "done", to_json(result));
    return result.finished;
  }

  void evaluate() {
    if (boss()) office_->board.enter(report::RunState::evaluating);
    train::EvaluateRequest request{.store = run_.store(),
                                   .models = run_.models(),
                                   .key = key_.hex(),
                                   .split = "test",
                                   .defects = {.label_radius_A = campaign_.plan.spec.specimen.label_radius_A},
                                   .threads = threads_per_rank(world_)};
    if (boss())
      request.progress = [this](std::int64_t done, std::int64_t total) { office_->board.evaluating(done, total); };
    const auto result = load_training().evaluate(request, world_);
    mpi::together(world_, [&] {
      if (!boss()) return;
      const report::EvaluationOf evaluation{.condition = campaign_.plan.spec.campaign.name, .json = to_json(result)};
      report::write_evaluation_tables(run_.models(), campaign_.plan.spec.training.network, std::span(&evaluation, 1));
      office_->ledger.set_stage(std::string(name(Phase::evaluate)), key_.hex(), "done", evaluation.json);
    });
  }

  const train::Api& load_training() {
    const train::Api* api = nullptr;
    mpi::together(world_, [&] { api = &train::api(); });
    if (boss() && !described_) {
      std::string warning;
      log::info(api->describe(warning));
      if (!warning.empty()) log::warning(warning);
    }
    described_ = true;
    return *api;
  }

  ExitCode stop() {
    ExitCode code = ExitCode::stopped;
    if (boss()) {
      const std::string reason = drained_       ? drained_->reason
                                 : time_is_up() ? "walltime: the time is up; run again to go on"
                                                : "stopped on request; run again to resume";
      office_->board.enter(report::RunState::stopped, reason);
      if (!drained_) log::warning(reason);  // The scheduler has said why it drained.
      if (drained_ && drained_->fault) code = exit_code(*drained_->fault);
    }
    return static_cast<ExitCode>(std::stoi(world_.broadcast(std::to_string(static_cast<int>(code)))));
  }

  ExitCode finish() {
    auto& board = office_->board;
    const auto counts = office_->ledger.counts(ledger::TaskKind::image);
    if (request_.until == Phase::report || request_.from > Phase::simulate) {
      board.enter(report::RunState::reporting);
      write_page();
      log::info(cat("report: ", run_.report().string()));
    }
    const auto relaxed = office_->ledger.counts(ledger::TaskKind::relaxation);
    std::string words = cat(count_text(counts.done), " of ", count_text(counts.total()), " images done");
    if (relaxed.total() > 0)
      words = cat(count_text(relaxed.done), " of ", count_text(relaxed.total()), " structures relaxed, ", words);
    const auto trained = office_->ledger.counts(ledger::TaskKind::training);
    if (trained.total() > 0)
      words += cat(", ", count_text(trained.done), " of ", count_text(trained.total()), " networks trained");
    const auto given_up = counts.quarantined + relaxed.quarantined + trained.quarantined;
    if (given_up > 0)
      words += cat(", ", count_text(given_up), " quarantined (see twinmill explain ", run_.path.string(), ")");
    board.enter(report::RunState::done, words);
    log::info(words);
    return given_up > 0 ? ExitCode::quarantined : ExitCode::done;
  }

  void write_page() {
    const auto result_of = [&](Phase phase, const Hash128& key) {
      const auto stage = office_->ledger.stage(std::string(name(phase)), key.hex());
      return stage && stage->state == "done" ? stage->result : std::string();
    };
    report::Extra extra;
    extra.train_json = result_of(Phase::train, key_);
    extra.evaluate_json = result_of(Phase::evaluate, key_);
    const auto& training = campaign_.plan.spec.training;
    extra.network = campaign_.plan.spec.study.on() ? cat("study of ", campaign_.plan.trainings.size(), " networks")
                                                   : cat(training.network, ", width ", training.width);
    extra.host = mpi::host_name();
    extra.processor = processor_name();
    if (const char* job = std::getenv("SLURM_JOB_ID")) extra.job = job;
    extra.ranks = world_.size();
    extra.finished = unix_seconds();
    if (const std::string simulated = result_of(Phase::simulate, campaign_.plan.key); !simulated.empty())
      extra.simulate_s = json::parse(simulated).value("seconds", 0.0);
    report::write_study_table(run_.models());
    report::write_report(report::run_files(run_.path), extra);
  }

  const RunRequest& request_;
  const mpi::Communicator& world_;
  Campaign campaign_;
  RunDirectory run_;
  Hash128 key_;
  std::unique_ptr<Office> office_;
  std::optional<scheduler::Drained> drained_;
  bool described_ = false;
  std::optional<double> deadline_;  // Rank 0 only, on steady_seconds().
  double margin_s_ = 0;
  double begun_ = 0;  // The campaign phase, in this run.
};

}  // namespace

std::string_view name(Phase phase) { return phase_names.at(static_cast<std::size_t>(phase)); }

Phase until_phase(const std::string& word) {
  for (std::size_t i = 0; i < phase_names.size(); ++i) {
    if (phase_names[i] == word) return static_cast<Phase>(i);
  }
  throw Error(Fault::input, cat("--until = ", word, " (known: relax, simulate, train, evaluate, report)"));
}

ExitCode run_phases(const RunRequest& request, const mpi::Communicator& world) {
  watch_stop_signals({.second_kills = world.rank() == 0});
  return Run(request, world).go();
}

bool is_complete(const RunDirectory& run, const Campaign& campaign, Phase until) {
  std::error_code ec;
  if (!std::filesystem::exists(run.snapshot(), ec) || !std::filesystem::exists(run.store(), ec)) return false;
  const ledger::LedgerView view(run.snapshot());
  if (view.plan_key() != campaign.plan.key.hex() || pending_in(view, until) > 0) return false;
  if (until >= Phase::train && view.study_key() != campaign.plan.study_key.hex()) return false;
  if (campaign.plan.spec.study.on()) {
    if (until >= Phase::train && pending_trainings(view) > 0) return false;
    return until < Phase::report || std::filesystem::exists(run.report(), ec);
  }
  const auto stages = view.stages();
  const auto done = [&](Phase phase) {
    return std::any_of(stages.begin(), stages.end(), [&](const ledger::Stage& s) {
      return s.kind == name(phase) && s.key == train_key(campaign.plan).hex() && s.state == "done";
    });
  };
  if (until >= Phase::train && !done(Phase::train)) return false;
  if (until >= Phase::evaluate && !done(Phase::evaluate)) return false;
  return until < Phase::report || std::filesystem::exists(run.report(), ec);
}

}  // namespace twinmill::app

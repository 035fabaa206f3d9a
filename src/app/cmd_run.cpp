// run, train, evaluate: the commands that need ranks.
#include <algorithm>
#include <iostream>
#include <optional>

#include "change.hpp"
#include "launch.hpp"
#include "options.hpp"
#include "phases.hpp"
#include "run_command.hpp"
#include "session.hpp"
#include "twinmill/base/cpu.hpp"
#include "twinmill/base/duration.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/lock_file.hpp"
#include "twinmill/base/log.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/ledger/view.hpp"
#include "twinmill/mpi/kind.hpp"
#include "what_is_left.hpp"
#include "workers/arrangement.hpp"

namespace twinmill::app {
namespace {

constexpr const char* walltime_help =
    "time that this run has: 90s, 30m, 1h30m or HH:MM:SS. What does not fit is left for the next run (exit code 4). "
    "In a Slurm job the job's end is known without it";

std::optional<double> walltime_of(const Options& options) {
  if (!options.has("walltime")) return std::nullopt;
  return parse_duration(options.text("walltime"), "--walltime");
}

ExitCode run_ranks(const RunRequest& request) {
  return in_session([&](const mpi::Communicator& world) { return run_phases(request, world); });
}

// run --check
ExitCode check(const RunRequest& request) {
  const Campaign campaign = load_campaign(request.campaign);
  const RunDirectory run = run_directory(request.directory, campaign);
  LockFile::refuse_held(run.lock());
  const std::string left = what_is_left(run, campaign, request.until);
  std::cout << (left.empty() ? "nothing" : left) << "\n";
  return left.empty() ? ExitCode::done : ExitCode::stopped;
}

// Mistakes, a directory in use, and a campaign that is complete are found before anything is started.
std::optional<ExitCode> settle_before_launch(const Campaign& campaign, const RunDirectory& run,
                                             const RunRequest& request) {
  const Phase until = request.until;
  for (const auto& note : campaign.plan.notes) log::info(note);
  LockFile::refuse_held(run.lock());
  if (is_complete(run, campaign, until)) {
    const auto given_up = ledger::LedgerView(run.snapshot()).counts().quarantined;
    log::info(cat(run.path.string(), " is complete: nothing to do",
                  until == Phase::report ? cat(" (report: ", run.report().string(), ")") : "",
                  given_up > 0 ? cat(", ", count_text(given_up), " quarantined") : ""));
    return given_up > 0 ? ExitCode::quarantined : ExitCode::done;
  }
  std::error_code ec;
  if (std::filesystem::exists(run.store(), ec)) {
    const auto comparison = compare(run, campaign);
    if (comparison.same_plan) return std::nullopt;
    // A change that was cut off may be this very one.
    if (!std::filesystem::exists(run.next_store(), ec)) refuse_change(run, comparison, request.prepare.change);
  }
  check_disk(run.path, campaign.plan);
  return std::nullopt;
}

int ranks_wanted(const Options& options, const campaign::Plan& plan) {
  if (!options.has("ranks")) {
    if (!mpi::has_mpi()) return 1;
    // One scheduler and one worker per core, in whole groups, but no more groups than there are simulations.
    const int size = plan.spec.run.ranks_per_task;
    if (usable_cores() == 1 && size == 1) return 1;
    const auto most = std::max<std::int64_t>(1, plan.shapes.simulations);
    return 1 + size * static_cast<int>(std::min<std::int64_t>(std::max(1, usable_cores() / size), most));
  }
  const auto ranks = options.integer("ranks");
  if (ranks < 1 || ranks > 100000) throw Error(Fault::input, cat("--ranks = ", ranks, " (must be 1 or more)"));
  return static_cast<int>(ranks);
}

ExitCode start(const Options& options, const RunRequest& request, const std::string& command,
               const Arguments& arguments) {
  if (mpi::launched()) return run_ranks(request);
  const Campaign campaign = load_campaign(request.campaign);
  const RunDirectory run = run_directory(request.directory, campaign);
  if (request.from <= Phase::simulate) {
    if (const auto settled = settle_before_launch(campaign, run, request)) return *settled;
  }
  const int ranks = ranks_wanted(options, campaign.plan);
  if (request.from <= Phase::simulate) workers::Arrangement(ranks, campaign.plan.spec.run.ranks_per_task);
  if (ranks == 1) return run_ranks(request);
  make_writable_folder(run.path);
  Arguments forwarded = {command};
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--ranks") {
      ++i;
    } else if (!arguments[i].starts_with("--ranks=")) {
      forwarded.push_back(arguments[i]);
    }
  }
  return launch({.ranks = ranks,
                 .arguments = forwarded,
                 .run = run,
                 .campaign = request.from <= Phase::simulate,
                 .study = campaign.plan.spec.study.on() && campaign.plan.spec.study.ranks == "one",
                 .walltime_s = request.walltime_s});
}

ExitCode run_on_directory(const std::string& command, Phase phase, const Options& options, const Arguments& arguments) {
  const RunDirectory run = existing_run(options.text("DIR"));
  return start(options,
               {.campaign = run.campaign().string(), .directory = run.path.string(), .from = phase, .until = phase},
               command, arguments);
}

void add_drop(Options& options) {
  options.add()("drop", flag(), "a changed campaign may lose finished images that it no longer has");
}

PrepareOptions::Change change_of(const Options& options) {
  return options.on("drop") ? PrepareOptions::Change::drop_images : PrepareOptions::Change::keep_images;
}

}  // namespace

ExitCode run_run(const Arguments& arguments) {
  Options options("run", {"CAMPAIGN"});
  options.add()("dir", folder(), "run directory (default: runs/NAME of the campaign); an existing one is resumed");
  options.add()("ranks", word(), "number of MPI processes (default: one per core and one that schedules)");
  add_drop(options);
  options.add()("walltime", word(), walltime_help);
  options.add()("until", one_of("relax|simulate|train|evaluate|report"),
                "last phase: relax, simulate, train, evaluate or report (default)");
  options.add()("check", flag(), "start nothing; say what is left (exit code 4), or that nothing is (0)");
  if (!options.parse(arguments)) return ExitCode::done;
  RunRequest request{
      .campaign = options.text("CAMPAIGN"), .directory = {}, .from = Phase::relax, .until = Phase::report};
  request.prepare.change = change_of(options);
  if (options.has("dir")) request.directory = options.text("dir");
  if (options.has("until")) request.until = until_phase(options.text("until"));
  if (options.on("check")) return check(request);
  request.walltime_s = walltime_of(options);
  return start(options, request, "run", arguments);
}

ExitCode run_relax(const Arguments& arguments) {
  Options options("relax", {"CAMPAIGN"});
  options.add()("dir", folder(), "run directory (default: runs/NAME of the campaign); an existing one is resumed");
  options.add()("ranks", word(), "number of MPI processes (default: one per core and one that schedules)");
  add_drop(options);
  options.add()("walltime", word(), walltime_help);
  if (!options.parse(arguments)) return ExitCode::done;
  RunRequest request{
      .campaign = options.text("CAMPAIGN"), .directory = {}, .from = Phase::relax, .until = Phase::relax};
  request.prepare.change = change_of(options);
  if (options.has("dir")) request.directory = options.text("dir");
  request.walltime_s = walltime_of(options);
  if (!mpi::launched() && load_campaign(request.campaign).plan.relaxations.empty())
    throw Error(Fault::input, cat(request.campaign,
                                  " relaxes nothing (relaxation.engine is none, or no structure has a "
                                  "defect). Write relaxation.engine = \"gpaw\"?"));
  return start(options, request, "relax", arguments);
}

// train --model. With study.ranks = "one" a single process trains, so that the weights are those of a worker.
ExitCode train_one(const Options& options, const Arguments& arguments) {
  const RunDirectory run = existing_run(options.text("DIR"));
  const std::string model = options.text("model");
  const Campaign campaign = load_campaign(run.campaign());
  const auto& plan = campaign.plan;
  if (!plan.spec.study.on())
    throw Error(Fault::input, cat("--model goes with a [study] (", run.campaign().string(), " has none)"));
  std::vector<std::string> names;
  for (const auto& training : plan.trainings) names.push_back(training.name);
  if (std::ranges::find(names, model) == names.end()) {
    const auto near = nearest(model, names);
    throw Error(Fault::input, cat("no training is called ", model,
                                  near.empty() ? ". twinmill plan lists them" : cat(". Did you mean ", near, "?")));
  }
  RunRequest request{.campaign = run.campaign().string(),
                     .directory = run.path.string(),
                     .from = Phase::train,
                     .until = Phase::train,
                     .model = model};
  if (plan.spec.study.ranks != "one") return start(options, request, "train", arguments);
  if (mpi::launched() || (options.has("ranks") && options.integer("ranks") != 1))
    throw Error(Fault::input, cat("one rank trains ", model, " (study.ranks is one). Without mpirun and --ranks?"));
  return run_ranks(request);
}

ExitCode run_train(const Arguments& arguments) {
  Options options("train", {"DIR"});
  options.add()("model", word(), "only this training of the study, by its name");
  options.add()("ranks", word(), "number of MPI processes (default: one per core and one that schedules)");
  if (!options.parse(arguments)) return ExitCode::done;
  if (options.has("model")) return train_one(options, arguments);
  return run_on_directory("train", Phase::train, options, arguments);
}

ExitCode evaluate_directory(const Options& options, const Arguments& arguments) {
  return run_on_directory("evaluate", Phase::evaluate, options, arguments);
}

}  // namespace twinmill::app

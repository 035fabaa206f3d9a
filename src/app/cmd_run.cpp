// run, train, evaluate: the commands that need ranks.
#include <algorithm>
#include <iostream>
#include <optional>

#include "launch.hpp"
#include "options.hpp"
#include "phases.hpp"
#include "scheduler/deadline.hpp"
#include "session.hpp"
#include "twinmill/base/cpu.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/lock_file.hpp"
#include "twinmill/base/log.hpp"
#include "twinmill/base/text.hpp"
#include "workers/arrangement.hpp"

namespace twinmill::app {
namespace {

constexpr const char* walltime_help =
    "time that this run has: 90, 90s, 30m, 2h or HH:MM:SS. What does not fit is left for the next run (exit code 4). "
    "In a Slurm job the job's end is known without it";

std::optional<double> walltime_of(const Options& options) {
  if (!options.has("walltime")) return std::nullopt;
  return scheduler::parse_duration(options.text("walltime"), "--walltime");
}

ExitCode run_ranks(const RunRequest& request) {
  return in_session([&](const mpi::Communicator& world) { return run_phases(request, world); });
}

// Mistakes, a directory in use, and a campaign that is complete are found before anything is started.
std::optional<ExitCode> settle_before_launch(const Campaign& campaign, const RunDirectory& run, Phase until) {
  for (const auto& note : campaign.plan.notes) log::info(note);
  if (const std::string holder = LockFile::holder(run.lock()); !holder.empty())
    throw Error(Fault::system, cat(run.path.string(), " is in use by another twinmill (", holder,
                                   "). Wait for it, or stop it first?"));
  if (is_complete(run, campaign, until)) {
    log::info(cat(run.path.string(), " is complete: nothing to do",
                  until == Phase::report ? cat(" (report: ", run.report().string(), ")") : ""));
    return ExitCode::done;
  }
  std::error_code ec;
  if (!std::filesystem::exists(run.store(), ec)) check_disk(run.path, campaign.plan);
  return std::nullopt;
}

int ranks_wanted(const Options& options, const campaign::Plan& plan) {
  if (!options.has("ranks")) {
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
    if (const auto settled = settle_before_launch(campaign, run, request.until)) return *settled;
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
                 .walltime_s = request.walltime_s});
}

ExitCode run_on_directory(const std::string& command, Phase phase, const Arguments& arguments) {
  Options options(command, {"DIR"});
  options.add()("ranks", word(), "number of MPI processes (default: one per core and one that schedules)");
  if (!options.parse(arguments)) return ExitCode::done;
  const RunDirectory run = existing_run(options.text("DIR"));
  return start(options,
               {.campaign = run.campaign().string(), .directory = run.path.string(), .from = phase, .until = phase},
               command, arguments);
}

}  // namespace

ExitCode run_run(const Arguments& arguments) {
  Options options("run", {"CAMPAIGN"});
  options.add()("dir", word(), "run directory (default: runs/NAME of the campaign); an existing one is resumed");
  options.add()("ranks", word(), "number of MPI processes (default: one per core and one that schedules)");
  options.add()("walltime", word(), walltime_help);
  options.add()("until", word(), "last phase: relax, simulate, train, evaluate or report (default)");
  if (!options.parse(arguments)) return ExitCode::done;
  RunRequest request{
      .campaign = options.text("CAMPAIGN"), .directory = {}, .from = Phase::relax, .until = Phase::report};
  if (options.has("dir")) request.directory = options.text("dir");
  if (options.has("until")) request.until = until_phase(options.text("until"));
  request.walltime_s = walltime_of(options);
  return start(options, request, "run", arguments);
}

ExitCode run_relax(const Arguments& arguments) {
  Options options("relax", {"CAMPAIGN"});
  options.add()("dir", word(), "run directory (default: runs/NAME of the campaign); an existing one is resumed");
  options.add()("ranks", word(), "number of MPI processes (default: one per core and one that schedules)");
  options.add()("walltime", word(), walltime_help);
  if (!options.parse(arguments)) return ExitCode::done;
  RunRequest request{
      .campaign = options.text("CAMPAIGN"), .directory = {}, .from = Phase::relax, .until = Phase::relax};
  if (options.has("dir")) request.directory = options.text("dir");
  request.walltime_s = walltime_of(options);
  if (!mpi::launched() && load_campaign(request.campaign).plan.relaxations.empty())
    throw Error(Fault::input, cat(request.campaign,
                                  " relaxes nothing (relaxation.engine is none, or no structure has a "
                                  "defect). Write relaxation.engine = \"gpaw\"?"));
  return start(options, request, "relax", arguments);
}

ExitCode run_train(const Arguments& arguments) { return run_on_directory("train", Phase::train, arguments); }
ExitCode run_evaluate(const Arguments& arguments) { return run_on_directory("evaluate", Phase::evaluate, arguments); }

}  // namespace twinmill::app

#pragma once
// Rank 0 while the campaign runs: hears the workers, asks the reactor, writes the ledger, and only then answers.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "scheduler/progress.hpp"
#include "scheduler/reactor.hpp"
#include "twinmill/base/clock.hpp"
#include "twinmill/campaign/plan.hpp"
#include "twinmill/ledger/ledger.hpp"
#include "twinmill/protocol/channel.hpp"

namespace twinmill::scheduler {

/// Sleeps on the wall clock.
void sleep_for(double seconds);

/// Which of the campaign's work a run does: images with the relaxations before them, relaxations alone, or the
/// trainings of the study, which need all images.
enum class Scope { images, relaxations, trainings, count_ };

struct LoopOptions {
  Policy policy;
  std::vector<int> silent = {};  ///< Ranks that follow a worker and never speak: nobody waits to hear from them.
  Homes homes = {};              ///< In a store of several files: whose nodes write to which.
  /// Called about every `publish_seconds`, never for more than a tenth of the time, and once at the end.
  std::function<void(const Progress&)> publish;
  double publish_seconds = 1;
  /// Asked in every turn; true stops the campaign after the running leases.
  std::function<bool()> stop_requested;
  std::string stop_reason = "on request";
  /// For one process alone: lets the worker at the other end do at most one lease; returns whether it did something.
  std::function<bool()> step_local_worker;
  Scope scope = Scope::images;
  /// When the process will be ended, on `clock`. The campaign drains deadline_margin() before.
  std::optional<double> deadline;
  /// What people should see at once: failures, lost workers. Unset: warnings in the log.
  std::function<void(const std::string&)> say;
  /// At the end, workers that owe a Bye are not waited for longer than this, counted from when they were last heard (a
  /// worker without work says Hello every 10 s, so one that is silent is known by then).
  double goodbye_seconds = 30;
  /// Whether the process of a worker is known to have ended; asked about once a second for each that said Hello. Unset:
  /// silence alone tells.
  std::function<bool(const std::string& host, std::int64_t pid)> has_ended;
  /// A turn counts at most this many seconds towards a worker's silence: while the scheduler itself stood still (a slow
  /// disk, a lease worked on in this process) nobody could be heard.
  double stall_seconds = 5;
  std::function<double()> clock = steady_seconds;
  std::function<void(double)> sleep = sleep_for;
};

struct Outcome {
  SampleCounts counts;
  std::optional<Drained> drained;  ///< Set when the campaign stopped early.
  std::vector<int> lost;           ///< Ranks that are lost or were never heard of.
  double seconds = 0;
  /// Every worker said Bye, for itself and for the ranks that follow it. Only then may a collective call follow.
  bool everyone_left() const { return lost.empty(); }
  /// Nothing is left to do (some samples may be in quarantine).
  bool complete() const { return counts.pending == 0 && counts.running == 0; }
};

/// What the ledger leaves to be done, as the reactor's start. `workers`: ranks besides the scheduler.
Start start_from(const campaign::Plan& plan, const ledger::Ledger& ledger, int workers, Scope scope = Scope::images);

/// Runs until every sample is done or in quarantine, or until it is stopped, and all workers have left (or are lost).
/// No collective call. An Error from the ledger or the channel leaves at once: nothing was sent that was not committed,
/// nothing committed is lost; the caller must end the job, since the workers still wait.
Outcome run_campaign(const campaign::Plan& plan, ledger::Ledger& ledger, protocol::Channel& channel,
                     const LoopOptions& options);

}  // namespace twinmill::scheduler

#pragma once
// What rank 0 tells the world while it works: status.json, the ledger's snapshot, a progress line, the lock's
// heartbeat.

#include <functional>
#include <string>

#include "run_directory.hpp"
#include "scheduler/loop.hpp"
#include "twinmill/base/lock_file.hpp"
#include "twinmill/ledger/ledger.hpp"
#include "twinmill/report/progress_line.hpp"
#include "twinmill/report/status.hpp"
#include "twinmill/train/api.hpp"

namespace twinmill::app {

class StatusBoard {
 public:
  /// All references must outlive it. Publishes "starting" at once.
  StatusBoard(const RunDirectory& run, const Campaign& campaign, ledger::Ledger& ledger, LockFile& lock, int ranks);

  void simulating(const scheduler::Progress& progress);
  void training(const train::EpochRecord& epoch, int epochs);
  /// Trainings of a study that are handed out to workers.
  void training(const scheduler::Progress& progress);
  /// Test images that the network has seen.
  void evaluating(std::int64_t done, std::int64_t total);
  /// What the ledger says of trainings has changed.
  void trained();
  /// A phase begins, or the run ends with this sentence. Publishes the snapshot too.
  void enter(report::RunState state, const std::string& message = {});
  /// For work without progress of its own: keeps the heartbeat and the date alive.
  void pulse();
  /// The last word when the run dies of an error: never throws.
  void failed(const std::string& message) noexcept;

 private:
  void publish();
  /// What simulating and training have in common.
  void tell(const scheduler::Progress& progress);
  /// In the middle of a phase: what cannot be written (the disk is full) is a warning, since no result depends on it.
  void try_to_publish(const std::function<void()>& publication);
  void publish_snapshot_when_due();
  void beat_when_due();

  const RunDirectory& run_;
  const Campaign& campaign_;
  ledger::Ledger& ledger_;
  LockFile& lock_;
  report::Status status_;
  report::ProgressLine line_;
  bool draws_;             // Somebody else (the process that started mpirun) draws the line otherwise.
  bool published_ = true;  // The last time.
  double started_, last_publish_ = 0, next_snapshot_ = 0, next_beat_ = 0;
};

/// Set in the environment of ranks when the process that started them shows the progress itself.
inline constexpr const char* quiet_variable = "TWINMILL_PROGRESS_SHOWN_BY_PARENT";

/// The progress line that fits a status.
report::Progress progress_of(const report::Status& status);

}  // namespace twinmill::app

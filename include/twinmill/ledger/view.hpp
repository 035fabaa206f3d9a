#pragma once
// Reads a published snapshot of a ledger. Takes no locks, so it works on any file system and disturbs nobody; a
// snapshot is replaced by a rename, so an open view keeps showing the moment it was opened at.

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "twinmill/ledger/ledger.hpp"
#include "twinmill/sql/database.hpp"

namespace twinmill::ledger {

/// One task as the ledger knows it.
struct TaskRow {
  SampleId id;
  std::string key;  ///< 32 hexadecimal digits.
  SimulationId simulation;
  TaskState state = TaskState::pending;
  std::uint64_t checksum = 0;  ///< 0 until done.
  double seconds = 0;          ///< Its share of the lease that made it; 0 until done.
  std::int32_t attempt = 0;    ///< The attempt that made it; 0 until done.
  int worker = -1;
  double finished = 0;  ///< Unix seconds; 0 until done.
  std::string reason;   ///< Why it is in quarantine, else empty.
  TaskKind kind = TaskKind::image;
  std::string result;  ///< JSON, of a finished relaxation; else empty.
};

/// One execution of a simulation.
struct AttemptRow {
  LeaseId lease;
  SimulationId simulation;
  std::int32_t attempt = 0;
  int worker = -1;
  std::string host;
  std::int64_t samples = 0;
  double granted = 0;           ///< Unix seconds.
  std::optional<double> ended;  ///< Empty while it runs.
  std::optional<AttemptEnd> end;
  std::optional<double> seconds;  ///< As measured by the worker, when done.
  std::string fault;              ///< "input", "system", "bug" or empty.
  std::string message;
  std::string late;  ///< What a late result said that was not counted, or empty.
};

/// Failures with the same words.
struct FailureGroup {
  std::string fault;
  std::string message;
  std::int64_t attempts = 0;
  std::int64_t simulations = 0;
};

/// Seconds that finished leases took, without trainings.
struct Durations {
  std::int64_t leases = 0;
  double total = 0, shortest = 0, median = 0, p95 = 0, longest = 0;
};

/// Samples finished in [start, start + width).
struct ThroughputBin {
  double start = 0;  ///< Unix seconds.
  double width = 0;
  std::int64_t samples = 0;
};

/// What one worker (rank on a host) has done in all runs together.
struct WorkerRow {
  int rank = -1;
  std::string host;
  std::int64_t leases = 0, samples = 0, failures = 0, losses = 0;
  double busy_seconds = 0;
};

struct EventRow {
  double at = 0;  ///< Unix seconds.
  std::string text;
};

class LedgerView {
 public:
  /// Throws Error(input) when there is no snapshot or it is none of ours or of a newer program.
  explicit LedgerView(const std::filesystem::path& snapshot);

  std::string plan_key() const;
  std::string study_key() const;
  double created() const;    ///< Unix seconds.
  double published() const;  ///< Unix seconds.

  Counts counts() const;  ///< Of all tasks.
  Counts counts(TaskKind kind) const;
  /// State of every image's task, by its id.
  std::vector<TaskState> task_states() const;
  /// What each_task() tells of a task: enough to count it, and no text, since there may be millions.
  struct TaskNote {
    SampleId id;
    TaskKind kind = TaskKind::image;
    TaskState state = TaskState::pending;
    SimulationId simulation;
    double finished = 0;  ///< Unix seconds; 0 until done.
  };
  /// Calls `take` with every task, by id.
  void each_task(const std::function<void(const TaskNote&)>& take) const;
  std::optional<TaskRow> task(SampleId id) const;
  /// Tasks whose key starts with these hexadecimal digits, at most `limit`.
  std::vector<TaskRow> tasks_by_key(const std::string& prefix, int limit) const;
  /// Tasks in quarantine, by id.
  std::vector<TaskRow> quarantined() const;

  /// Attempts of a simulation (and so of each of its tasks), first one first.
  std::vector<AttemptRow> attempts(SimulationId simulation) const;
  /// Attempts that are running, oldest first.
  std::vector<AttemptRow> running() const;
  /// Attempts that failed or lost their worker, newest first, at most `limit`.
  std::vector<AttemptRow> failures(int limit) const;
  /// Calls `take` with every attempt that is done, failed or lost: simulation, worker, host and end are filled.
  void each_tried(const std::function<void(const AttemptRow&)>& take) const;
  /// failures() by fault and message, most frequent first.
  std::vector<FailureGroup> failure_groups() const;

  Durations durations() const;
  /// From the first finished sample to the last one; bins without samples included. At most `bins` of them.
  std::vector<ThroughputBin> throughput(int bins) const;
  std::vector<WorkerRow> workers() const;
  std::vector<Stage> stages() const;
  /// Newest first, at most `limit`.
  std::vector<EventRow> events(int limit) const;

 private:
  sql::Database database_;
};

}  // namespace twinmill::ledger

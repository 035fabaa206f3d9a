#pragma once
// status.json: what a run is doing, published by rank 0 for `status`, the monitor and scripts. Described in
// docs/report.md.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace twinmill::report {

inline constexpr int status_format = 1;

enum class RunState { starting, simulating, training, evaluating, reporting, done, stopped, failed, count_ };
/// "starting", "simulating", ...
std::string_view name(RunState state);
/// Throws Error(input) for a word that is none of them.
RunState run_state(std::string_view name);
/// done, stopped or failed: nobody works any more.
bool is_final(RunState state);

struct Counts {
  std::int64_t total = 0, done = 0, running = 0, pending = 0, quarantined = 0;  ///< Images.
  friend bool operator==(const Counts&, const Counts&) = default;
};

struct WorkerStatus {
  int rank = 0;
  std::string host;
  std::int64_t simulation = -1;  ///< What it works on; -1: nothing.
  double since_s = 0;            ///< Seconds since it began that.
  std::int64_t done = 0;         ///< Images it has finished in this run.
  friend bool operator==(const WorkerStatus&, const WorkerStatus&) = default;
};

struct TrainingStatus {
  int epoch = 0;  ///< Epochs finished.
  int epochs = 0;
  std::optional<double> loss = {}, validation_f1 = {};  ///< Absent until the first epoch has ended.
  friend bool operator==(const TrainingStatus&, const TrainingStatus&) = default;
};

/// How far an evaluation is.
struct EvaluationStatus {
  std::int64_t done = 0, total = 0;  ///< Test images.
  friend bool operator==(const EvaluationStatus&, const EvaluationStatus&) = default;
};

struct Status {
  std::string campaign;  ///< Its name; may be empty.
  RunState state = RunState::starting;
  double updated = 0;  ///< Unix seconds of the last word.
  std::string host;
  std::int64_t pid = 0;
  std::string job;  ///< Job of the batch system, or empty.
  int ranks = 1;
  Counts counts;
  Counts relaxations = {};      ///< Structures, not images; total 0 when the campaign relaxes none.
  Counts trainings = {};        ///< Of the study; total 0 without one.
  double rate_per_s = 0;        ///< Images per second lately; 0: unknown.
  std::optional<double> eta_s;  ///< Seconds left of the present phase.
  double elapsed_s = 0;         ///< Since this run began.
  std::vector<WorkerStatus> workers;
  std::optional<TrainingStatus> training;
  std::optional<EvaluationStatus> evaluation = {};  ///< While the state is evaluating.
  std::string message;  ///< One sentence for people: the error of a failed run, the reason of a stop.
  std::optional<std::int64_t> disk_free_bytes;
  friend bool operator==(const Status&, const Status&) = default;
};

/// The JSON document, indented, with a newline at its end.
std::string to_json(const Status& status);
/// Throws Error(input) naming `source` for text that is no status, is cut off, or has another format number. Members
/// that it does not know are ignored, so that a newer program may add some.
Status parse_status(std::string_view json, std::string_view source);

/// Atomically. Throws Error(system).
void write_status(const std::filesystem::path& path, const Status& status);
/// Throws Error(input) when there is none (yet).
Status read_status(const std::filesystem::path& path);

/// Silence after which a run that is not over counts as dead.
inline constexpr double silent_after_s = 60;

/// The page a person reads; `now` in Unix seconds. Says so when the run seems to have died.
std::string status_text(const Status& status, double now);

}  // namespace twinmill::report

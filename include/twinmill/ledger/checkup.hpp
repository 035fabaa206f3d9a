#pragma once
// Looking at a ledger that may be damaged, without changing it. For verify and repair.

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "twinmill/ledger/record.hpp"

namespace twinmill::ledger {

/// What is to be known of a task to compare it with the store.
struct TaskFact {
  TaskState state = TaskState::pending;
  TaskKind kind = TaskKind::image;
  SimulationId simulation;
  std::string key;             ///< 32 hexadecimal digits.
  std::uint64_t checksum = 0;  ///< 0 until done.
  std::int32_t attempt = 0;    ///< The one that made it; 0: unknown, or not done.
  friend bool operator==(const TaskFact&, const TaskFact&) = default;
};

enum class Health {
  missing,  ///< No file, or an empty one.
  sound,
  damaged,
  older,  ///< Of an older format.
  count_
};

struct Checkup {
  Health health = Health::missing;
  std::vector<std::string> problems;  ///< In words, unless sound or missing.
  std::string plan_key;               ///< This and the rest: only when sound.
  std::string study_key;
  std::vector<TaskFact> tasks;  ///< By id.
  /// (simulation, attempt) without a result that counts: still running when the run was killed, lost, failed...
  std::set<std::pair<std::int64_t, std::int64_t>> without_result;
};

/// Checks the whole file, and reads it when it is sound. Nobody else may have it open. Throws Error(input) for a
/// database of something else or of a newer program, Error(system) when it is locked or cannot be read.
Checkup check_up(const std::filesystem::path& path);

/// Key of the study (Plan::study_key) that a ledger belongs to; the same otherwise as the next one.
std::string study_key_of(const std::filesystem::path& path);
/// Key of the plan that a ledger belongs to; empty when there is none. Throws like Ledger::open().
std::string plan_key_of(const std::filesystem::path& path);

/// Puts all that the write-ahead log beside it holds into the file, and removes the log, so that the file may be
/// renamed or replaced. Throws like Ledger::open().
void fold_log(const std::filesystem::path& path);

}  // namespace twinmill::ledger

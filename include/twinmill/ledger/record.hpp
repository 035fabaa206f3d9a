#pragma once
// What changes in the ledger, as values: the scheduler says it, Ledger::apply() makes it last. A record carries no
// time; all records of one transaction get the moment of that transaction.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "twinmill/base/error.hpp"
#include "twinmill/base/id.hpp"

namespace twinmill::ledger {

/// State of a task. Stored as a word.
enum class TaskState { pending, done, quarantined, count_ };
std::string_view name(TaskState state);
/// Throws Error(system) for a word that is none of them (the ledger is damaged).
TaskState task_state(std::string_view word);

/// What a task makes. Stored as a word.
enum class TaskKind { image, relaxation, training, count_ };
std::string_view name(TaskKind kind);
TaskKind task_kind(std::string_view word);

/// How an attempt ended. Stored as a word; an attempt that has not ended is "running".
enum class AttemptEnd {
  done,         ///< All its samples are durable.
  failed,       ///< The worker said so; see fault and message.
  returned,     ///< Given back unworked.
  lost,         ///< Its worker fell silent or left.
  interrupted,  ///< The run ended before the outcome was known (found when the ledger was opened again).
  count_
};
std::string_view name(AttemptEnd end);
AttemptEnd attempt_end(std::string_view word);

/// What an ended attempt costs its simulation: limits are kept for failures and for lost workers separately.
enum class Charge { none, failure, loss, count_ };

struct DoneSample {
  SampleId sample;
  std::uint64_t checksum = 0;
  friend bool operator==(const DoneSample&, const DoneSample&) = default;
};

/// A lease goes out: attempt number `attempt` of the simulation.
struct LeaseGranted {
  LeaseId lease;
  SimulationId simulation;
  std::int32_t attempt = 0;
  int worker = -1;
  std::string host;
  std::int64_t samples = 0;
  friend bool operator==(const LeaseGranted&, const LeaseGranted&) = default;
};
/// All samples of a lease are durable in the store.
struct LeaseDone {
  LeaseId lease;
  SimulationId simulation;
  std::int32_t attempt = 0;
  int worker = -1;
  double seconds = 0;  ///< The whole lease, as measured by the worker.
  std::vector<DoneSample> samples;
  std::string result = {};  ///< JSON kept with the tasks, or empty.
  friend bool operator==(const LeaseDone&, const LeaseDone&) = default;
};
/// A lease ended without result; its samples stay pending.
struct LeaseEnded {
  LeaseId lease;
  SimulationId simulation;
  AttemptEnd end = AttemptEnd::failed;
  Charge charge = Charge::none;
  std::optional<Fault> fault;
  std::string message;
  friend bool operator==(const LeaseEnded&, const LeaseEnded&) = default;
};
/// These tasks are given up.
struct Quarantined {
  SimulationId simulation;
  std::vector<SampleId> samples;
  std::string reason;
  friend bool operator==(const Quarantined&, const Quarantined&) = default;
};
/// The result of a lease that was no longer valid: noted with its attempt, never counted.
struct LateResult {
  LeaseId lease;
  int worker = -1;
  std::string what;  ///< "finished", "failed: ...", "returned"
  friend bool operator==(const LateResult&, const LateResult&) = default;
};
/// Something that people should find later.
struct Note {
  std::string text;
  friend bool operator==(const Note&, const Note&) = default;
};

using Record = std::variant<LeaseGranted, LeaseDone, LeaseEnded, Quarantined, LateResult, Note>;

}  // namespace twinmill::ledger

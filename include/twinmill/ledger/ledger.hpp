#pragma once
// The ledger: what is done, what was tried, what failed. DIR/ledger.sqlite belongs to rank 0 alone (which holds
// DIR/run.lock); everybody else reads a published snapshot through LedgerView.
//
// Durability: SQLite, WAL, synchronous=FULL. When apply() has returned, its records survive a kill of the process and a
// power cut; when it throws, none of them is there.

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "twinmill/campaign/plan.hpp"
#include "twinmill/ledger/record.hpp"

namespace twinmill::ledger {

/// Number of the file format this program writes and reads; a ledger with another one is refused.
inline constexpr int format_version = 3;

/// Tasks by state.
struct Counts {
  std::int64_t pending = 0;
  std::int64_t done = 0;
  std::int64_t quarantined = 0;
  std::int64_t total() const { return pending + done + quarantined; }
  friend bool operator==(const Counts&, const Counts&) = default;
};

/// Where a simulation (or a relaxation, or a training) stands when a run starts.
struct SimulationState {
  SimulationId id;
  std::int32_t attempts = 0;  ///< Attempts granted so far; the next one has the number `attempts + 1`.
  std::int32_t failures = 0;  ///< Those charged as failures.
  std::int32_t losses = 0;    ///< Those whose worker was lost while it worked on them.
  std::vector<SampleId> pending;
  std::string reason = {};  ///< Why its tasks are in quarantine, or empty.
  friend bool operator==(const SimulationState&, const SimulationState&) = default;
};

/// A phase of the campaign other than its tasks: kind "simulate", "train", "evaluate" or "report".
struct Stage {
  std::string kind;
  std::string key;     ///< Hash of what decides its result; one row per kind and key.
  std::string state;   ///< A word: "running", "done", "failed".
  std::string result;  ///< JSON, or empty.
  double updated = 0;  ///< Unix seconds.
  friend bool operator==(const Stage&, const Stage&) = default;
};

class Ledger {
 public:
  /// Opens the ledger of this plan, or makes one with all tasks pending (in one transaction: after a kill there is a
  /// whole ledger or none). Attempts left open by an earlier run are closed as interrupted, uncharged.
  /// Throws Error(input) when the file belongs to another plan, to an older or newer program or to something else;
  /// Error(system) when it is damaged, locked or cannot be written.
  static Ledger open(const std::filesystem::path& path, const campaign::Plan& plan);

  Ledger(Ledger&&) noexcept;
  Ledger& operator=(Ledger&&) noexcept;
  ~Ledger();

  /// Every simulation, by id.
  std::vector<SimulationState> states() const;
  /// Simulations finished last (at most `limit` leases, relaxations left out), with the seconds that each took.
  std::vector<std::pair<SimulationId, double>> last_durations(int limit) const;
  /// The first lease number that was never given.
  LeaseId next_lease() const;
  Counts counts() const;  ///< Of all tasks.
  Counts counts(TaskKind kind) const;
  /// What a finished task keeps beside its checksum: JSON, or empty.
  std::string result(SampleId task) const;

  /// Makes all records last, in one transaction. Throws Error(system) when the disk refuses and Error(bug) for a record
  /// that contradicts the ledger (a sample done twice, a lease ended twice); then nothing is changed.
  void apply(std::span<const Record> records);

  std::optional<Stage> stage(const std::string& kind, const std::string& key) const;
  void set_stage(const std::string& kind, const std::string& key, const std::string& state, const std::string& result);

  /// A consistent copy for readers: written beside, synced, renamed. Throws Error(system).
  void publish_snapshot(const std::filesystem::path& path) const;

  /// Where times come from (Unix seconds); for tests. As opened: the wall clock at that moment, and from then on the
  /// steady one, so that times of one run keep their order when the wall clock jumps.
  void set_clock(std::function<double()> unix_clock);

 private:
  struct State;
  explicit Ledger(std::unique_ptr<State> state);
  static std::unique_ptr<State> opened(const std::filesystem::path& path, const campaign::Plan& plan);
  std::unique_ptr<State> state_;
};

}  // namespace twinmill::ledger

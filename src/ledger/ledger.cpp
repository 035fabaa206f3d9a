#include "twinmill/ledger/ledger.hpp"

#include <utility>

#include "apply.hpp"
#include "queries.hpp"
#include "schema.hpp"
#include "twinmill/base/clock.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/sql/database.hpp"

namespace twinmill::ledger {

struct Ledger::State {
  sql::Database database;
  std::optional<Writer> writer;
  std::filesystem::path path;
  std::function<double()> clock;
};

namespace {

// Wall-clock time that does not jump while the process lives.
std::function<double()> running_clock() {
  return [offset = unix_seconds() - steady_seconds()] { return offset + steady_seconds(); };
}

void check_plan(const sql::Database& database, const std::filesystem::path& path, const campaign::Plan& plan) {
  const std::string kept = meta_in(database, "plan_key");
  if (kept == plan.key.hex()) {
    ensure(meta_in(database, "study_key") == plan.study_key.hex(), "the ledger was opened for another study");
    return;
  }
  throw Error(Fault::input, cat("the campaign has changed (", path.string(), " holds plan ", kept.substr(0, 12),
                                ", the campaign file now gives ", plan.key.hex().substr(0, 12),
                                "). Give another --dir, or undo the change?"));
}

void use_write_ahead_log(sql::Database& database, const std::filesystem::path& path) {
  // SQLite answers with the mode it is in, not with an error, when it cannot change it.
  const std::string mode = database.text("PRAGMA journal_mode=WAL");
  if (mode == "wal") return;
  throw Error(Fault::system, cat("cannot use ", path.string(), " (SQLite keeps its journal as '", mode,
                                 "' and refuses a write-ahead log there). Give a --dir on another file system?"));
}

// What a run left open when it was killed. Nobody works on it any more: whoever opens the ledger holds the lock.
void close_open_attempts(sql::Database& database, double now) {
  sql::Transaction transaction(database);
  database.prepare("UPDATE attempts SET outcome = ?, ended = ? WHERE outcome = 'running'")
      .run(name(AttemptEnd::interrupted), now);
  const auto closed = database.changes();
  if (closed > 0) {
    database.prepare("INSERT INTO events(at, text) VALUES(?, ?)")
        .run(now, cat("the run was opened again; leases that an earlier run left open: ", closed));
  }
  transaction.commit();
}

}  // namespace

Ledger::Ledger(std::unique_ptr<State> state) : state_(std::move(state)) {}
Ledger::Ledger(Ledger&&) noexcept = default;
Ledger& Ledger::operator=(Ledger&&) noexcept = default;
Ledger::~Ledger() = default;

namespace {

[[noreturn]] void refuse_damaged(const std::filesystem::path& path, const std::string& words) {
  throw Error(Fault::system,
              cat("the ledger ", path.string(), " is damaged (", words, "). ", repair_command(path), "?"));
}

}  // namespace

Ledger Ledger::open(const std::filesystem::path& path, const campaign::Plan& plan) {
  try {
    return Ledger(opened(path, plan));
  } catch (const sql::Damaged& e) {
    refuse_damaged(path, e.what());
  }
}

std::unique_ptr<Ledger::State> Ledger::opened(const std::filesystem::path& path, const campaign::Plan& plan) {
  auto state = std::unique_ptr<State>(new State{sql::Database(path, sql::Access::create), {}, path, running_clock()});
  sql::Database& database = state->database;
  // EXCLUSIVE before the first access: then WAL keeps its index in this process' memory instead of a shared file, which
  // is what makes it work on network file systems.
  database.execute("PRAGMA locking_mode=EXCLUSIVE");
  const Content content = recognise(database, path);
  database.execute("PRAGMA synchronous=FULL; PRAGMA cache_size=-65536");
  switch (content) {
    case Content::nothing: {
      // Not yet in WAL mode, which would write every task twice.
      sql::Transaction transaction(database);
      create(database, plan, state->clock());
      transaction.commit();
      // The file's own name must survive a power cut as well.
      sync_folder(std::filesystem::absolute(path).parent_path());
      break;
    }
    case Content::ledger: {
      const std::string verdict = database.text("PRAGMA quick_check(1)");
      if (verdict != "ok") refuse_damaged(path, verdict);
      check_plan(database, path, plan);
      break;
    }
    case Content::older:
      throw Error(Fault::input, cat(older_words(database, path), ". ", repair_command(path), "?"));
    case Content::count_:
      ensure(false, "content out of range");
  }
  use_write_ahead_log(database, path);
  close_open_attempts(database, state->clock());
  state->writer.emplace(database);
  return state;
}

std::vector<SimulationState> Ledger::states() const {
  std::vector<SimulationState> states;
  auto simulations =
      state_->database.prepare("SELECT id, attempts, failures, losses, reason FROM simulations ORDER BY id");
  while (simulations.step()) {
    states.push_back({.id = SimulationId(simulations.column<std::int64_t>(0)),
                      .attempts = simulations.column<int>(1),
                      .failures = simulations.column<int>(2),
                      .losses = simulations.column<int>(3),
                      .pending = {},
                      .reason = simulations.column<std::string>(4)});
  }
  auto tasks = state_->database.prepare("SELECT simulation, id FROM tasks WHERE state = 'pending' ORDER BY id");
  while (tasks.step()) {
    const SimulationId simulation(tasks.column<std::int64_t>(0));
    ensure(simulation.valid() && simulation.index() < states.size() && states[simulation.index()].id == simulation,
           "the ledger's simulations are not numbered from 0");
    states[simulation.index()].pending.emplace_back(tasks.column<std::int64_t>(1));
  }
  return states;
}

LeaseId Ledger::next_lease() const {
  return LeaseId(state_->database.integer("SELECT coalesce(max(lease) + 1, 0) FROM attempts"));
}

std::vector<std::pair<SimulationId, double>> Ledger::last_durations(int limit) const {
  std::vector<std::pair<SimulationId, double>> durations;
  auto query = state_->database.prepare(
      "SELECT attempts.simulation, attempts.seconds FROM attempts JOIN simulations ON simulations.id = "
      "attempts.simulation WHERE attempts.outcome = 'done' AND simulations.kind = 'simulation' "
      "ORDER BY attempts.lease DESC LIMIT ?");
  query.bind(limit);
  while (query.step()) durations.emplace_back(SimulationId(query.column<std::int64_t>(0)), query.column<double>(1));
  return durations;
}

Counts Ledger::counts() const { return counts_in(state_->database); }

Counts Ledger::counts(TaskKind kind) const { return counts_in(state_->database, kind); }

std::string Ledger::result(SampleId task) const {
  auto query = state_->database.prepare("SELECT coalesce(result, '') FROM tasks WHERE id = ?");
  query.bind(task.value);
  return query.step() ? query.column<std::string>(0) : std::string();
}

void Ledger::apply(std::span<const Record> records) {
  if (records.empty()) return;
  const double now = state_->clock();
  try {
    sql::Transaction transaction(state_->database);
    for (const Record& record : records) state_->writer->write(record, now);
    transaction.commit();
  } catch (const sql::Damaged& e) {
    refuse_damaged(state_->path, e.what());
  }
}

std::optional<Stage> Ledger::stage(const std::string& kind, const std::string& key) const {
  return stage_in(state_->database, kind, key);
}

void Ledger::set_stage(const std::string& kind, const std::string& key, const std::string& state,
                       const std::string& result) {
  // Later than any other one, whatever the clock did between two runs: the newest stage is the one that counts.
  state_->database
      .prepare(
          "INSERT INTO stages(kind, key, state, result, updated) "
          "VALUES(?, ?, ?, ?, max(?, (SELECT coalesce(max(updated) + 0.001, 0) FROM stages))) "
          "ON CONFLICT(kind, key) DO UPDATE SET state = excluded.state, result = excluded.result, "
          "updated = excluded.updated")
      .run(kind, key, state, result, state_->clock());
}

void Ledger::publish_snapshot(const std::filesystem::path& path) const {
  std::filesystem::path beside = path;
  beside += ".new";
  std::error_code ignored;
  std::filesystem::remove(beside, ignored);
  {
    sql::Database copy(beside, sql::Access::create);
    // No journal: a copy that is cut off is never renamed.
    copy.execute("PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF");
    state_->database.copy_to(copy);
    // The copied header says WAL; readers of the snapshot must not look for a log.
    copy.execute("PRAGMA journal_mode=DELETE");
    copy.prepare("INSERT OR REPLACE INTO meta(name, value) VALUES('published', ?)")
        .run(std::to_string(state_->clock()));
  }
  sync_file(beside);
  std::error_code failed;
  std::filesystem::rename(beside, path, failed);
  if (failed) {
    throw Error(Fault::system, cat("cannot publish ", path.string(), " (", failed.message(), ")."));
  }
  sync_folder(std::filesystem::absolute(path).parent_path());
}

void Ledger::set_clock(std::function<double()> unix_clock) { state_->clock = std::move(unix_clock); }

}  // namespace twinmill::ledger

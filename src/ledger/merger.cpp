#include "merger.hpp"

#include <algorithm>
#include <optional>

#include "apply.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::ledger {
namespace {

// No ledger that twinmill has written counts further: beyond is damage.
constexpr std::int32_t most_attempts = 1'000'000;

// The first format that keeps what a relaxation said of itself.
constexpr int format_with_results = 2;

bool plausible(std::int64_t attempt) { return attempt >= 1 && attempt <= most_attempts; }

}  // namespace

Merger::Merger(sql::Database& target, const campaign::Plan& plan) : target_(target) {
  simulation_of_.resize(plan.samples.size() + plan.relaxations.size() + plan.trainings.size());
  attempts_.resize(plan.simulations.size() + plan.relaxations.size() + plan.trainings.size());
  for (const auto& s : plan.simulations) simulations_.emplace_back(s.key, s.id.value);
  for (const auto& s : plan.samples) {
    tasks_.emplace_back(s.key, s.id.value);
    simulation_of_[s.id.index()] = s.simulation.value;
  }
  const auto add = [&](const auto& work) {
    simulations_.emplace_back(work.key, work.id.value);
    tasks_.emplace_back(work.key, work.task.value);
    simulation_of_[work.task.index()] = work.id.value;
  };
  for (const auto& r : plan.relaxations) add(r);
  for (const auto& t : plan.trainings) add(t);
  std::ranges::sort(simulations_);
  std::ranges::sort(tasks_);
}

std::int64_t Merger::find(const Index& index, const std::string& key) {
  Hash128 wanted;
  try {
    wanted = Hash128::from_hex(key);
  } catch (const Error&) {
    return -1;  // A damaged row.
  }
  const auto at = std::ranges::lower_bound(index, wanted, {}, [](const auto& entry) { return entry.first; });
  return at != index.end() && at->first == wanted ? at->second : -1;
}

void Merger::count_attempt(std::int64_t simulation, std::int32_t attempt) {
  auto& highest = attempts_[static_cast<std::size_t>(simulation)];
  highest = std::max(highest, attempt);
}

void Merger::add(const std::vector<FoundTask>& found) {
  auto finish = target_.prepare(
      "UPDATE tasks SET state = 'done', checksum = ?2, attempt = ?3, result = ?4 WHERE id = ?1 AND state = 'pending'");
  for (const auto& task : found) {
    const auto result = task.result.empty() ? std::nullopt : std::optional(task.result);
    finish.run(task.task.value, checksum_text(task.checksum), task.attempt, result);
    ensure(target_.changes() == 1, "a task that is not in the plan, or there twice, was found");
    count_attempt(simulation_of_[task.task.index()], task.attempt);
  }
}

std::vector<std::string> Merger::take(const std::filesystem::path& older) {
  std::vector<std::string> unread;
  std::optional<sql::Database> database;
  const auto part = [&](const char* what, const std::function<void()>& read) {
    try {
      read();
    } catch (const sql::Damaged& e) {
      unread.push_back(cat(what, ": ", e.what()));
    } catch (const Error& e) {
      if (e.fault() != Fault::bug) throw;  // A full disk, another process: nothing that lies in the older ledger.
      unread.push_back(cat(what, ": ", e.what()));  // A table or a column that is not there.
    }
  };
  part("the file", [&] { database.emplace(older, sql::Access::inspect); });
  if (!database) return unread;
  renumbered_.clear();
  part("the moment of its making", [&] { take_moment(*database); });
  part("simulations", [&] { take_simulations(*database); });
  part("tasks", [&] { take_tasks(*database); });
  part("attempts", [&] { take_attempts(*database); });
  part("stages", [&] { take_stages(*database); });
  part("events", [&] { take_events(*database); });
  return unread;
}

void Merger::take_moment(const sql::Database& older) {
  auto created = older.prepare("SELECT value FROM meta WHERE name = 'created'");
  if (created.step())
    target_.prepare("UPDATE meta SET value = ? WHERE name = 'created'").run(created.column<std::string>(0));
}

void Merger::take_simulations(const sql::Database& older) {
  auto rows = older.prepare("SELECT id, key, attempts, failures, losses, reason FROM simulations");
  auto update = target_.prepare(
      "UPDATE simulations SET failures = max(failures, ?2), losses = max(losses, ?3), reason = coalesce(reason, ?4) "
      "WHERE id = ?1");
  while (rows.step()) {
    const auto id = find(simulations_, rows.column<std::string>(1));
    if (id < 0) continue;
    renumbered_[rows.column<std::int64_t>(0)] = id;
    const auto reason = rows.column<std::optional<std::string>>(5);
    update.run(id, std::clamp(rows.column<int>(3), 0, most_attempts), std::clamp(rows.column<int>(4), 0, most_attempts),
               reason && !reason->empty() ? reason : std::nullopt);
    if (const auto attempts = rows.column<std::int64_t>(2); plausible(attempts))
      count_attempt(id, static_cast<std::int32_t>(attempts));
  }
}

void Merger::take_tasks(const sql::Database& older) {
  auto rows = older.prepare("SELECT key, simulation, state, checksum, seconds, worker, finished, attempt FROM tasks");
  auto made = target_.prepare(
      "UPDATE tasks SET seconds = ?3, worker = ?4, finished = ?5 "
      "WHERE id = ?1 AND state = 'done' AND checksum = ?2 AND finished IS NULL");
  auto give_up = target_.prepare("UPDATE tasks SET state = 'quarantined' WHERE id = ? AND state = 'pending'");
  while (rows.step()) {
    const auto id = find(tasks_, rows.column<std::string>(0));
    if (id < 0) continue;
    renumbered_[rows.column<std::int64_t>(1)] = simulation_of_[static_cast<std::size_t>(id)];
    const auto state = rows.column<std::string>(2);
    if (state == name(TaskState::done))
      made.run(id, rows.column<std::string>(3), rows.column<std::optional<double>>(4),
               rows.column<std::optional<std::int64_t>>(5), rows.column<std::optional<double>>(6));
    if (state == name(TaskState::quarantined)) give_up.run(id);
  }
  if (older.integer("PRAGMA user_version") < format_with_results) return;
  auto results = older.prepare("SELECT key, checksum, result FROM tasks WHERE result IS NOT NULL");
  auto say = target_.prepare("UPDATE tasks SET result = ?3 WHERE id = ?1 AND state = 'done' AND checksum = ?2");
  while (results.step()) {
    const auto id = find(tasks_, results.column<std::string>(0));
    if (id >= 0) say.run(id, results.column<std::string>(1), results.column<std::string>(2));
  }
}

void Merger::take_attempts(const sql::Database& older) {
  auto rows = older.prepare(
      "SELECT lease, simulation, attempt, worker, host, samples, granted, ended, outcome, seconds, fault, message, "
      "late "
      "FROM attempts");
  auto insert = target_.prepare(
      "INSERT OR IGNORE INTO attempts(lease, simulation, attempt, worker, host, samples, granted, ended, outcome, "
      "seconds, fault, message, late) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  while (rows.step()) {
    const auto simulation = renumbered_.find(rows.column<std::int64_t>(1));
    const auto attempt = rows.column<std::int64_t>(2);
    if (simulation == renumbered_.end() || !plausible(attempt)) continue;
    // Nobody works on it any more: whoever builds a ledger holds the directory.
    const auto outcome = rows.column<std::string>(8);
    const auto granted = rows.column<double>(6);
    const bool open = outcome == "running";
    insert.run(rows.column<std::int64_t>(0), simulation->second, attempt, rows.column<std::int64_t>(3),
               rows.column<std::string>(4), rows.column<std::int64_t>(5), granted,
               open ? std::optional(granted) : rows.column<std::optional<double>>(7),
               open ? std::string(name(AttemptEnd::interrupted)) : outcome, rows.column<std::optional<double>>(9),
               rows.column<std::optional<std::string>>(10), rows.column<std::optional<std::string>>(11),
               rows.column<std::optional<std::string>>(12));
    count_attempt(simulation->second, static_cast<std::int32_t>(attempt));
  }
}

void Merger::take_stages(const sql::Database& older) {
  auto rows = older.prepare("SELECT kind, key, state, result, updated FROM stages");
  auto insert =
      target_.prepare("INSERT OR IGNORE INTO stages(kind, key, state, result, updated) VALUES(?, ?, ?, ?, ?)");
  while (rows.step())
    insert.run(rows.column<std::string>(0), rows.column<std::string>(1), rows.column<std::string>(2),
               rows.column<std::string>(3), rows.column<double>(4));
}

void Merger::take_events(const sql::Database& older) {
  auto rows = older.prepare("SELECT id, at, text FROM events ORDER BY id");
  auto insert = target_.prepare("INSERT OR IGNORE INTO events(id, at, text) VALUES(?, ?, ?)");
  while (rows.step()) insert.run(rows.column<std::int64_t>(0), rows.column<double>(1), rows.column<std::string>(2));
}

void Merger::finish() {
  auto count = target_.prepare("UPDATE simulations SET attempts = ?2 WHERE id = ?1");
  for (std::size_t i = 0; i < attempts_.size(); ++i) {
    if (attempts_[i] > 0) count.run(static_cast<std::int64_t>(i), attempts_[i]);
  }
  // A reason belongs to a quarantine. (What is in quarantine is little, so this is not slow.)
  target_.execute(
      "UPDATE simulations SET reason = NULL WHERE reason IS NOT NULL AND id NOT IN "
      "(SELECT simulation FROM tasks WHERE state = 'quarantined')");
}

}  // namespace twinmill::ledger

#include "twinmill/ledger/view.hpp"

#include <algorithm>
#include <cmath>

#include "apply.hpp"
#include "queries.hpp"
#include "schema.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::ledger {
namespace {

sql::Database opened(const std::filesystem::path& snapshot) {
  if (!std::filesystem::is_regular_file(snapshot)) {
    throw Error(Fault::input, cat(snapshot.string(),
                                  " does not exist (no run has published its ledger there yet). "
                                  "Is it the directory of a run?"));
  }
  sql::Database database(snapshot, sql::Access::snapshot);
  switch (recognise(database, snapshot)) {
    case Content::nothing:
      throw Error(Fault::input, cat(snapshot.string(), " is empty (no run has published its ledger there yet)."));
    case Content::older:
      throw Error(Fault::input, cat(older_words(database, snapshot), ". ", repair_command(snapshot), "?"));
    case Content::ledger:
    case Content::count_:
      break;
  }
  return database;
}

constexpr const char* task_columns =
    "SELECT t.id, t.key, t.simulation, t.state, t.checksum, t.seconds, t.attempt, t.worker, t.finished, "
    "CASE t.state WHEN 'quarantined' THEN s.reason END, t.kind, t.result "
    "FROM tasks t JOIN simulations s ON s.id = t.simulation ";

TaskRow task_row(const sql::Statement& row) {
  return {.id = SampleId(row.column<std::int64_t>(0)),
          .key = row.column<std::string>(1),
          .simulation = SimulationId(row.column<std::int64_t>(2)),
          .state = task_state(row.column<std::string>(3)),
          .checksum = checksum_value(row.column<std::string>(4)),
          .seconds = row.column<double>(5),
          .attempt = row.column<int>(6),
          .worker = static_cast<int>(row.column<std::optional<std::int64_t>>(7).value_or(-1)),
          .finished = row.column<double>(8),
          .reason = row.column<std::string>(9),
          .kind = task_kind(row.column<std::string>(10)),
          .result = row.column<std::string>(11)};
}

std::vector<TaskRow> task_rows(sql::Statement query) {
  std::vector<TaskRow> rows;
  while (query.step()) rows.push_back(task_row(query));
  return rows;
}

constexpr const char* attempt_columns =
    "SELECT lease, simulation, attempt, worker, host, samples, granted, ended, outcome, seconds, fault, message, late "
    "FROM attempts ";

AttemptRow attempt_row(const sql::Statement& row) {
  const auto outcome = row.column<std::string>(8);
  return {.lease = LeaseId(row.column<std::int64_t>(0)),
          .simulation = SimulationId(row.column<std::int64_t>(1)),
          .attempt = row.column<int>(2),
          .worker = row.column<int>(3),
          .host = row.column<std::string>(4),
          .samples = row.column<std::int64_t>(5),
          .granted = row.column<double>(6),
          .ended = row.column<std::optional<double>>(7),
          .end = outcome == "running" ? std::nullopt : std::optional(attempt_end(outcome)),
          .seconds = row.column<std::optional<double>>(9),
          .fault = row.column<std::string>(10),
          .message = row.column<std::string>(11),
          .late = row.column<std::string>(12)};
}

std::vector<AttemptRow> attempt_rows(sql::Statement query) {
  std::vector<AttemptRow> rows;
  while (query.step()) rows.push_back(attempt_row(query));
  return rows;
}

}  // namespace

LedgerView::LedgerView(const std::filesystem::path& snapshot) : database_(opened(snapshot)) {}

std::string LedgerView::study_key() const { return meta_in(database_, "study_key"); }
std::string LedgerView::plan_key() const { return meta_in(database_, "plan_key"); }

double LedgerView::created() const { return parse_double(meta_in(database_, "created"), "created"); }

double LedgerView::published() const { return parse_double(meta_in(database_, "published"), "published"); }

Counts LedgerView::counts() const { return counts_in(database_); }

Counts LedgerView::counts(TaskKind kind) const { return counts_in(database_, kind); }

std::vector<TaskState> LedgerView::task_states() const {
  std::vector<TaskState> states;
  auto query = database_.prepare("SELECT state FROM tasks WHERE kind = 'image' ORDER BY id");
  while (query.step()) states.push_back(task_state(query.column<std::string>(0)));
  return states;
}

void LedgerView::each_task(const std::function<void(const TaskNote&)>& take) const {
  auto query = database_.prepare(
      "SELECT id, kind, state = 'done', state = 'quarantined', simulation, finished FROM tasks ORDER BY id");
  while (query.step()) {
    const bool done = query.column<int>(2) != 0, quarantined = query.column<int>(3) != 0;
    take({.id = SampleId(query.column<std::int64_t>(0)),
          .kind = task_kind(query.column<std::string>(1)),
          .state = done          ? TaskState::done
                   : quarantined ? TaskState::quarantined
                                 : TaskState::pending,
          .simulation = SimulationId(query.column<std::int64_t>(4)),
          .finished = query.column<double>(5)});
  }
}

std::optional<TaskRow> LedgerView::task(SampleId id) const {
  auto query = database_.prepare(cat(task_columns, "WHERE t.id = ?"));
  query.bind(id.value);
  if (!query.step()) return std::nullopt;
  return task_row(query);
}

std::vector<TaskRow> LedgerView::tasks_by_key(const std::string& prefix, int limit) const {
  auto query = database_.prepare(cat(task_columns, "WHERE substr(t.key, 1, ?1) = ?2 ORDER BY t.id LIMIT ?3"));
  query.bind(static_cast<std::int64_t>(prefix.size()), prefix, limit);
  return task_rows(std::move(query));
}

std::vector<TaskRow> LedgerView::quarantined() const {
  return task_rows(database_.prepare(cat(task_columns, "WHERE t.state = 'quarantined' ORDER BY t.id")));
}

std::vector<AttemptRow> LedgerView::attempts(SimulationId simulation) const {
  auto query = database_.prepare(cat(attempt_columns, "WHERE simulation = ? ORDER BY attempt"));
  query.bind(simulation.value);
  return attempt_rows(std::move(query));
}

std::vector<AttemptRow> LedgerView::running() const {
  return attempt_rows(database_.prepare(cat(attempt_columns, "WHERE outcome = 'running' ORDER BY lease")));
}

std::vector<AttemptRow> LedgerView::failures(int limit) const {
  auto query = database_.prepare(
      cat(attempt_columns, "WHERE outcome IN ('failed', 'lost') ORDER BY ended DESC, lease DESC LIMIT ?"));
  query.bind(limit);
  return attempt_rows(std::move(query));
}

std::vector<FailureGroup> LedgerView::failure_groups() const {
  std::vector<FailureGroup> groups;
  auto query = database_.prepare(
      "SELECT coalesce(fault, ''), coalesce(message, ''), count(*), count(DISTINCT simulation) FROM attempts "
      "WHERE outcome IN ('failed', 'lost') GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2");
  while (query.step()) {
    groups.push_back({.fault = query.column<std::string>(0),
                      .message = query.column<std::string>(1),
                      .attempts = query.column<std::int64_t>(2),
                      .simulations = query.column<std::int64_t>(3)});
  }
  return groups;
}

void LedgerView::each_tried(const std::function<void(const AttemptRow&)>& take) const {
  auto query = database_.prepare(
      "SELECT simulation, worker, host, outcome FROM attempts WHERE outcome IN ('done', 'failed', 'lost') "
      "ORDER BY lease");
  while (query.step()) {
    AttemptRow row;
    row.simulation = SimulationId(query.column<std::int64_t>(0));
    row.worker = query.column<int>(1);
    row.host = query.column<std::string>(2);
    row.end = attempt_end(query.column<std::string>(3));
    take(row);
  }
}

Durations LedgerView::durations() const {
  std::vector<double> seconds;
  auto query = database_.prepare(
      "SELECT attempts.seconds FROM attempts JOIN simulations ON simulations.id = attempts.simulation "
      "WHERE attempts.outcome = 'done' AND simulations.kind <> 'training' ORDER BY attempts.seconds");
  while (query.step()) seconds.push_back(query.column<double>(0));
  Durations result;
  if (seconds.empty()) return result;
  // Nearest rank: the smallest value with at least this share of all at or below it.
  const auto at_share = [&](double share) {
    const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(seconds.size())));
    return seconds[std::max<std::size_t>(rank, 1) - 1];
  };
  result.leases = static_cast<std::int64_t>(seconds.size());
  for (const double s : seconds) result.total += s;
  result.shortest = seconds.front();
  result.median = at_share(0.5);
  result.p95 = at_share(0.95);
  result.longest = seconds.back();
  return result;
}

std::vector<ThroughputBin> LedgerView::throughput(int bins) const {
  ensure(bins > 0, "throughput needs at least one bin");
  auto range =
      database_.prepare("SELECT min(finished), max(finished) FROM tasks WHERE state = 'done' AND kind = 'image'");
  ensure(range.step(), "an aggregate gave no row");
  const auto first = range.column<std::optional<double>>(0);
  const auto last = range.column<std::optional<double>>(1);
  if (!first || !last) return {};
  const double width = std::max((*last - *first) / bins, 1.0);
  std::vector<ThroughputBin> result(static_cast<std::size_t>(std::floor((*last - *first) / width)) + 1);
  // The last moment belongs to the last bin.
  if (result.size() > static_cast<std::size_t>(bins)) result.pop_back();
  for (std::size_t i = 0; i < result.size(); ++i) {
    result[i].start = *first + static_cast<double>(i) * width;
    result[i].width = width;
  }
  auto query =
      database_.prepare("SELECT finished FROM tasks WHERE state = 'done' AND kind = 'image' AND finished IS NOT NULL");
  while (query.step()) {
    const auto bin = static_cast<std::size_t>(std::max(0.0, (query.column<double>(0) - *first) / width));
    ++result[std::min(bin, result.size() - 1)].samples;
  }
  return result;
}

std::vector<WorkerRow> LedgerView::workers() const {
  std::vector<WorkerRow> rows;
  auto query = database_.prepare(
      "SELECT worker, host, sum(outcome = 'done'), sum(CASE outcome WHEN 'done' THEN samples ELSE 0 END), "
      "sum(outcome = 'failed'), sum(outcome = 'lost'), coalesce(sum(seconds), 0) FROM attempts "
      "GROUP BY worker, host ORDER BY worker, host");
  while (query.step()) {
    rows.push_back({.rank = query.column<int>(0),
                    .host = query.column<std::string>(1),
                    .leases = query.column<std::int64_t>(2),
                    .samples = query.column<std::int64_t>(3),
                    .failures = query.column<std::int64_t>(4),
                    .losses = query.column<std::int64_t>(5),
                    .busy_seconds = query.column<double>(6)});
  }
  return rows;
}

std::vector<Stage> LedgerView::stages() const { return stages_in(database_); }

std::vector<EventRow> LedgerView::events(int limit) const {
  std::vector<EventRow> rows;
  auto query = database_.prepare("SELECT at, text FROM events ORDER BY id DESC LIMIT ?");
  query.bind(limit);
  while (query.step()) rows.push_back({.at = query.column<double>(0), .text = query.column<std::string>(1)});
  return rows;
}

}  // namespace twinmill::ledger

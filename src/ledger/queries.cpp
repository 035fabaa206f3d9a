#include "queries.hpp"

#include "twinmill/base/error.hpp"

namespace twinmill::ledger {
namespace {

Stage stage_row(const sql::Statement& row) {
  return {.kind = row.column<std::string>(0),
          .key = row.column<std::string>(1),
          .state = row.column<std::string>(2),
          .result = row.column<std::string>(3),
          .updated = row.column<double>(4)};
}

}  // namespace

Counts counts_in(const sql::Database& database) {
  Counts all;
  for (const TaskKind kind : {TaskKind::image, TaskKind::relaxation, TaskKind::training}) {
    const Counts some = counts_in(database, kind);
    all.pending += some.pending;
    all.done += some.done;
    all.quarantined += some.quarantined;
  }
  return all;
}

Counts counts_in(const sql::Database& database, TaskKind kind) {
  Counts counts;
  auto query = database.prepare("SELECT state, count(*) FROM tasks WHERE kind = ? GROUP BY state");
  query.bind(name(kind));
  while (query.step()) {
    const auto n = query.column<std::int64_t>(1);
    switch (task_state(query.column<std::string>(0))) {
      case TaskState::pending:
        counts.pending = n;
        break;
      case TaskState::done:
        counts.done = n;
        break;
      case TaskState::quarantined:
        counts.quarantined = n;
        break;
      case TaskState::count_:
        break;
    }
  }
  return counts;
}

std::vector<Stage> stages_in(const sql::Database& database) {
  std::vector<Stage> stages;
  auto query = database.prepare("SELECT kind, key, state, result, updated FROM stages ORDER BY updated, kind, key");
  while (query.step()) stages.push_back(stage_row(query));
  return stages;
}

std::optional<Stage> stage_in(const sql::Database& database, const std::string& kind, const std::string& key) {
  auto query = database.prepare("SELECT kind, key, state, result, updated FROM stages WHERE kind = ? AND key = ?");
  query.bind(kind, key);
  if (!query.step()) return std::nullopt;
  return stage_row(query);
}

std::string meta_in(const sql::Database& database, const std::string& name) {
  auto query = database.prepare("SELECT value FROM meta WHERE name = ?");
  query.bind(name);
  if (!query.step()) {
    throw Error(Fault::system, cat("the ledger holds no '", name, "' (it is damaged or was edited)."));
  }
  return query.column<std::string>(0);
}

}  // namespace twinmill::ledger

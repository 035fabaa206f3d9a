#include "twinmill/ledger/checkup.hpp"

#include "apply.hpp"
#include "queries.hpp"
#include "schema.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/sql/database.hpp"

namespace twinmill::ledger {
namespace fs = std::filesystem;
namespace {

constexpr int most_problems = 10;

bool holds_nothing(const fs::path& path) {
  std::error_code ec;
  const auto size = fs::file_size(path, ec);
  return ec || size == 0;
}

void read(const sql::Database& database, Checkup& checkup) {
  checkup.plan_key = meta_in(database, "plan_key");
  checkup.study_key = meta_in(database, "study_key");
  auto tasks = database.prepare("SELECT id, key, simulation, kind, state, checksum, attempt FROM tasks ORDER BY id");
  while (tasks.step()) {
    if (tasks.column<std::int64_t>(0) != static_cast<std::int64_t>(checkup.tasks.size()))
      throw sql::Damaged(Fault::system, "its tasks are not numbered from 0");
    checkup.tasks.push_back({.state = task_state(tasks.column<std::string>(4)),
                             .kind = task_kind(tasks.column<std::string>(3)),
                             .simulation = SimulationId(tasks.column<std::int64_t>(2)),
                             .key = tasks.column<std::string>(1),
                             .checksum = checksum_value(tasks.column<std::string>(5)),
                             .attempt = tasks.column<int>(6)});
  }
  auto attempts = database.prepare("SELECT simulation, attempt FROM attempts WHERE outcome <> 'done'");
  while (attempts.step())
    checkup.without_result.emplace(attempts.column<std::int64_t>(0), attempts.column<std::int64_t>(1));
}

template <class Use>
auto refusing_damage(const fs::path& path, const Use& use) {
  try {
    return use();
  } catch (const sql::Damaged& e) {
    throw Error(Fault::system,
                cat("the ledger ", path.string(), " is damaged (", e.what(), "). ", repair_command(path), "?"));
  }
}

}  // namespace

Checkup check_up(const fs::path& path) {
  Checkup checkup;
  if (holds_nothing(path)) return checkup;
  const sql::Database database(path, sql::Access::inspect);
  Content content = Content::ledger;
  try {
    content = recognise(database, path);
  } catch (const sql::Damaged& e) {
    checkup.problems.emplace_back(e.what());
  }
  if (content == Content::nothing) return checkup;
  if (content == Content::older) {
    checkup.health = Health::older;
    checkup.problems.push_back(older_words(database, path));
    return checkup;
  }
  if (checkup.problems.empty()) checkup.problems = database.integrity_problems(most_problems);
  try {
    if (checkup.problems.empty()) read(database, checkup);
  } catch (const Error& e) {
    checkup.problems.emplace_back(e.what());  // A word, a table or a column that should be there and is not.
  }
  checkup.health = checkup.problems.empty() ? Health::sound : Health::damaged;
  return checkup;
}

namespace {

std::string key_in(const fs::path& path, const std::string& name) {
  if (holds_nothing(path)) return {};
  return refusing_damage(path, [&]() -> std::string {
    const sql::Database database(path, sql::Access::inspect);
    switch (recognise(database, path)) {
      case Content::nothing:
        return {};
      case Content::older:
        throw Error(Fault::input, cat(older_words(database, path), ". ", repair_command(path), "?"));
      case Content::ledger:
      case Content::count_:
        break;
    }
    return meta_in(database, name);
  });
}

}  // namespace

std::string plan_key_of(const fs::path& path) { return key_in(path, "plan_key"); }

std::string study_key_of(const fs::path& path) { return key_in(path, "study_key"); }

void fold_log(const fs::path& path) {
  if (holds_nothing(path)) return;
  refusing_damage(path, [&] {
    sql::Database database(path, sql::Access::create);
    database.execute("PRAGMA locking_mode=EXCLUSIVE; PRAGMA synchronous=FULL");
    const std::string mode = database.text("PRAGMA journal_mode=DELETE");
    if (mode != "delete")
      throw Error(Fault::system, cat("cannot fold the log of ", path.string(), " into it (SQLite stays in mode ", mode,
                                     "). Does another process use it?"));
  });
}

}  // namespace twinmill::ledger

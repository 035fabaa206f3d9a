#include "schema.hpp"

#include "twinmill/base/error.hpp"
#include "twinmill/base/version.hpp"
#include "twinmill/ledger/ledger.hpp"

namespace twinmill::ledger {
namespace {

// Words instead of numbers, so that the file can be read without this program. Times are Unix seconds.
constexpr const char* tables = R"sql(
CREATE TABLE meta(
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE simulations(
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL,
  kind TEXT NOT NULL DEFAULT 'simulation' CHECK(kind IN ('simulation', 'relaxation', 'training')),
  attempts INTEGER NOT NULL DEFAULT 0,  -- granted so far
  failures INTEGER NOT NULL DEFAULT 0,  -- of these, charged as failures
  losses INTEGER NOT NULL DEFAULT 0,    -- of these, with the worker lost at work
  reason TEXT                           -- why it is in quarantine
);

CREATE TABLE tasks(
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL,
  simulation INTEGER NOT NULL REFERENCES simulations(id),
  kind TEXT NOT NULL DEFAULT 'image' CHECK(kind IN ('image', 'relaxation', 'training')),
  state TEXT NOT NULL DEFAULT 'pending' CHECK(state IN ('pending', 'done', 'quarantined')),
  checksum TEXT,    -- 16 hexadecimal digits, as in the store
  seconds REAL,     -- its share of the lease
  attempt INTEGER,  -- the one that made it
  worker INTEGER,
  finished REAL,
  result TEXT       -- JSON, of relaxations and trainings
);

CREATE TABLE attempts(
  lease INTEGER PRIMARY KEY,
  simulation INTEGER NOT NULL REFERENCES simulations(id),
  attempt INTEGER NOT NULL,
  worker INTEGER NOT NULL,
  host TEXT NOT NULL,
  samples INTEGER NOT NULL,
  granted REAL NOT NULL,
  ended REAL,
  outcome TEXT NOT NULL DEFAULT 'running'
    CHECK(outcome IN ('running', 'done', 'failed', 'returned', 'lost', 'interrupted')),
  seconds REAL,
  fault TEXT,
  message TEXT,
  late TEXT         -- a late result that was not counted
);
CREATE UNIQUE INDEX attempts_by_simulation ON attempts(simulation, attempt);
CREATE INDEX attempts_without_result ON attempts(outcome) WHERE outcome <> 'done';

CREATE TABLE stages(
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  state TEXT NOT NULL,
  result TEXT NOT NULL,  -- JSON
  updated REAL NOT NULL,
  PRIMARY KEY(kind, key)
) WITHOUT ROWID;

CREATE TABLE events(
  id INTEGER PRIMARY KEY,
  at REAL NOT NULL,
  text TEXT NOT NULL
);
)sql";

}  // namespace

Content recognise(const sql::Database& database, const std::filesystem::path& path) {
  const auto application = database.integer("PRAGMA application_id");
  const auto format = database.integer("PRAGMA user_version");
  if (application != application_id) {
    if (application == 0 && format == 0 && database.integer("SELECT count(*) FROM sqlite_schema") == 0) {
      return Content::nothing;
    }
    throw Error(
        Fault::input,
        cat(path.string(), " is not a ledger of twinmill (it is another program's database). Give another --dir?"));
  }
  if (format > format_version) {
    throw Error(Fault::input,
                cat(path.string(), " was written by a newer twinmill (its format is ", format,
                    ", this program knows up to ", format_version, "). Use that version, or give another --dir?"));
  }
  return format < format_version ? Content::older : Content::ledger;
}

std::string older_words(const sql::Database& database, const std::filesystem::path& path) {
  return cat(path.string(), " was written by an older twinmill (its format is ",
             database.integer("PRAGMA user_version"), ", this program writes ", format_version, ")");
}

std::string repair_command(const std::filesystem::path& path) {
  const auto folder = path.parent_path();
  return cat("twinmill verify ", folder.empty() ? "." : folder.string(), " --repair");
}

void create(sql::Database& database, const campaign::Plan& plan, double now) {
  database.execute(tables);
  database.execute(cat("PRAGMA application_id=", application_id, "; PRAGMA user_version=", format_version));
  auto meta = database.prepare("INSERT INTO meta(name, value) VALUES(?, ?)");
  meta.run("format", std::to_string(format_version));
  meta.run("plan_key", plan.key.hex());
  meta.run("study_key", plan.study_key.hex());
  meta.run("campaign", plan.spec.campaign.name);
  meta.run("created", std::to_string(now));
  meta.run("version", version());
  meta.run("commit", commit());
  meta.run("physics_version", std::to_string(physics_version));
  auto simulation = database.prepare("INSERT INTO simulations(id, key) VALUES(?, ?)");
  for (const campaign::Simulation& s : plan.simulations) simulation.run(s.id.value, s.key.hex());
  auto task = database.prepare("INSERT INTO tasks(id, key, simulation) VALUES(?, ?, ?)");
  for (const campaign::Sample& s : plan.samples) task.run(s.id.value, s.key.hex(), s.simulation.value);
  auto unit = database.prepare("INSERT INTO simulations(id, key, kind) VALUES(?, ?, ?)");
  auto single = database.prepare("INSERT INTO tasks(id, key, simulation, kind) VALUES(?, ?, ?, ?)");
  const auto add = [&](const auto& work, TaskKind kind) {
    unit.run(work.id.value, work.key.hex(), name(kind));
    single.run(work.task.value, work.key.hex(), work.id.value, name(kind));
  };
  for (const campaign::Relaxation& r : plan.relaxations) add(r, TaskKind::relaxation);
  for (const campaign::Training& t : plan.trainings) add(t, TaskKind::training);
}

}  // namespace twinmill::ledger

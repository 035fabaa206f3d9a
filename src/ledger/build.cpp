#include "twinmill/ledger/build.hpp"

#include "merger.hpp"
#include "queries.hpp"
#include "schema.hpp"
#include "twinmill/base/clock.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/sql/database.hpp"

namespace twinmill::ledger {
namespace fs = std::filesystem;

std::vector<fs::path> files_of(const fs::path& ledger) {
  std::vector<fs::path> files;
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) files.emplace_back(ledger.string() + suffix);
  return files;
}

Built build(const fs::path& path, const campaign::Plan& plan, const Sources& sources) {
  std::error_code ignored;
  for (const auto& file : files_of(path)) fs::remove(file, ignored);
  Built built;
  {
    sql::Database database(path, sql::Access::create);
    database.execute("PRAGMA locking_mode=EXCLUSIVE; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536");
    sql::Transaction transaction(database);
    const double now = unix_seconds();
    create(database, plan, now);
    Merger merger(database, plan);
    merger.add(sources.found);
    for (const auto& ledger : sources.ledgers) {
      const auto unread = merger.take(ledger);
      for (const auto& what : unread) built.unread.push_back(cat(ledger.filename().string(), ", ", what));
      if (unread.empty()) break;
    }
    merger.finish();
    if (!sources.event.empty()) database.prepare("INSERT INTO events(at, text) VALUES(?, ?)").run(now, sources.event);
    built.counts = counts_in(database);
    built.attempts = database.integer("SELECT count(*) FROM attempts");
    transaction.commit();
  }
  sync_folder(fs::absolute(path).parent_path());
  return built;
}

}  // namespace twinmill::ledger

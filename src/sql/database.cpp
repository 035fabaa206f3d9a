#include "twinmill/sql/database.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <utility>

#include "failure.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::sql {
namespace {

// A file: URI takes options but wants its special characters escaped.
std::string uri_of(const std::filesystem::path& path) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string uri = "file:";
  for (const char c : path.string()) {
    if (c == '%' || c == '?' || c == '#') {
      const auto byte = static_cast<unsigned char>(c);
      uri += '%';
      uri += digits[byte >> 4];
      uri += digits[byte & 15];
    } else {
      uri += c;
    }
  }
  return uri;
}

bool file_alone(const std::filesystem::path& path) {
  std::error_code ec;
  return !std::filesystem::exists(path.string() + "-wal", ec) &&
         !std::filesystem::exists(path.string() + "-journal", ec);
}

}  // namespace

void Database::Closer::close(type raw) { sqlite3_close_v2(raw); }

Database::Database(const std::filesystem::path& path, Access access) {
  // A sixth of the scheduler's time went into locks that guard a connection against threads which there are not, and
  // into those around SQLite's count of its memory, which nobody asks for.
  [[maybe_unused]] static const int uncounted = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  std::string uri = uri_of(path);
  int flags = SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOMUTEX;
  switch (access) {
    case Access::create:
      flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
      break;
    case Access::inspect:
      // Without a log or a journal beside it the file says all; opened otherwise, an empty log would be left there.
      flags |= file_alone(path) ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
      if (file_alone(path)) uri += "?immutable=1";
      break;
    case Access::snapshot:
      flags |= SQLITE_OPEN_READONLY;
      uri += "?immutable=1";
      break;
    case Access::count_:
      ensure(false, "access out of range");
  }
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(uri.c_str(), &raw, flags, nullptr);
  handle_ = Handle<Closer>(raw);
  if (code != SQLITE_OK) {
    fail(code, path.string(), raw != nullptr ? sqlite3_errmsg(raw) : sqlite3_errstr(code),
         raw != nullptr ? sqlite3_system_errno(raw) : 0);
  }
  if (access == Access::inspect) {
    sqlite3_db_config(raw, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    // Before the first access: then the index of the log is kept in memory and not in a file.
    execute("PRAGMA locking_mode=EXCLUSIVE; PRAGMA query_only=ON");
  }
}

void Database::execute(const std::string& statements) {
  const int code = sqlite3_exec(handle_.get(), statements.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code, handle_.get());
}

Statement Database::prepare(std::string_view statement) const {
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), statement.data(), static_cast<int>(statement.size()),
                                      SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  if (code != SQLITE_OK) fail(code, handle_.get());
  ensure(raw != nullptr, "an empty SQL statement was prepared");
  return Statement(raw);
}

std::int64_t Database::integer(std::string_view query) const {
  Statement statement = prepare(query);
  ensure(statement.step(), cat("no row from: ", query));
  return statement.column<std::int64_t>(0);
}

std::string Database::text(std::string_view query) const {
  Statement statement = prepare(query);
  ensure(statement.step(), cat("no row from: ", query));
  return statement.column<std::string>(0);
}

std::vector<std::string> Database::integrity_problems(int limit) const {
  std::vector<std::string> problems;
  try {
    Statement check = prepare(cat("PRAGMA integrity_check(", limit, ")"));
    while (check.step()) {
      std::string words = check.column<std::string>(0);
      std::replace(words.begin(), words.end(), '\n', ' ');
      problems.push_back(std::move(words));
    }
  } catch (const Damaged& e) {
    if (problems.empty()) problems.emplace_back(e.what());  // Too damaged to be checked.
  }
  if (problems.size() == 1 && problems.front() == "ok") problems.clear();
  return problems;
}

std::int64_t Database::changes() const { return sqlite3_changes64(handle_.get()); }

void Database::copy_to(Database& target) const {
  sqlite3_backup* backup = sqlite3_backup_init(target.handle_.get(), "main", handle_.get(), "main");
  if (backup == nullptr) fail(sqlite3_extended_errcode(target.handle_.get()), target.handle_.get());
  const int stepped = sqlite3_backup_step(backup, -1);
  const int finished = sqlite3_backup_finish(backup);
  if (finished != SQLITE_OK) fail(finished, target.handle_.get());
  if (stepped != SQLITE_DONE) fail(stepped, target.handle_.get());
}

Transaction::Transaction(Database& database) : database_(database) { database_.execute("BEGIN IMMEDIATE"); }

Transaction::~Transaction() {
  if (state_ == State::closed) return;
  try {
    // After some errors (a full disk) SQLite has rolled back by itself; then this one is refused, which is fine.
    database_.execute("ROLLBACK");
  } catch (const Error&) {
  }
}

void Transaction::commit() {
  ensure(state_ == State::open, "a transaction was committed twice");
  database_.execute("COMMIT");
  state_ = State::closed;
}

}  // namespace twinmill::sql

#pragma once
// SQLite as the rest of the program sees it: a database file, its statements and its transactions. One thread at a
// time. Every refusal becomes an Error with the file's path and SQLite's own words: Fault::system for what the machine
// did (full, locked, damaged, unreadable), Fault::bug for statements that are wrong.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "twinmill/base/error.hpp"
#include "twinmill/base/handle.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace twinmill::sql {

/// The file's content contradicts itself, or is no database.
class Damaged : public Error {
 public:
  using Error::Error;
};

enum class Access {
  create,  ///< Read and write; the file is made when it is not there.
  /// For looking at a file that no other process uses: a write-ahead log is read as well, and neither it nor the file
  /// is changed. Where there is a log the right to write is needed nevertheless.
  inspect,
  snapshot,  ///< Read only, without any lock: for files that are replaced by a rename and never changed in place.
  count_
};

class Statement;

class Database {
 public:
  Database(const std::filesystem::path& path, Access access);

  /// Runs one or several statements that return no rows.
  void execute(const std::string& statements);
  Statement prepare(std::string_view statement) const;
  /// First column of the first row of a query; throws Error(bug) when there is no row.
  std::int64_t integer(std::string_view query) const;
  std::string text(std::string_view query) const;
  /// SQLite's own check of the whole file: each problem in its words, at most `limit`; empty when all is well.
  std::vector<std::string> integrity_problems(int limit) const;
  /// Rows changed by the statement that ran last.
  std::int64_t changes() const;
  /// Replaces the content of `target` by this database's, in one consistent piece.
  void copy_to(Database& target) const;

 private:
  struct Closer {
    using type = sqlite3*;
    static type none() { return nullptr; }
    static void close(type raw);
  };
  Handle<Closer> handle_;
};

/// One prepared statement. Must not outlive its Database.
class Statement {
 public:
  /// Binds all parameters in order, from the first; restarts the statement.
  template <class... Values>
  Statement& bind(const Values&... values) {
    reset();
    int index = 0;
    (bind_one(++index, values), ...);
    return *this;
  }
  /// Advances; true when a row is there.
  bool step();
  /// Binds, runs to the end and restarts; for statements without rows.
  template <class... Values>
  void run(const Values&... values) {
    bind(values...);
    while (step()) {
    }
    reset();
  }
  void reset();

  /// Column of the present row, counted from 0. T: std::int64_t, int, double, std::string or std::optional of these
  /// (empty for NULL; a NULL read as a plain type is 0 or empty).
  template <class T>
  T column(int index) const;

 private:
  friend class Database;
  struct Closer {
    using type = sqlite3_stmt*;
    static type none() { return nullptr; }
    static void close(type raw);
  };
  explicit Statement(sqlite3_stmt* raw) : handle_(raw) {}
  void bind_one(int index, std::int64_t value);
  void bind_one(int index, int value) { bind_one(index, static_cast<std::int64_t>(value)); }
  void bind_one(int index, double value);
  void bind_one(int index, std::string_view value);
  void bind_one(int index, const std::string& value) { bind_one(index, std::string_view(value)); }
  void bind_one(int index, const char* value) { bind_one(index, std::string_view(value)); }
  void bind_one(int index, std::nullopt_t);
  template <class T>
  void bind_one(int index, const std::optional<T>& value) {
    if (value) {
      bind_one(index, *value);
    } else {
      bind_one(index, std::nullopt);
    }
  }
  bool is_null(int index) const;
  void check(int code) const;

  Handle<Closer> handle_;
};

template <>
std::int64_t Statement::column<std::int64_t>(int index) const;
template <>
int Statement::column<int>(int index) const;
template <>
double Statement::column<double>(int index) const;
template <>
std::string Statement::column<std::string>(int index) const;
template <>
inline std::optional<std::int64_t> Statement::column<std::optional<std::int64_t>>(int index) const {
  return is_null(index) ? std::nullopt : std::optional(column<std::int64_t>(index));
}
template <>
inline std::optional<double> Statement::column<std::optional<double>>(int index) const {
  return is_null(index) ? std::nullopt : std::optional(column<double>(index));
}
template <>
inline std::optional<std::string> Statement::column<std::optional<std::string>>(int index) const {
  return is_null(index) ? std::nullopt : std::optional(column<std::string>(index));
}

/// Takes the write lock at once; rolls back at the end of the scope unless committed.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  enum class State { open, closed };
  Database& database_;
  State state_ = State::open;
};

}  // namespace twinmill::sql

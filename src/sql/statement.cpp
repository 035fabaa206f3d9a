#include <sqlite3.h>

#include "failure.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/sql/database.hpp"

namespace twinmill::sql {

void Statement::Closer::close(type raw) { sqlite3_finalize(raw); }

void Statement::check(int code) const {
  if (code != SQLITE_OK) fail(code, sqlite3_db_handle(handle_.get()));
}

bool Statement::step() {
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  fail(code, sqlite3_db_handle(handle_.get()));
}

void Statement::reset() {
  // The result repeats the last step's error, which has been reported already.
  sqlite3_reset(handle_.get());
  sqlite3_clear_bindings(handle_.get());
}

void Statement::bind_one(int index, std::int64_t value) { check(sqlite3_bind_int64(handle_.get(), index, value)); }

void Statement::bind_one(int index, double value) { check(sqlite3_bind_double(handle_.get(), index, value)); }

void Statement::bind_one(int index, std::string_view value) {
  // An empty view may hold a null pointer, which SQLite would store as NULL.
  const char* data = value.empty() ? "" : value.data();
  check(sqlite3_bind_text(handle_.get(), index, data, static_cast<int>(value.size()), SQLITE_TRANSIENT));
}

void Statement::bind_one(int index, std::nullopt_t) { check(sqlite3_bind_null(handle_.get(), index)); }

bool Statement::is_null(int index) const { return sqlite3_column_type(handle_.get(), index) == SQLITE_NULL; }

template <>
std::int64_t Statement::column<std::int64_t>(int index) const {
  return sqlite3_column_int64(handle_.get(), index);
}

template <>
int Statement::column<int>(int index) const {
  return sqlite3_column_int(handle_.get(), index);
}

template <>
double Statement::column<double>(int index) const {
  return sqlite3_column_double(handle_.get(), index);
}

template <>
std::string Statement::column<std::string>(int index) const {
  const unsigned char* text = sqlite3_column_text(handle_.get(), index);
  if (text == nullptr) return {};
  return std::string(reinterpret_cast<const char*>(text),
                     static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), index)));
}

}  // namespace twinmill::sql

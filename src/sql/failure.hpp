#pragma once
// SQLite's result codes as sentences for people.

#include <sqlite3.h>

#include <string>

namespace twinmill::sql {

/// Throws the Error that belongs to `code`. `words` are SQLite's, `system_errno` the system's last error or 0.
[[noreturn]] void fail(int code, const std::string& path, const std::string& words, int system_errno);
/// The same with everything asked from the connection.
[[noreturn]] void fail(int code, sqlite3* connection);

}  // namespace twinmill::sql

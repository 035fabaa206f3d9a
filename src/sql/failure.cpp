#include "failure.hpp"

#include <cstring>

#include "twinmill/base/error.hpp"
#include "twinmill/sql/database.hpp"

namespace twinmill::sql {

void fail(int code, const std::string& path, const std::string& words, int system_errno) {
  std::string said = cat("SQLite: ", words);
  if (system_errno != 0) said += cat("; system: ", std::strerror(system_errno));
  switch (code & 0xff) {
    case SQLITE_FULL:
      throw Error(Fault::system, cat("cannot write ", path, " (the disk or the quota is full; ", said,
                                     "). Free space and run again?"));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      throw Damaged(Fault::system, cat("cannot use ", path, " (the file is damaged or no database; ", said, ")"));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw Error(Fault::system, cat("cannot use ", path, " (another process has it open; ", said,
                                     "). Is the same campaign already running?"));
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      throw Error(Fault::system, cat("cannot write ", path, " (it is read-only; ", said, "). Check its permissions?"));
    case SQLITE_CANTOPEN:
      throw Error(Fault::system,
                  cat("cannot open ", path, " (", said,
                      "). Check that its folder exists, can be written and is on a disk that is not full?"));
    case SQLITE_IOERR:
      throw Error(Fault::system, cat("cannot read or write ", path, " (", said,
                                     "). Check the file system (is the disk full?) and run again?"));
    case SQLITE_NOMEM:
      throw Error(Fault::system, cat("cannot use ", path, " (out of memory; ", said, ")."));
  }
  throw Error(Fault::bug, cat("wrong use of ", path, " (", said, ", code ", code, "). Report it?"));
}

void fail(int code, sqlite3* connection) {
  const char* path = sqlite3_db_filename(connection, "main");
  fail(code, path != nullptr ? path : "database", sqlite3_errmsg(connection), sqlite3_system_errno(connection));
}

}  // namespace twinmill::sql

#pragma once
// What a power cut would undo: old bytes, lengths and names of everything written under one folder and not yet synced.
// One log per process, read by power_cut.py, which has the same layout. Only raw system calls are made here, since the
// C library's own functions are those that calls.cpp replaces.

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace twinmill::crash {

enum class Kind : std::uint32_t { write = 1, resize, create, rename, unlink, make_folder, done, sync, unseen };

/// In front of each record in the log; all numbers in the machine's own order.
struct Entry {
  std::uint32_t magic = 0x54435243;
  Kind kind = Kind::done;
  std::uint64_t payload = 0;  ///< Bytes that follow.
  std::uint64_t id = 0;       ///< Of this operation in this process; of the finished one in a `done`.
  std::uint64_t time_ns = 0;  ///< CLOCK_MONOTONIC; of a sync, when it began.
  std::uint64_t inode = 0;
  std::uint64_t offset = 0;      ///< Of a write; new length of a resize; inode that a rename replaces, or 0.
  std::uint64_t length = 0;      ///< Bytes written.
  std::uint64_t old_length = 0;  ///< Of the file.
};

std::uint64_t now_ns();

/// Writes one message to standard error and ends the process: a layer that misses something must not look like one
/// that found nothing.
[[noreturn]] void give_up(std::string_view why, std::string_view where);

/// The file or folder behind a descriptor, when it is watched.
struct Watched {
  std::string path;
  std::uint64_t inode = 0;
  std::uint64_t length = 0;
  explicit operator bool() const { return inode != 0; }
};

/// The folder that TWINMILL_CRASH_FOLDER names (absolute, without links), or empty.
const std::string& watched_folder();
Watched watched(int fd);
/// An absolute path of the folder for a path that a call was given, or empty when it is not watched.
std::string watched_path(const char* path);
std::uint64_t inode_of(const std::string& path);

/// All of these do nothing unless TWINMILL_CRASH_LOG names a folder (on the same file system, not the watched one).
/// Each returns the number to give to done() when the call is over, or 0.
std::uint64_t log_write(const Watched& file, std::uint64_t offset, std::uint64_t length);
std::uint64_t log_resize(const Watched& file, std::uint64_t length);
std::uint64_t log_truncate(const std::string& path, std::uint64_t length);
std::uint64_t log_rename(const std::string& from, const std::string& to);
std::uint64_t log_unlink(const std::string& path);
void log_created(const std::string& path, Kind kind);
void log_sync(const Watched& file, std::uint64_t began_ns);
/// Something that this layer cannot undo was done to a file: power_cut.py refuses the log.
void log_unseen(const std::string& path, std::string_view what);
void done(std::uint64_t id);

}  // namespace twinmill::crash

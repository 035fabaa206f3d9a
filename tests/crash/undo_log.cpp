#include "undo_log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <mutex>
#include <set>
#include <vector>

namespace twinmill::crash {
namespace {

struct Log {
  std::string folder;
  int fd = -1;
  pid_t owner = 0;
  std::mutex mutex;
  std::set<std::uint64_t> kept;
};

std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  std::array<char, PATH_MAX> real{};
  return value != nullptr && ::realpath(value, real.data()) != nullptr ? real.data() : "";
}

// Never destroyed: files are written while the process ends.
Log& log() {
  static Log& one =
      *new Log{.folder = from_environment("TWINMILL_CRASH_LOG"), .fd = -1, .owner = 0, .mutex = {}, .kept = {}};
  return one;
}

bool logs() { return !log().folder.empty(); }

std::string kept_path(std::uint64_t inode) { return log().folder + "/inode-" + std::to_string(inode); }

// One record in one call: a process that is killed leaves whole records and perhaps a torn last one, whose operation
// had not begun.
std::uint64_t append(Entry entry, std::string_view payload) {
  static std::atomic<std::uint64_t> last_id = 0;
  if (entry.id == 0) entry.id = ++last_id;
  if (entry.time_ns == 0) entry.time_ns = now_ns();
  entry.payload = payload.size();
  Log& own = log();
  const std::lock_guard lock(own.mutex);
  if (own.owner != ::getpid()) {
    const std::string path = own.folder + "/log-" + std::to_string(::getpid()) + "-" + std::to_string(now_ns());
    const long fd =
        ::syscall(SYS_openat, AT_FDCWD, path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0) give_up("cannot create a log", path);
    own.fd = static_cast<int>(fd);
    own.owner = ::getpid();
  }
  const std::array<iovec, 2> parts = {iovec{&entry, sizeof entry},
                                      iovec{const_cast<char*>(payload.data()), payload.size()}};
  const auto size = static_cast<long>(sizeof entry + payload.size());
  if (::syscall(SYS_writev, own.fd, parts.data(), parts.size()) != size) give_up("cannot write a log", own.folder);
  return entry.id;
}

// A second name outside the folder: what is removed or replaced can be put back, and no number of a file is used anew.
void keep(const std::string& path, std::uint64_t inode) {
  Log& own = log();
  const std::lock_guard lock(own.mutex);
  if (!own.kept.insert(inode).second) return;
  if (::linkat(AT_FDCWD, path.c_str(), AT_FDCWD, kept_path(inode).c_str(), AT_SYMLINK_FOLLOW) == 0) return;
  // ENOENT: a file that has no name any more, so nothing of it is left after a power cut.
  if (errno != EEXIST && errno != ENOENT) give_up(std::strerror(errno), kept_path(inode));
}

std::string content(std::uint64_t inode, std::uint64_t offset, std::uint64_t length) {
  std::string bytes(length, '\0');
  const long fd = ::syscall(SYS_openat, AT_FDCWD, kept_path(inode).c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  std::size_t got = 0;
  while (got < length) {
    const auto n = ::pread(static_cast<int>(fd), bytes.data() + got, length - got, static_cast<off_t>(offset + got));
    if (n <= 0) break;
    got += static_cast<std::size_t>(n);
  }
  ::syscall(SYS_close, fd);
  bytes.resize(got);
  return bytes;
}

std::uint64_t log_resize_of(const std::string& path, std::uint64_t inode, std::uint64_t old_length,
                            std::uint64_t length) {
  keep(path, inode);
  return append({.kind = Kind::resize, .inode = inode, .offset = length, .old_length = old_length},
                length < old_length ? content(inode, length, old_length - length) : std::string());
}

std::string descriptor_path(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

bool below(const std::string& path, const std::string& folder) {
  return path == folder || (path.starts_with(folder) && path[folder.size()] == '/');
}

}  // namespace

std::uint64_t now_ns() {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(t.tv_nsec);
}

void give_up(std::string_view why, std::string_view where) {
  const std::string text = std::string("crash layer: ") + std::string(why) + " (" + std::string(where) + ")\n";
  ::syscall(SYS_write, STDERR_FILENO, text.data(), text.size());
  ::_exit(99);
}

const std::string& watched_folder() {
  static const std::string& folder = *new std::string(from_environment("TWINMILL_CRASH_FOLDER"));
  return folder;
}

Watched watched(int fd) {
  if (watched_folder().empty()) return {};
  struct stat s {};
  if (::fstat(fd, &s) != 0 || !(S_ISREG(s.st_mode) || S_ISDIR(s.st_mode))) return {};
  std::array<char, PATH_MAX> path{};
  if (::readlink(descriptor_path(fd).c_str(), path.data(), path.size() - 1) <= 0) return {};
  if (!below(path.data(), watched_folder())) return {};
  return {path.data(), s.st_ino, static_cast<std::uint64_t>(s.st_size)};
}

std::string watched_path(const char* path) {
  if (watched_folder().empty() || path == nullptr || *path == '\0') return {};
  const std::string given = path;
  const auto slash = given.find_last_of('/');
  const std::string folder = slash == std::string::npos ? "." : slash == 0 ? "/" : given.substr(0, slash);
  std::array<char, PATH_MAX> real{};
  if (::realpath(folder.c_str(), real.data()) == nullptr || !below(real.data(), watched_folder())) return {};
  return std::string(real.data()) + "/" + (slash == std::string::npos ? given : given.substr(slash + 1));
}

std::uint64_t inode_of(const std::string& path) {
  struct stat s {};
  return ::lstat(path.c_str(), &s) == 0 ? s.st_ino : 0;
}

std::uint64_t log_write(const Watched& file, std::uint64_t offset, std::uint64_t length) {
  if (!logs()) return 0;
  keep(file.path, file.inode);
  return append(
      {.kind = Kind::write, .inode = file.inode, .offset = offset, .length = length, .old_length = file.length},
      content(file.inode, offset, length));
}

std::uint64_t log_resize(const Watched& file, std::uint64_t length) {
  return logs() ? log_resize_of(file.path, file.inode, file.length, length) : 0;
}

std::uint64_t log_truncate(const std::string& path, std::uint64_t length) {
  struct stat s {};
  if (!logs() || ::stat(path.c_str(), &s) != 0) return 0;
  return log_resize_of(path, s.st_ino, static_cast<std::uint64_t>(s.st_size), length);
}

std::uint64_t log_rename(const std::string& from, const std::string& to) {
  const auto moved = inode_of(from), replaced = inode_of(to);
  if (!logs() || moved == 0) return 0;
  keep(from, moved);
  if (replaced != 0) keep(to, replaced);
  return append({.kind = Kind::rename, .inode = moved, .offset = replaced}, from + '\0' + to);
}

std::uint64_t log_unlink(const std::string& path) {
  const auto inode = inode_of(path);
  if (!logs() || inode == 0) return 0;
  keep(path, inode);
  return append({.kind = Kind::unlink, .inode = inode}, path);
}

void log_created(const std::string& path, Kind kind) {
  const auto inode = inode_of(path);
  if (!logs() || inode == 0) return;
  if (kind == Kind::create) keep(path, inode);
  done(append({.kind = kind, .inode = inode}, path));
}

void log_sync(const Watched& file, std::uint64_t began_ns) {
  if (logs()) append({.kind = Kind::sync, .time_ns = began_ns, .inode = file.inode}, file.path);
}

void log_unseen(const std::string& path, std::string_view what) {
  if (logs()) append({.kind = Kind::unseen}, std::string(what) + ": " + path);
}

void done(std::uint64_t id) {
  if (id != 0) append({.kind = Kind::done, .id = id}, {});
}

}  // namespace twinmill::crash

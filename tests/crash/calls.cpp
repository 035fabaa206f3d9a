// The C library's calls that change files, for a program that is started with this library in LD_PRELOAD. They do the
// same as ever; under one folder (TWINMILL_CRASH_FOLDER) they also note what a power cut would undo (undo_log.hpp) and
// can find the disk full (full_disk.hpp).
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdio>

#include "full_disk.hpp"
#include "undo_log.hpp"

using namespace twinmill::crash;

namespace {

template <class Call>
Call* next(const char* name) {
  void* found = ::dlsym(RTLD_NEXT, name);
  if (found == nullptr) give_up("the C library has no such call", name);
  return reinterpret_cast<Call*>(found);
}

template <class Result>
Result no_room() {
  errno = ENOSPC;
  return static_cast<Result>(-1);
}

// After the call, whose errno must be the last one.
void finish(std::uint64_t id) {
  const int code = errno;
  done(id);
  errno = code;
}

/// What opening a path to write may change: its length, and whether it exists.
template <class Open>
auto opened(const char* call, const char* given, int flags, const Open& open) -> decltype(open()) {
  const std::string path = (flags & (O_CREAT | O_TRUNC)) != 0 ? watched_path(given) : std::string();
  if (path.empty()) return open();
  const bool existed = inode_of(path) != 0;
  if ((flags & O_CREAT) != 0 && !existed && disk_is_full(call, path)) {
    errno = ENOSPC;
    return decltype(open())(-1);
  }
  const auto id = existed && (flags & O_TRUNC) != 0 && (flags & O_EXCL) == 0 ? log_truncate(path, 0) : 0;
  const auto result = open();
  finish(id);
  if (!existed) log_created(path, Kind::create);
  return result;
}

template <class Write>
ssize_t written(const char* call, int fd, off_t offset, std::uint64_t length, const Write& write) {
  const Watched file = watched(fd);
  if (!file) return write();
  if (disk_is_full(call, file.path)) return no_room<ssize_t>();
  const auto id = log_write(file, static_cast<std::uint64_t>(offset), length);
  const auto result = write();
  finish(id);
  return result;
}

off_t position(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  struct stat s {};
  if ((flags & O_APPEND) != 0 && ::fstat(fd, &s) == 0) return s.st_size;
  return ::lseek(fd, 0, SEEK_CUR);
}

std::uint64_t total(const iovec* parts, int count) {
  std::uint64_t bytes = 0;
  for (int i = 0; i < count; ++i) bytes += parts[i].iov_len;
  return bytes;
}

template <class Resize>
int resized(const char* call, int fd, std::uint64_t length, const Resize& resize) {
  const Watched file = watched(fd);
  if (!file) return resize();
  if (length > file.length && disk_is_full(call, file.path)) return no_room<int>();
  const auto id = log_resize(file, length);
  const int result = resize();
  finish(id);
  return result;
}

template <class Sync>
int synced(const char* call, int fd, const Sync& sync) {
  const Watched file = watched(fd);
  if (!file) return sync();
  if (disk_is_full(call, file.path)) return no_room<int>();
  const auto began = now_ns();
  const int result = sync();
  if (result == 0) log_sync(file, began);
  return result;
}

template <class Remove>
int removed(const char* given, const Remove& remove) {
  const std::string path = watched_path(given);
  const auto id = path.empty() ? 0 : log_unlink(path);
  const int result = remove();
  finish(id);
  return result;
}

}  // namespace

// A variable number of arguments, as the C library declares it: the mode is there when the flags ask for it.
#define MODE_OF(flags)                                  \
  mode_t mode = 0;                                      \
  if (((flags) & (O_CREAT | O_TMPFILE)) != 0) {         \
    va_list more;                                       \
    va_start(more, flags);                              \
    mode = static_cast<mode_t>(va_arg(more, unsigned)); \
    va_end(more);                                       \
  }

extern "C" {

int open(const char* path, int flags, ...) {
  MODE_OF(flags)
  static auto* const real = next<int(const char*, int, ...)>("open");
  return opened("open", path, flags, [&] { return real(path, flags, mode); });
}

int open64(const char* path, int flags, ...) {
  MODE_OF(flags)
  static auto* const real = next<int(const char*, int, ...)>("open64");
  return opened("open", path, flags, [&] { return real(path, flags, mode); });
}

int __open_2(const char* path, int flags) {
  static auto* const real = next<int(const char*, int)>("__open_2");
  return opened("open", path, flags, [&] { return real(path, flags); });
}

int __open64_2(const char* path, int flags) {
  static auto* const real = next<int(const char*, int)>("__open64_2");
  return opened("open", path, flags, [&] { return real(path, flags); });
}

int openat(int folder, const char* path, int flags, ...) {
  MODE_OF(flags)
  static auto* const real = next<int(int, const char*, int, ...)>("openat");
  const bool plain = folder == AT_FDCWD || path[0] == '/';
  if (!plain && (flags & (O_CREAT | O_TRUNC)) != 0 && watched(folder)) log_unseen(path, "openat in a folder");
  return opened("open", plain ? path : "", flags, [&] { return real(folder, path, flags, mode); });
}

int openat64(int folder, const char* path, int flags, ...) {
  MODE_OF(flags)
  return openat(folder, path, flags, mode);
}

int creat(const char* path, mode_t mode) { return open(path, O_WRONLY | O_CREAT | O_TRUNC, mode); }
int creat64(const char* path, mode_t mode) { return open(path, O_WRONLY | O_CREAT | O_TRUNC, mode); }

int mkstemp(char* pattern) {
  static auto* const real = next<int(char*)>("mkstemp");
  if (const auto path = watched_path(pattern); !path.empty() && disk_is_full("open", path)) return no_room<int>();
  const int fd = real(pattern);
  if (fd >= 0) {
    if (const Watched file = watched(fd)) log_created(file.path, Kind::create);
  }
  return fd;
}
int mkstemp64(char* pattern) { return mkstemp(pattern); }

// Streams write inside the C library, where nothing can be intercepted.
FILE* fopen(const char* path, const char* mode) {
  static auto* const real = next<FILE*(const char*, const char*)>("fopen");
  if (mode[0] != 'r' || std::string_view(mode).find('+') != std::string_view::npos) {
    if (const auto here = watched_path(path); !here.empty()) log_unseen(here, "fopen");
  }
  return real(path, mode);
}
FILE* fopen64(const char* path, const char* mode) { return fopen(path, mode); }

ssize_t write(int fd, const void* bytes, size_t count) {
  static auto* const real = next<ssize_t(int, const void*, size_t)>("write");
  const Watched file = watched(fd);
  if (!file) return real(fd, bytes, count);
  return written("write", fd, position(fd), count, [&] { return real(fd, bytes, count); });
}

ssize_t writev(int fd, const iovec* parts, int count) {
  static auto* const real = next<ssize_t(int, const iovec*, int)>("writev");
  const Watched file = watched(fd);
  if (!file) return real(fd, parts, count);
  return written("write", fd, position(fd), total(parts, count), [&] { return real(fd, parts, count); });
}

ssize_t pwrite(int fd, const void* bytes, size_t count, off_t offset) {
  static auto* const real = next<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  return written("write", fd, offset, count, [&] { return real(fd, bytes, count, offset); });
}
ssize_t pwrite64(int fd, const void* bytes, size_t count, off64_t offset) { return pwrite(fd, bytes, count, offset); }

ssize_t pwritev(int fd, const iovec* parts, int count, off_t offset) {
  static auto* const real = next<ssize_t(int, const iovec*, int, off_t)>("pwritev");
  return written("write", fd, offset, total(parts, count), [&] { return real(fd, parts, count, offset); });
}
ssize_t pwritev64(int fd, const iovec* parts, int count, off64_t offset) { return pwritev(fd, parts, count, offset); }

ssize_t pwritev2(int fd, const iovec* parts, int count, off_t offset, int flags) {
  static auto* const real = next<ssize_t(int, const iovec*, int, off_t, int)>("pwritev2");
  const off_t at = offset == -1 && watched(fd) ? position(fd) : offset;
  return written("write", fd, at, total(parts, count), [&] { return real(fd, parts, count, offset, flags); });
}
ssize_t pwritev64v2(int fd, const iovec* parts, int count, off64_t offset, int flags) {
  return pwritev2(fd, parts, count, offset, flags);
}

int ftruncate(int fd, off_t length) {
  static auto* const real = next<int(int, off_t)>("ftruncate");
  return resized("ftruncate", fd, static_cast<std::uint64_t>(length), [&] { return real(fd, length); });
}
int ftruncate64(int fd, off64_t length) { return ftruncate(fd, length); }

int truncate(const char* given, off_t length) {
  static auto* const real = next<int(const char*, off_t)>("truncate");
  const std::string path = watched_path(given);
  const auto id = path.empty() ? 0 : log_truncate(path, static_cast<std::uint64_t>(length));
  const int result = real(given, length);
  finish(id);
  return result;
}
int truncate64(const char* path, off64_t length) { return truncate(path, length); }

int fallocate(int fd, int mode, off_t offset, off_t length) {
  static auto* const real = next<int(int, int, off_t, off_t)>("fallocate");
  const Watched file = watched(fd);
  if (file && mode != 0) log_unseen(file.path, "fallocate with a mode");
  const auto end = static_cast<std::uint64_t>(offset + length);
  if (!file) return real(fd, mode, offset, length);
  // Blocks of a file that has its length already are room that is needed, too.
  if (end <= file.length && disk_is_full("fallocate", file.path)) return no_room<int>();
  return resized("fallocate", fd, std::max(end, file.length), [&] { return real(fd, mode, offset, length); });
}
int fallocate64(int fd, int mode, off64_t offset, off64_t length) { return fallocate(fd, mode, offset, length); }

int posix_fallocate(int fd, off_t offset, off_t length) {
  static auto* const real = next<int(int, off_t, off_t)>("posix_fallocate");
  if (!watched(fd)) return real(fd, offset, length);
  return fallocate(fd, 0, offset, length) == 0 ? 0 : errno;
}
int posix_fallocate64(int fd, off64_t offset, off64_t length) { return posix_fallocate(fd, offset, length); }

int fsync(int fd) {
  static auto* const real = next<int(int)>("fsync");
  return synced("fsync", fd, [&] { return real(fd); });
}

int fdatasync(int fd) {
  static auto* const real = next<int(int)>("fdatasync");
  return synced("fsync", fd, [&] { return real(fd); });
}

int rename(const char* from, const char* to) {
  static auto* const real = next<int(const char*, const char*)>("rename");
  const std::string here = watched_path(from), there = watched_path(to);
  if (here.empty() != there.empty()) log_unseen(from, "a rename into or out of the folder");
  if (!there.empty() && disk_is_full("rename", there)) return no_room<int>();
  const auto id = here.empty() || there.empty() ? 0 : log_rename(here, there);
  const int result = real(from, to);
  finish(id);
  return result;
}

int unlink(const char* path) {
  static auto* const real = next<int(const char*)>("unlink");
  return removed(path, [&] { return real(path); });
}

int remove(const char* path) {
  static auto* const real = next<int(const char*)>("remove");
  return removed(path, [&] { return real(path); });
}

int mkdir(const char* given, mode_t mode) {
  static auto* const real = next<int(const char*, mode_t)>("mkdir");
  const std::string path = watched_path(given);
  if (path.empty()) return real(given, mode);
  if (inode_of(path) == 0 && disk_is_full("mkdir", path)) return no_room<int>();
  const int result = real(given, mode);
  if (result == 0) log_created(path, Kind::make_folder);
  return result;
}

void* mmap(void* address, size_t length, int protection, int flags, int fd, off_t offset) {
  static auto* const real = next<void*(void*, size_t, int, int, int, off_t)>("mmap");
  if (fd >= 0 && (flags & MAP_SHARED) != 0 && (protection & PROT_WRITE) != 0) {
    if (const Watched file = watched(fd)) log_unseen(file.path, "a shared mapping");
  }
  return real(address, length, protection, flags, fd, offset);
}
void* mmap64(void* address, size_t length, int protection, int flags, int fd, off64_t offset) {
  return mmap(address, length, protection, flags, fd, offset);
}

}  // extern "C"

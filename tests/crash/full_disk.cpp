#include "full_disk.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <limits>
#include <string>

#include "undo_log.hpp"

namespace twinmill::crash {
namespace {

struct Full {
  long first = std::numeric_limits<long>::max();
  long count = std::numeric_limits<long>::max();
};

Full wanted() {
  Full full;
  const char* text = std::getenv("TWINMILL_CRASH_FULL");
  if (text == nullptr) return full;
  char* end = nullptr;
  full.first = std::strtol(text, &end, 10);
  if (*end == ',') full.count = std::strtol(end + 1, &end, 10);
  if (full.first < 1 || full.count < 1 || *end != '\0') give_up("TWINMILL_CRASH_FULL is FIRST or FIRST,COUNT", text);
  return full;
}

/// 0: never.
long last_call() {
  const char* text = std::getenv("TWINMILL_CRASH_KILL");
  if (text == nullptr) return 0;
  char* end = nullptr;
  const long number = std::strtol(text, &end, 10);
  if (number < 1 || *end != '\0') give_up("TWINMILL_CRASH_KILL is a number from 1", text);
  return number;
}

void note(std::string_view call, std::string_view path) {
  static const char* const list = std::getenv("TWINMILL_CRASH_CALLS");
  if (list == nullptr) return;
  const std::string line = std::string(call) + " " + std::string(path) + "\n";
  const long fd = ::syscall(SYS_openat, AT_FDCWD, list, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (fd < 0 || ::syscall(SYS_write, fd, line.data(), line.size()) != static_cast<long>(line.size()))
    give_up("cannot note a call", list);
  ::syscall(SYS_close, fd);
}

}  // namespace

bool disk_is_full(std::string_view call, std::string_view path) {
  note(call, path);
  static std::atomic<long> calls = 0;
  static const Full full = wanted();
  static const char* const name = std::getenv("TWINMILL_CRASH_FULL_FILE");
  if (name != nullptr && path.substr(path.rfind('/') + 1) != name) return false;
  const long number = ++calls;
  static const long last = last_call();
  if (number == last) ::kill(::getpid(), SIGKILL);
  return number >= full.first && number - full.first < full.count;
}

}  // namespace twinmill::crash

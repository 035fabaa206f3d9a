#include "twinmill/base/lock_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <thread>

#include "twinmill/base/clock.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/log.hpp"
#include "twinmill/base/process_table.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

std::string host() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

std::string boot() {
  try {
    return std::string(trim(read_text("/proc/sys/kernel/random/boot_id")));
  } catch (const Error&) {
    return {};
  }
}

std::string job() {
  for (const char* variable : {"SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID"}) {
    if (const char* id = std::getenv(variable); id != nullptr && *id != '\0') return id;
  }
  return {};
}

json describe_self(double now) {
  return {{"host", host()},
          {"pid", static_cast<long>(::getpid())},
          {"start", process_start(::getpid())},
          {"boot", boot()},
          {"job", job()},
          {"heartbeat", now}};
}

enum class Holder { alive, gone, unclear };

Holder holder_of(const json& lock, const LockOptions& options) {
  if (lock.value("host", "") == host()) {
    if (lock.value("boot", "") != boot()) return Holder::gone;
    const long pid = lock.value("pid", 0L);
    const std::string start = process_start(pid);
    return start == lock.value("start", "") && !start.empty() ? Holder::alive : Holder::gone;
  }
  // The other host's clock wrote it, ours reads it.
  const double distance = std::abs(options.wall_clock() - lock.value("heartbeat", 0.0));
  return distance < options.stale_after_s ? Holder::alive : Holder::unclear;
}

std::string words(const json& lock) {
  std::string text = cat("host ", lock.value("host", "?"), ", pid ", lock.value("pid", 0L));
  if (const std::string id = lock.value("job", ""); !id.empty()) text += ", job " + id;
  return text;
}

json read_lock(const fs::path& path) {
  try {
    return json::parse(read_text(path), nullptr, false);
  } catch (const Error&) {
    return json::value_t::discarded;  // Gone between two looks.
  }
}

bool same_owner(const json& a, const json& b) {
  for (const char* field : {"host", "pid", "start", "boot"}) {
    if (!a.is_object() || !b.is_object() || a.value(field, json()) != b.value(field, json())) return false;
  }
  return true;
}

// Whether the lock changes within a while, as it does when its holder lives. Counts what was slept, asks no clock.
bool changes(const fs::path& path, const json& seen, const LockOptions& options) {
  constexpr double step_s = 1;
  log::info(cat("watching the lock ", path.string(), " for ", options.watch_s, " s (", words(seen),
                " has not renewed it for long, or its clock is wrong)"));
  for (double watched = 0; watched < options.watch_s; watched += step_s) {
    options.sleep(step_s);
    if (read_lock(path) != seen) return true;
  }
  return false;
}

[[noreturn]] void throw_in_use(const fs::path& path, const std::string& holder) {
  throw Error(Fault::system, cat(path.parent_path().string(), " is in use by another twinmill (", holder,
                                 "). Wait for it, or stop it first?"));
}

}  // namespace

void sleep_seconds(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

LockFile::LockFile(fs::path path, const LockOptions& options)
    : path_(std::move(path)), wall_clock_(options.wall_clock) {
  const json self = describe_self(wall_clock_());
  token_ = self.dump();
  for (int tries = 0; tries < 8; ++tries) {
    const int fd = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd >= 0) {
      const auto written = ::write(fd, token_.data(), token_.size());
      const int code = errno;
      ::fsync(fd);
      ::close(fd);
      if (written == static_cast<ssize_t>(token_.size())) return;
      ::unlink(path_.c_str());
      throw Error(Fault::system, cat("cannot write the lock ", path_.string(), " (", std::strerror(code), ")"));
    }
    if (errno != EEXIST)
      throw Error(Fault::system, cat("cannot create the lock ", path_.string(), " (", std::strerror(errno), ")"));
    const json other = read_lock(path_);
    const Holder holder = other.is_object() ? holder_of(other, options) : Holder::gone;
    if (holder == Holder::unclear && changes(path_, other, options)) {
      if (!fs::exists(path_)) continue;  // Its holder has just finished.
      throw_in_use(path_, words(other));
    }
    if (holder == Holder::alive) throw_in_use(path_, words(other));
    // An empty or torn lock belongs to a process that died while it took it, or to one that takes it right now.
    if (!other.is_object() && tries < 3) {
      ::usleep(50'000);
      continue;
    }
    // Rename before removing: of two that find a stale lock, one wins the rename.
    const fs::path aside = cat(path_.string(), ".stale-", ::getpid());
    if (::rename(path_.c_str(), aside.c_str()) == 0) ::unlink(aside.c_str());
  }
  throw Error(Fault::system, cat("cannot take the lock ", path_.string(), " (others keep taking it)"));
}

LockFile::~LockFile() {
  if (same_owner(read_lock(path_), json::parse(token_, nullptr, false))) ::unlink(path_.c_str());
}

void LockFile::beat() {
  json mine = json::parse(token_);
  if (!same_owner(read_lock(path_), mine))
    throw Error(Fault::system,
                cat("the lock ", path_.string(), " was taken over by another process. Stop one of them?"));
  mine["heartbeat"] = wall_clock_();
  mine["beats"] = ++beats_;
  write_atomic(path_, mine.dump());
}

std::string LockFile::holder(const fs::path& path, const LockOptions& options) {
  std::error_code ec;
  if (!fs::exists(path, ec)) return {};
  const json lock = read_lock(path);
  return lock.is_object() && holder_of(lock, options) == Holder::alive ? words(lock) : std::string();
}

void LockFile::refuse_held(const fs::path& path) {
  if (const std::string who = holder(path); !who.empty()) throw_in_use(path, who);
}

}  // namespace twinmill

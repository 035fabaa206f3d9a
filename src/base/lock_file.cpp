#include "twinmill/base/lock_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>

#include "twinmill/base/clock.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
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

json describe_self() {
  return {
      {"host", host()}, {"pid", static_cast<long>(::getpid())}, {"start", process_start(::getpid())}, {"boot", boot()},
      {"job", job()},   {"heartbeat", unix_seconds()}};
}

bool alive(const json& lock, double stale_after_s) {
  if (lock.value("host", "") == host()) {
    if (lock.value("boot", "") != boot()) return false;
    const long pid = lock.value("pid", 0L);
    return process_start(pid) == lock.value("start", "") && !process_start(pid).empty();
  }
  return unix_seconds() - lock.value("heartbeat", 0.0) < stale_after_s;
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

}  // namespace

LockFile::LockFile(fs::path path, double stale_after_s) : path_(std::move(path)) {
  const json self = describe_self();
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
    if (other.is_object() && alive(other, stale_after_s))
      throw Error(Fault::system, cat(path_.parent_path().string(), " is in use by another twinmill (", words(other),
                                     "). Wait for it, or stop it first?"));
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
  mine["heartbeat"] = unix_seconds();
  write_atomic(path_, mine.dump());
}

std::string LockFile::holder(const fs::path& path, double stale_after_s) {
  std::error_code ec;
  if (!fs::exists(path, ec)) return {};
  const json lock = read_lock(path);
  return lock.is_object() && alive(lock, stale_after_s) ? words(lock) : std::string();
}

}  // namespace twinmill

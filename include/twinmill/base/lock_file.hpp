#pragma once
// One owner per run directory. The lock says who holds it, so that the second one can be told.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "twinmill/base/clock.hpp"

namespace twinmill {

/// Sleeps on the steady clock.
void sleep_seconds(double seconds);

struct LockOptions {
  /// A heartbeat of another host that is this far from our clock, either way, decides nothing: clocks may be wrong.
  double stale_after_s = 120;
  double watch_s = 30;  ///< Then the lock is watched so long; the holder renews it every 10 s.
  std::function<double()> wall_clock = unix_seconds;
  std::function<void(double)> sleep = sleep_seconds;
};

/// DIR/run.lock, created with O_EXCL, holding JSON: host, pid, pid's start time, job id, heartbeat (Unix seconds),
/// beats.
class LockFile {
 public:
  /// Takes the lock. A lock of this host is taken over when its process is gone, whatever clocks say; one of another
  /// host when its heartbeat is far from our clock and does not change while it is watched. Otherwise throws
  /// Error(system) naming the holder's host, pid and job.
  explicit LockFile(std::filesystem::path path, const LockOptions& options = {});
  ~LockFile();  ///< Removes the lock if it is still ours.
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;

  /// Renews the heartbeat. Throws Error(system) when somebody else has taken the lock over.
  void beat();

  /// The holder in words ("host a, pid 12, job 345"), or empty when the lock is free or may be stale. Watches nothing.
  static std::string holder(const std::filesystem::path& path, const LockOptions& options = {});
  /// Throws Error(system) as the constructor does when the lock has a holder. Watches nothing.
  static void refuse_held(const std::filesystem::path& path);

 private:
  std::filesystem::path path_;
  std::string token_;
  std::int64_t beats_ = 0;
  std::function<double()> wall_clock_;
};

}  // namespace twinmill

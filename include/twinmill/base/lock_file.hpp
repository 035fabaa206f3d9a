#pragma once
// One owner per run directory. The lock says who holds it, so that the second one can be told.

#include <filesystem>
#include <string>

namespace twinmill {

/// DIR/run.lock, created with O_EXCL, holding JSON: host, pid, pid's start time, job id, heartbeat (Unix seconds).
class LockFile {
 public:
  /// Takes the lock. A lock whose process is gone (same host and boot), or (other host) whose heartbeat is older than
  /// `stale_after_s`, is taken over. Otherwise throws Error(system) naming the holder's host, pid and job.
  explicit LockFile(std::filesystem::path path, double stale_after_s = 120);
  ~LockFile();  ///< Removes the lock if it is still ours.
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;

  /// Renews the heartbeat. Throws Error(system) when somebody else has taken the lock over.
  void beat();

  /// The holder in words ("host a, pid 12, job 345"), or empty when the lock is free or stale.
  static std::string holder(const std::filesystem::path& path, double stale_after_s = 120);

 private:
  std::filesystem::path path_;
  std::string token_;
};

}  // namespace twinmill

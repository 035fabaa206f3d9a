#pragma once
// The heartbeat of a directory's lock while nobody publishes a status yet.

#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "twinmill/base/lock_file.hpp"

namespace twinmill::app {

/// Renews a lock from a thread of its own, which does nothing else, until finish() or the end of its life. Meanwhile
/// nobody else may use the lock.
class LockBeat {
 public:
  explicit LockBeat(LockFile& lock, double every_s = 10);
  ~LockBeat();
  LockBeat(const LockBeat&) = delete;
  LockBeat& operator=(const LockBeat&) = delete;

  /// Ends it. Throws what kept the lock from being renewed: Error(system) when somebody else has taken it.
  void finish();
  /// Whether finish() will throw.
  bool failed() const { return failed_; }

 private:
  void stop();

  std::mutex mutex_;
  std::condition_variable wake_;
  bool over_ = false;
  std::exception_ptr failure_;
  std::atomic<bool> failed_ = false;
  std::thread thread_;
};

}  // namespace twinmill::app

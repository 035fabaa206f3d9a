#include "lock_beat.hpp"

#include <chrono>

namespace twinmill::app {

LockBeat::LockBeat(LockFile& lock, double every_s)
    : thread_([this, &lock, every_s] {
        try {
          std::unique_lock guard(mutex_);
          while (!wake_.wait_for(guard, std::chrono::duration<double>(every_s), [this] { return over_; })) lock.beat();
        } catch (...) {
          failure_ = std::current_exception();
          failed_ = true;
        }
      }) {}

LockBeat::~LockBeat() { stop(); }

void LockBeat::stop() {
  {
    const std::lock_guard guard(mutex_);
    over_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void LockBeat::finish() {
  stop();
  if (failure_) std::rethrow_exception(failure_);
}

}  // namespace twinmill::app

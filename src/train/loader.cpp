#include "loader.hpp"

#include <csignal>
#include <utility>

#include "twinmill/base/clock.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::train {
namespace {

/// Threads started while it lives take no signals: those are the main thread's.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

Loader::Loader(std::function<Batch()> make, std::size_t depth) : make_(std::move(make)), depth_(depth) {
  ensure(depth > 0, "a loader keeps a batch at least");
  const SignalsBlocked blocked;
  thread_ = std::thread([this] { run(); });
}

Loader::~Loader() {
  {
    const std::scoped_lock lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Loader::run() {
  while (true) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stop_ || ready_.size() < depth_; });
      if (stop_) return;
    }
    Batch batch;
    std::exception_ptr failure;
    try {
      batch = make_();
    } catch (...) {
      failure = std::current_exception();
    }
    {
      const std::scoped_lock lock(mutex_);
      if (failure) {
        failure_ = failure;
      } else {
        ready_.push_back(std::move(batch));
      }
    }
    changed_.notify_all();
    if (failure) return;
  }
}

Batch Loader::next() {
  const double started = steady_seconds();
  Batch batch;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !ready_.empty() || failure_; });
    waited_s_ += steady_seconds() - started;
    if (ready_.empty()) std::rethrow_exception(failure_);
    batch = std::move(ready_.front());
    ready_.pop_front();
  }
  changed_.notify_all();
  return batch;
}

}  // namespace twinmill::train

#pragma once
// Batches made by a thread of their own, ahead of the steps that need them.

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

#include "batches.hpp"

namespace twinmill::train {

/// Calls `make` in a thread, again and again, and keeps at most `depth` batches that nobody has taken yet. While it
/// lives, only its thread may use what `make` uses: the HDF5 library of parallel builds knows no threads.
class Loader {
 public:
  Loader(std::function<Batch()> make, std::size_t depth);
  ~Loader();  ///< Waits for the batch that is being made.
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  /// The next batch, in the order in which they were made. What `make` threw is thrown here, in the place of the batch
  /// that it could not make, and again by every later call.
  Batch next();
  double waited_s() const { return waited_s_; }  ///< Seconds that next() has waited, in all.

 private:
  void run();

  std::function<Batch()> make_;
  std::size_t depth_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Batch> ready_;
  std::exception_ptr failure_;
  bool stop_ = false;
  double waited_s_ = 0;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace twinmill::train

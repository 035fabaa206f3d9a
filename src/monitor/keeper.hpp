#pragma once
// The thread that owns the watcher. Others get its facts as values, and ask it for pictures; they never wait long.

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>

#include "watcher.hpp"

namespace twinmill::monitor {

/// The files could not be asked in time; asking again may help.
class Busy : public std::runtime_error {
 public:
  Busy() : std::runtime_error("busy") {}
};

class Keeper {
 public:
  /// Throws what Watcher::check() does.
  Keeper(Paths paths, FindPatterns patterns);
  ~Keeper();
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;

  std::shared_ptr<const Facts> facts() const;
  /// Empty when there is no such sample. Throws Busy.
  std::optional<SampleFacts> sample(std::int64_t id);
  /// PNG; nullptr when there is no such picture (yet). Throws Busy.
  std::shared_ptr<const std::string> picture(std::int64_t id, int detector, PictureKind kind);

 private:
  using Key = std::tuple<int, std::int64_t, int, PictureKind>;  // Generation of the store, sample, detector, kind.
  struct Cached {
    std::shared_ptr<const std::string> png;
    std::list<Key>::iterator place;
  };
  struct Stopped {};

  void work();
  void look(const std::function<void()>& breathe);
  void serve_jobs();
  void publish();
  template <class Result>
  Result ask(std::function<Result()> question);
  std::shared_ptr<const std::string> cached(const Key& key);
  void keep(const Key& key, const std::shared_ptr<const std::string>& png);

  Watcher watcher_;  // Of the thread alone.
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::shared_ptr<const Facts> facts_;
  std::deque<std::function<void()>> jobs_;
  std::map<Key, Cached> pictures_;
  std::list<Key> used_;  // Latest first.
  std::size_t picture_bytes_ = 0;
  std::atomic<int> generation_{0};
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace twinmill::monitor

#include "keeper.hpp"

#include <chrono>
#include <future>

#include "twinmill/base/clock.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::monitor {
namespace {

using namespace std::chrono_literals;
constexpr double look_every_s = 1;
constexpr std::size_t most_jobs = 32;           // Waiting; who comes later is told to try again.
constexpr std::size_t most_bytes = 64'000'000;  // Of pictures kept.
constexpr auto patience = 10s;

}  // namespace

Keeper::Keeper(Paths paths, FindPatterns patterns) : watcher_(std::move(paths), std::move(patterns)) {
  watcher_.check();
  facts_ = std::make_shared<const Facts>(watcher_.facts());
  thread_ = std::thread([this] { work(); });
}

Keeper::~Keeper() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Keeper::serve_jobs() {
  for (;;) {
    std::function<void()> job;
    {
      const std::lock_guard lock(mutex_);
      if (stop_) throw Stopped();
      if (jobs_.empty()) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    job();
  }
}

void Keeper::publish() {
  auto facts = std::make_shared<const Facts>(watcher_.facts());
  generation_ = watcher_.store_generation();
  const std::lock_guard lock(mutex_);
  facts_ = std::move(facts);
}

void Keeper::work() {
  double next_look = 0;
  const std::function<void()> breathe = [&] {
    serve_jobs();
    if (steady_seconds() < next_look) return;
    watcher_.look_at_status();
    publish();
    next_look = steady_seconds() + look_every_s;
  };
  try {
    for (;;) {
      serve_jobs();
      if (steady_seconds() >= next_look) {
        next_look = steady_seconds() + look_every_s;
        look(breathe);
      }
      if (watcher_.go_on()) continue;
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, 100ms, [&] { return stop_ || !jobs_.empty(); });
    }
  } catch (const Stopped&) {
  }
}

void Keeper::look(const std::function<void()>& breathe) {
  try {
    watcher_.look();
    publish();
    watcher_.read_ledger(breathe);
  } catch (const std::exception& e) {
    // Whatever the state of the files is, the page goes on.
    watcher_.complain(e.what());
  }
  publish();
}

template <class Result>
Result Keeper::ask(std::function<Result()> question) {
  // The job may outlive the one who asked.
  auto task = std::make_shared<std::packaged_task<Result()>>(std::move(question));
  auto answer = task->get_future();
  {
    const std::lock_guard lock(mutex_);
    if (stop_ || jobs_.size() >= most_jobs) throw Busy();
    jobs_.emplace_back([task] { (*task)(); });
  }
  wake_.notify_all();
  if (answer.wait_for(patience) != std::future_status::ready) throw Busy();
  return answer.get();
}

std::shared_ptr<const Facts> Keeper::facts() const {
  const std::lock_guard lock(mutex_);
  return facts_;
}

std::optional<SampleFacts> Keeper::sample(std::int64_t id) {
  return ask<std::optional<SampleFacts>>([this, id] { return watcher_.sample(id); });
}

std::shared_ptr<const std::string> Keeper::picture(std::int64_t id, int detector, PictureKind kind) {
  const Key key{generation_, id, detector, kind};
  if (auto png = cached(key)) return png;
  const auto png =
      ask<std::optional<std::string>>([this, id, detector, kind] { return watcher_.picture(id, detector, kind); });
  if (!png) return nullptr;
  auto shared = std::make_shared<const std::string>(*png);
  keep(key, shared);
  return shared;
}

std::shared_ptr<const std::string> Keeper::cached(const Key& key) {
  const std::lock_guard lock(mutex_);
  const auto found = pictures_.find(key);
  if (found == pictures_.end()) return nullptr;
  used_.splice(used_.begin(), used_, found->second.place);
  return found->second.png;
}

void Keeper::keep(const Key& key, const std::shared_ptr<const std::string>& png) {
  const std::lock_guard lock(mutex_);
  if (pictures_.contains(key)) return;
  used_.push_front(key);
  pictures_[key] = {png, used_.begin()};
  picture_bytes_ += png->size();
  while (picture_bytes_ > most_bytes && used_.size() > 1) {
    const auto oldest = pictures_.find(used_.back());
    picture_bytes_ -= oldest->second.png->size();
    pictures_.erase(oldest);
    used_.pop_back();
  }
}

}  // namespace twinmill::monitor

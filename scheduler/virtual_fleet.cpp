#include "scheduler/virtual_fleet.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "twinmill/base/random.hpp"

namespace twinmill::scheduler {
namespace {

constexpr double never = std::numeric_limits<double>::infinity();

struct Held {
  protocol::Grant grant;
  double arrived = 0;
};

struct VirtualWorker {
  std::vector<Held> held;  ///< The first one is being worked on if `ends` is a time.
  double began = 0;
  double ends = never;  ///< Of the lease at work.
  bool greeted = false, worked = false, leaving = false;
};

class Fleet {
 public:
  Fleet(std::vector<Work> work, const std::vector<float>& seconds, const FleetOptions& options)
      : options_(options), costs_(options.costs), seconds_(seconds) {
    std::int64_t last = -1;
    for (const Work& one : work)
      for (const SampleId sample : one.samples) last = std::max(last, sample.value);
    done_.assign(static_cast<std::size_t>(last + 1), 0);
    for (const Work& one : work)
      for (const SampleId sample : one.samples) done_[sample.index()] = expected;
    workers_.resize(static_cast<std::size_t>(options.workers) + 1);
    reactor_.emplace(Start{.work = std::move(work), .workers = options.workers}, options.policy);
    for (int rank = 1; rank <= options.workers; ++rank) next_.emplace(0.0, rank);
  }

  FleetResult run() {
    while (!reactor_->over()) turn();
    for (const std::uint8_t state : done_) ensure(state != expected, "a sample was never done");
    result_.busy_share = result_.work_seconds / (options_.workers * result_.seconds);
    return result_;
  }

 private:
  static constexpr std::uint8_t absent = 0, expected = 1, settled = 2;
  static constexpr std::size_t most_messages = 1 << 17;  ///< Of a turn, as in the loop.

  void turn() {
    outbox_.clear();
    hear();
    if (heard_.empty()) {
      // Asleep until something arrives; the loop looks at least every poll_seconds.
      ensure(!next_.empty(), "the virtual campaign stands still");
      now_ = std::max(now_, next_.top().first + costs_.latency) + options_.poll_seconds / 2;
      hear();
    }
    ++result_.turns;
    const double begun = now_;
    const double before = options_.clock();
    for (const Event& event : heard_) reactor_->handle(event, outbox_);
    reactor_->handle(Tick{now_}, outbox_);
    const double measured = options_.clock() - before;
    result_.reactor_seconds += measured;
    now_ += measured + static_cast<double>(heard_.size()) * costs_.receive;
    write();
    for (Send& send : outbox_.sends) {
      now_ += costs_.send;
      deliver(send, now_ + costs_.latency);
    }
    result_.rank0_seconds += now_ - begun;
    result_.longest_turn = std::max(result_.longest_turn, now_ - begun);
  }

  /// Takes what has arrived by now.
  void hear() {
    heard_.clear();
    while (!next_.empty() && next_.top().first + costs_.latency <= now_ && heard_.size() < most_messages) {
      const auto [time, rank] = next_.top();
      next_.pop();
      say(rank, time);
    }
    result_.longest_queue = std::max(result_.longest_queue, heard_.size());
  }

  /// What the worker says at `time`, and when it will say the next thing.
  void say(int rank, double time) {
    VirtualWorker& worker = workers_[static_cast<std::size_t>(rank)];
    if (!worker.greeted) {
      worker.greeted = true;
      heard_.emplace_back(Received{rank, protocol::Hello{"virtual", rank}, now_});
    } else if (worker.leaving) {
      heard_.emplace_back(Received{rank, protocol::Bye{}, now_});
    } else if (time < worker.ends) {
      const double part = (time - worker.began) / (worker.ends - worker.began);
      heard_.emplace_back(Received{rank, protocol::Heartbeat{worker.held.front().grant.lease, part}, now_});
      ++result_.heartbeats;
      next_.emplace(std::min(worker.ends, time + options_.beat_seconds), rank);
    } else {
      finish(worker, rank, time);
    }
  }

  void finish(VirtualWorker& worker, int rank, double time) {
    const protocol::Grant& grant = worker.held.front().grant;
    protocol::Finished finished{grant.lease, grant.simulation, grant.attempt, worker.ends - worker.began, {}};
    for (const SampleId sample : grant.samples) finished.samples.push_back({sample, 1});
    heard_.emplace_back(Received{rank, std::move(finished), now_});
    worker.held.erase(worker.held.begin());
    worker.ends = never;
    if (!worker.held.empty()) begin(worker, rank, std::max(time, worker.held.front().arrived));
  }

  void begin(VirtualWorker& worker, int rank, double time) {
    const double takes = seconds_[worker.held.front().grant.simulation.index()];
    worker.began = time;
    worker.ends = time + takes;
    result_.work_seconds += takes;
    result_.longest_lease = std::max(result_.longest_lease, takes);
    ++result_.leases;
    if (!std::exchange(worker.worked, true)) result_.all_at_work = std::max(result_.all_at_work, time);
    next_.emplace(std::min(worker.ends, time + options_.beat_seconds), rank);
  }

  void deliver(Send& send, double arrives) {
    VirtualWorker& worker = workers_[static_cast<std::size_t>(send.to)];
    if (auto* grant = std::get_if<protocol::Grant>(&send.message)) {
      worker.held.push_back({std::move(*grant), arrives});
      if (worker.held.size() == 1) begin(worker, send.to, arrives);
    } else if (std::holds_alternative<protocol::Leave>(send.message)) {
      worker.leaving = true;
      next_.emplace(arrives, send.to);
    }
  }

  /// The ledger's part of the turn.
  void write() {
    bool finished = false;
    for (const ledger::Record& record : outbox_.records) {
      const auto* done = std::get_if<ledger::LeaseDone>(&record);
      if (done != nullptr) {
        finished = true;
        for (const auto& sample : done->samples)
          ensure(std::exchange(done_[sample.sample.index()], settled) == expected, "a sample was done twice");
      }
      if (done != nullptr || std::holds_alternative<ledger::LeaseGranted>(record)) now_ += costs_.lease / 2;
    }
    if (!outbox_.records.empty()) {
      now_ += costs_.commit;
      result_.commit_seconds += costs_.commit;
    }
    if (finished) result_.seconds = now_;
  }

  const FleetOptions& options_;
  const FleetCosts& costs_;
  const std::vector<float>& seconds_;
  std::optional<Reactor> reactor_;
  std::vector<VirtualWorker> workers_;
  using Next = std::pair<double, int>;  ///< (time, rank): a worker says its next thing.
  std::priority_queue<Next, std::vector<Next>, std::greater<>> next_;
  std::vector<std::uint8_t> done_;  ///< By sample.
  std::vector<Event> heard_;
  Outbox outbox_;
  FleetResult result_;
  double now_ = 0;
};

}  // namespace

FleetResult run_virtual_fleet(std::vector<Work> work, const std::vector<float>& seconds, const FleetOptions& options) {
  return Fleet(std::move(work), seconds, options).run();
}

std::vector<float> log_normal_seconds(std::size_t count, double mean, double sigma, std::uint64_t seed) {
  RandomStream random(Hasher().add(seed).digest(), "durations");
  std::vector<float> seconds(count);
  for (float& one : seconds) one = static_cast<float>(mean * std::exp(sigma * random.normal() - sigma * sigma / 2));
  return seconds;
}

}  // namespace twinmill::scheduler

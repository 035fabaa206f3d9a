// The same reactor as on the machine, driven with virtual workers that fail, die, and stall: whatever happens, every
// sample is done exactly once or in quarantine, and no lease is forgotten.
#include <gtest/gtest.h>

#include <queue>
#include <unordered_map>

#include "scheduler/reactor.hpp"
#include "twinmill/base/random.hpp"

namespace twinmill::scheduler {
namespace {

struct Chances {
  double failure = 0;  ///< Of a lease: Failed.
  double death = 0;    ///< Of a lease: its worker is never heard of again.
  double stall = 0;    ///< Of a lease: silence beyond the timeout, then Finished, late.
  double poison = 0;   ///< Of a simulation: it kills every worker.
  std::optional<double> drain_at = std::nullopt;
};

/// What the ledger would hold; refuses what the real one refuses.
class Book {
 public:
  void write(const ledger::Record& record) {
    if (const auto* granted = std::get_if<ledger::LeaseGranted>(&record)) {
      ASSERT_TRUE(open_.emplace(granted->lease, granted->simulation).second) << "lease number given twice";
      ASSERT_EQ(granted->attempt, ++attempts_[granted->simulation]);
      most_open_ = std::max(most_open_, open_.size());
    } else if (const auto* done = std::get_if<ledger::LeaseDone>(&record)) {
      ASSERT_EQ(open_.erase(done->lease), 1u);
      for (const auto& sample : done->samples) settle(sample.sample, ledger::TaskState::done);
    } else if (const auto* ended = std::get_if<ledger::LeaseEnded>(&record)) {
      ASSERT_EQ(open_.erase(ended->lease), 1u);
    } else if (const auto* given_up = std::get_if<ledger::Quarantined>(&record)) {
      for (const SampleId sample : given_up->samples) settle(sample, ledger::TaskState::quarantined);
    } else if (std::holds_alternative<ledger::LateResult>(record)) {
      ++late_;
    }
  }
  std::size_t open() const { return open_.size(); }
  std::size_t late() const { return late_; }
  std::size_t most_open() const { return most_open_; }
  std::int64_t count(ledger::TaskState state) const {
    std::int64_t n = 0;
    for (const auto& [sample, s] : settled_) n += s == state ? 1 : 0;
    return n;
  }

 private:
  void settle(SampleId sample, ledger::TaskState state) {
    ASSERT_TRUE(settled_.emplace(sample, state).second) << "sample " << sample.value << " was counted twice";
  }
  std::size_t late_ = 0;
  std::size_t most_open_ = 0;
  std::unordered_map<LeaseId, SimulationId> open_;
  std::unordered_map<SimulationId, std::int32_t> attempts_;
  std::unordered_map<SampleId, ledger::TaskState> settled_;
};

class Fleet {
 public:
  Fleet(int workers, std::vector<Work> work, Policy policy, Chances chances, std::uint64_t seed)
      : policy_(policy),
        chances_(chances),
        random_(Hasher().add(seed).digest(), "fleet"),
        virtual_(static_cast<std::size_t>(workers) + 1) {
    for (const Work& w : work) poisoned_[w.simulation] = random_.uniform() < chances.poison;
    reactor_.emplace(
        Start{.work = std::move(work), .workers = workers, .next_lease = LeaseId(0), .done = 0, .quarantined = 0},
        policy);
    for (int rank = 1; rank <= workers; ++rank) say(rank, random_.uniform(), protocol::Hello{"node", rank});
  }

  void run() {
    double next_tick = 0;
    while (!reactor_->over()) {
      ASSERT_LT(now_, 1e6) << "the campaign does not end";
      if (chances_.drain_at && now_ >= *chances_.drain_at) {
        chances_.drain_at.reset();
        handle(DrainRequested{"enough"});
      }
      if (!said_.empty() && said_.top().time <= next_tick) {
        const Said one = said_.top();
        said_.pop();
        now_ = one.time;
        handle(Received{one.from, one.message, now_});
        after(one);
      } else {
        now_ = next_tick;
        next_tick += 1;
        handle(Tick{now_});
      }
    }
  }

  const Reactor& reactor() const { return *reactor_; }
  const Book& book() const { return book_; }
  double now() const { return now_; }

 private:
  struct Said {
    double time;
    std::int64_t order;
    int from;
    protocol::Message message;
    bool operator<(const Said& other) const { return std::pair(time, order) > std::pair(other.time, other.order); }
  };
  struct Virtual {
    std::deque<protocol::Grant> waiting;
    bool busy = false, dead = false, draining = false, leave = false;
  };

  void handle(const Event& event) {
    outbox_.clear();
    reactor_->handle(event, outbox_);
    for (const auto& record : outbox_.records) ASSERT_NO_FATAL_FAILURE(book_.write(record));
    for (const auto& send : outbox_.sends) deliver(send);
  }

  void say(int from, double delay, protocol::Message message) {
    said_.push({now_ + delay, order_++, from, std::move(message)});
  }

  void deliver(const Send& send) {
    Virtual& w = virtual_[static_cast<std::size_t>(send.to)];
    if (w.dead) return;
    if (const auto* grant = std::get_if<protocol::Grant>(&send.message)) w.waiting.push_back(*grant);
    if (std::holds_alternative<protocol::Drain>(send.message)) w.draining = true;
    if (std::holds_alternative<protocol::Leave>(send.message)) w.leave = true;
    if (!w.busy) go_on(send.to);
  }

  // What a worker does when it is free.
  void go_on(int rank) {
    Virtual& w = virtual_[static_cast<std::size_t>(rank)];
    if (w.leave) {
      w.waiting.clear();
      say(rank, 0.001, protocol::Bye{});
      return;
    }
    if (w.draining) {
      for (const auto& g : w.waiting) say(rank, 0.001, protocol::Returned{g.lease, g.simulation, g.attempt});
      w.waiting.clear();
    }
    if (w.waiting.empty()) return;
    const protocol::Grant grant = std::move(w.waiting.front());
    w.waiting.pop_front();
    const double luck = random_.uniform();
    if (poisoned_[grant.simulation] || luck < chances_.death) {
      w.dead = true;
      return;
    }
    w.busy = true;
    double seconds = 1 + 4 * random_.uniform();
    if (luck < chances_.death + chances_.stall) seconds += 3 * policy_.heartbeat_timeout;
    if (luck > 1 - chances_.failure) {
      say(rank, seconds, protocol::Failed{grant.lease, grant.simulation, grant.attempt, Fault::bug, "bad luck"});
      return;
    }
    protocol::Finished finished{grant.lease, grant.simulation, grant.attempt, seconds, {}};
    for (const SampleId sample : grant.samples) finished.samples.push_back({sample, 1});
    say(rank, seconds, std::move(finished));
  }

  // What a worker does once its message is out.
  void after(const Said& one) {
    Virtual& w = virtual_[static_cast<std::size_t>(one.from)];
    const bool result = std::holds_alternative<protocol::Finished>(one.message) ||
                        std::holds_alternative<protocol::Failed>(one.message);
    if (!result) return;
    w.busy = false;
    go_on(one.from);
    // Without work it says Hello again, which is what brings a falsely lost one back.
    if (!w.busy && !w.dead && !w.leave) say(one.from, 0.01, protocol::Hello{"node", one.from});
  }

  Policy policy_;
  Chances chances_;
  RandomStream random_;
  Book book_;
  std::vector<Virtual> virtual_;
  std::unordered_map<SimulationId, bool> poisoned_;
  std::optional<Reactor> reactor_;
  std::priority_queue<Said> said_;
  Outbox outbox_;
  double now_ = 0;
  std::int64_t order_ = 0;
};

std::vector<Work> many(int simulations, int samples, std::uint64_t seed) {
  RandomStream random(Hasher().add(seed).digest(), "work");
  std::vector<Work> work;
  std::int64_t next = 0;
  for (int i = 0; i < simulations; ++i) {
    Work one{.simulation = SimulationId(i),
             .cost = 1 + 9 * random.uniform(),
             .attempts = 0,
             .failures = 0,
             .losses = 0,
             .samples = {}};
    for (int j = 0; j < samples; ++j) one.samples.emplace_back(next++);
    work.push_back(std::move(one));
  }
  return work;
}

void expect_whole(const Fleet& fleet, std::int64_t total) {
  const SampleCounts counts = fleet.reactor().counts();
  EXPECT_EQ(fleet.book().open(), 0u) << "a lease was forgotten";
  EXPECT_EQ(counts.running, 0);
  EXPECT_EQ(counts.done, fleet.book().count(ledger::TaskState::done));
  EXPECT_EQ(counts.quarantined, fleet.book().count(ledger::TaskState::quarantined));
  EXPECT_EQ(counts.done + counts.quarantined + counts.pending, total);
  EXPECT_EQ(counts.total, total);
}

constexpr Policy fleet_policy{.attempts = 3, .losses = 3, .heartbeat_timeout = 30};

TEST(Fleet, EverySampleIsDoneOnceWhateverHappens) {
  std::size_t late = 0, quarantined = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    const Chances chances{.failure = 0.1, .death = 0.02, .stall = 0.03, .poison = 0.005};
    Fleet fleet(50, many(400, 3, seed), fleet_policy, chances, seed);
    fleet.run();
    ASSERT_FALSE(::testing::Test::HasFatalFailure());
    expect_whole(fleet, 1200);
    EXPECT_TRUE(fleet.reactor().drained() || fleet.reactor().counts().pending == 0);
    late += fleet.book().late();
    quarantined += static_cast<std::size_t>(fleet.reactor().counts().quarantined);
  }
  EXPECT_GT(late, 20u);
  EXPECT_GT(quarantined, 20u);
}

TEST(Fleet, WithoutTroubleEverythingIsDone) {
  Fleet fleet(7, many(100, 2, 1), fleet_policy, {}, 1);
  fleet.run();
  expect_whole(fleet, 200);
  EXPECT_EQ(fleet.reactor().counts().done, 200);
  EXPECT_EQ(fleet.book().late(), 0u);
  // Each worker held one running and one waiting lease.
  EXPECT_EQ(fleet.book().most_open(), 14u);
}

TEST(Fleet, PoisonDoesNotKillTheFleet) {
  auto work = many(200, 1, 3);
  Fleet fleet(40, std::move(work), fleet_policy, {.poison = 0.02}, 3);
  fleet.run();
  expect_whole(fleet, 200);
  EXPECT_FALSE(fleet.reactor().drained());
  EXPECT_GT(fleet.reactor().counts().quarantined, 0);
  EXPECT_EQ(fleet.reactor().count(WorkerState::lost), 3 * fleet.reactor().counts().quarantined);
}

TEST(Fleet, DrainEndsSoonWithNothingRunning) {
  Fleet fleet(50, many(1000, 3, 4), fleet_policy, {.failure = 0.1, .death = 0.01, .drain_at = 20.0}, 4);
  fleet.run();
  expect_whole(fleet, 3000);
  EXPECT_GT(fleet.reactor().counts().pending, 0);
  EXPECT_EQ(fleet.reactor().drained()->reason, "enough");
  EXPECT_LT(fleet.now(), 20 + fleet_policy.heartbeat_timeout + 10);
}

TEST(Fleet, AllWorkersDeadEndsTheCampaign) {
  Fleet fleet(5, many(100, 1, 5), fleet_policy, {.death = 1}, 5);
  fleet.run();
  expect_whole(fleet, 100);
  EXPECT_EQ(fleet.reactor().drained()->fault, Fault::system);
  EXPECT_EQ(fleet.reactor().count(WorkerState::lost), 5);
}

// The largest machine: 75,000 workers, two leases each. Linear in the events, or this would not end in seconds.
TEST(Fleet, SeventyFiveThousandWorkers) {
  constexpr int workers = 75000, simulations = 150000;
  Fleet fleet(workers, many(simulations, 2, 6), fleet_policy,
              {.failure = 0.01, .death = 0.001, .stall = 0.001, .poison = 0.0001}, 6);
  fleet.run();
  expect_whole(fleet, 2 * simulations);
  EXPECT_EQ(fleet.reactor().counts().pending, 0);
  EXPECT_GT(fleet.reactor().counts().done, 2 * simulations - 1000);
  EXPECT_GT(fleet.reactor().count(WorkerState::lost), 0);
}

}  // namespace
}  // namespace twinmill::scheduler

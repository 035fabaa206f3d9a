// Whole small campaigns in one process: the real scheduler, ledger and workers around an executor that does as it is
// told; and what is left after a crash at any message.
#include <gmock/gmock.h>

#include <map>
#include <set>

#include "../ledger/hand_plan.hpp"
#include "scheduler/loop.hpp"
#include "temp_folder.hpp"
#include "twinmill/base/random.hpp"
#include "twinmill/ledger/view.hpp"
#include "workers/loop.hpp"

namespace twinmill::workers {
namespace {

using testing::hand_plan;
using ::testing::HasSubstr;

/// What is on the disk: written by every executor of a test.
using Disk = std::map<SampleId, std::uint64_t>;

std::uint64_t content(SampleId sample) { return 1000 + static_cast<std::uint64_t>(sample.value); }

struct DiskExecutor final : Executor {
  Disk& disk;
  std::function<void(const protocol::Grant&, const Beat&)> before;
  int executed = 0;

  explicit DiskExecutor(Disk& d) : disk(d) {}
  Completed execute(const protocol::Grant& grant, const Beat& beat) override {
    ++executed;
    if (before) before(grant, beat);
    std::vector<protocol::SampleDone> done;
    for (const SampleId sample : grant.samples) {
      disk[sample] = content(sample);
      done.push_back({sample, content(sample)});
    }
    return {.samples = done};
  }
};

struct Crash : std::runtime_error {
  Crash() : std::runtime_error("crash") {}
};

/// A worker's or the scheduler's end that dies at its n-th message.
class MortalChannel final : public protocol::Channel {
 public:
  enum class Death { throws, silence };
  MortalChannel(std::unique_ptr<protocol::Channel> real, int messages, Death death)
      : real_(std::move(real)), left_(messages), death_(death) {}
  void send(int to, const protocol::Message& message) override {
    if (left_ > 0) {
      --left_;
      real_->send(to, message);
    } else if (death_ == Death::throws) {
      throw Crash();
    }
  }
  std::optional<protocol::Envelope> try_receive() override {
    if (left_ == 0 && death_ == Death::silence) return std::nullopt;
    return real_->try_receive();
  }
  int rank() const override { return real_->rank(); }
  int size() const override { return real_->size(); }

 private:
  std::unique_ptr<protocol::Channel> real_;
  int left_;
  Death death_;
};

constexpr int forever = 1 << 30;

class CampaignTest : public ::testing::Test {
 protected:
  /// One run in this process: `workers` workers take turns; time passes with every turn.
  struct Run {
    int workers = 2;
    int scheduler_messages = forever;         ///< Then the scheduler crashes in mid-send.
    std::map<int, int> worker_messages = {};  ///< rank -> messages; then that worker falls silent.
    std::function<void(int rank, const protocol::Grant&)> before = {};
    scheduler::Policy policy{.attempts = 3, .losses = 5, .heartbeat_timeout = 60};
  };

  scheduler::Outcome play(const Run& run) {
    ledger::Ledger ledger = ledger::Ledger::open(path_, plan_);
    protocol::MemoryHub hub(run.workers + 1);
    MortalChannel scheduler_end(hub.end(0), run.scheduler_messages, MortalChannel::Death::throws);
    std::vector<std::unique_ptr<MortalChannel>> ends;
    std::vector<std::unique_ptr<DiskExecutor>> executors;
    std::vector<std::unique_ptr<Worker>> workers;
    for (int rank = 1; rank <= run.workers; ++rank) {
      const auto mortal = run.worker_messages.find(rank);
      ends.push_back(std::make_unique<MortalChannel>(hub.end(rank),
                                                     mortal == run.worker_messages.end() ? forever : mortal->second,
                                                     MortalChannel::Death::silence));
      executors.push_back(std::make_unique<DiskExecutor>(disk_));
      executors.back()->before = [this, rank, &run](const protocol::Grant& grant, const Beat& beat) {
        ++executions_[grant.simulation];
        now_ += 1;
        beat(0.5);
        if (run.before) run.before(rank, grant);
      };
      workers.push_back(std::make_unique<Worker>(
          *ends.back(), *executors.back(),
          WorkerOptions{
              .host = "node", .beat_seconds = 1, .hello_seconds = 10, .clock = [this] { return now_; }, .sleep = {}}));
    }
    scheduler::LoopOptions options;
    options.policy = run.policy;
    options.say = [this](const std::string& text) { said_.push_back(text); };
    options.clock = [this] { return now_; };
    options.sleep = [this](double seconds) { now_ += 100 * seconds; };
    options.step_local_worker = [&] {
      bool busy = false;
      for (auto& worker : workers) busy = worker->step() || busy;
      return busy;
    };
    auto outcome = scheduler::run_campaign(plan_, ledger, scheduler_end, options);
    ledger.publish_snapshot(folder_ / "snapshot.sqlite");
    return outcome;
  }

  ledger::LedgerView view() const { return ledger::LedgerView(folder_ / "snapshot.sqlite"); }

  /// What the ledger calls done is on the disk, with its checksum, and everything is done.
  void expect_all_done() {
    const auto seen = view();
    EXPECT_EQ(seen.counts().done, static_cast<std::int64_t>(plan_.samples.size()));
    for (const auto& sample : plan_.samples) {
      const auto row = seen.task(sample.id);
      ASSERT_TRUE(row);
      EXPECT_EQ(row->state, ledger::TaskState::done);
      EXPECT_EQ(row->checksum, content(sample.id));
      EXPECT_EQ(disk_.at(sample.id), content(sample.id));
    }
    EXPECT_TRUE(seen.running().empty());
  }

  testing::TempFolder folder_;
  std::filesystem::path path_ = folder_ / "ledger.sqlite";
  campaign::Plan plan_ = hand_plan(8, 3);
  Disk disk_;
  std::map<SimulationId, int> executions_;
  std::vector<std::string> said_;
  double now_ = 0;
};

TEST_F(CampaignTest, EveryNumberOfWorkersDoesEverythingOnce) {
  for (const int workers : {1, 2, 3, 12}) {
    path_ = folder_ / cat("ledger", workers, ".sqlite");
    executions_.clear();
    const auto outcome = play({.workers = workers});
    EXPECT_TRUE(outcome.complete());
    EXPECT_TRUE(outcome.everyone_left());
    expect_all_done();
    ASSERT_EQ(executions_.size(), 8u);
    for (const auto& [simulation, times] : executions_) EXPECT_EQ(times, 1) << simulation.value;
  }
}

TEST_F(CampaignTest, FailuresAtChosenAttemptsAreRepeatedOrEndInQuarantine) {
  // Simulation 2 fails once, simulation 5 always.
  const auto outcome = play({.before = [this](int, const protocol::Grant& grant) {
    if (grant.simulation == SimulationId(2) && grant.attempt == 1) throw Error(Fault::bug, "once");
    if (grant.simulation == SimulationId(5)) throw Error(Fault::input, cat("attempt ", grant.attempt));
  }});
  EXPECT_TRUE(outcome.complete());
  EXPECT_EQ(outcome.counts.done, 21);
  EXPECT_EQ(outcome.counts.quarantined, 3);
  EXPECT_EQ(executions_[SimulationId(2)], 2);
  EXPECT_EQ(executions_[SimulationId(5)], 3);
  const auto seen = view();
  EXPECT_EQ(seen.task(SampleId(6))->attempt, 2);
  const auto rows = seen.quarantined();
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].simulation, SimulationId(5));
  EXPECT_EQ(rows[0].reason, "failed 3 times, at last: attempt 3");
  EXPECT_EQ(seen.attempts(SimulationId(5)).size(), 3u);
  // Another run leaves what is in quarantine there.
  executions_.clear();
  EXPECT_TRUE(play({}).complete());
  EXPECT_TRUE(executions_.empty());
}

TEST_F(CampaignTest, FullDiskStopsAndTheNextRunFinishes) {
  const auto outcome = play({.before = [this](int, const protocol::Grant& grant) {
    if (grant.simulation == SimulationId(3)) throw Error(Fault::system, "cannot write store.h5 (disk full)");
  }});
  EXPECT_FALSE(outcome.complete());
  EXPECT_EQ(outcome.drained->fault, Fault::system);
  EXPECT_THAT(outcome.drained->reason, HasSubstr("cannot write store.h5 (disk full)"));
  EXPECT_TRUE(outcome.everyone_left());
  EXPECT_TRUE(play({}).complete());
  expect_all_done();
  EXPECT_EQ(view().quarantined().size(), 0u);
}

TEST_F(CampaignTest, WorkerThatDiesAtAnyMessageCostsNothing) {
  for (int messages = 0; messages <= 12; ++messages) {
    SCOPED_TRACE(messages);
    path_ = folder_ / cat("ledger", messages, ".sqlite");
    disk_.clear();
    const auto outcome = play({.worker_messages = {{2, messages}}});
    EXPECT_TRUE(outcome.complete());
    expect_all_done();
    EXPECT_EQ(outcome.counts.quarantined, 0);
  }
}

TEST_F(CampaignTest, AllWorkersDeadThenRunAgain) {
  const auto outcome = play({.worker_messages = {{1, 4}, {2, 5}}});
  EXPECT_FALSE(outcome.complete());
  EXPECT_EQ(outcome.drained->fault, Fault::system);
  EXPECT_EQ(outcome.lost.size(), 2u);
  EXPECT_TRUE(play({}).complete());
  expect_all_done();
}

// The scheduler dies between the commit and the n-th message, for every n: the next run loses nothing that was
// committed, does nothing of it again and finishes.
TEST_F(CampaignTest, CrashBetweenCommitAndSendAtAnyMessage) {
  int crashes = 0;
  for (int messages = 0;; ++messages) {
    SCOPED_TRACE(messages);
    path_ = folder_ / cat("ledger", messages, ".sqlite");
    disk_.clear();
    executions_.clear();
    try {
      play({.scheduler_messages = messages});
      break;
    } catch (const Crash&) {
      ++crashes;
    }
    std::set<SampleId> pending;
    std::vector<std::int32_t> attempts;
    for (const auto& state : ledger::Ledger::open(path_, plan_).states()) {
      pending.insert(state.pending.begin(), state.pending.end());
      attempts.push_back(state.attempts);
    }
    const auto before = executions_;
    const auto outcome = play({});
    EXPECT_TRUE(outcome.complete());
    EXPECT_EQ(outcome.counts.quarantined, 0);
    expect_all_done();
    for (const auto& simulation : plan_.simulations) {
      const bool was_done = !pending.contains(SampleId(simulation.first_sample));
      const auto earlier = before.find(simulation.id);
      const int again = executions_[simulation.id] - (earlier == before.end() ? 0 : earlier->second);
      EXPECT_EQ(again, was_done ? 0 : 1) << "simulation " << simulation.id.value;
    }
  }
  EXPECT_EQ(crashes, 10);  // 8 grants, 2 Leaves.
}

// Crashes of everything, over and over, at messages drawn by chance.
TEST_F(CampaignTest, ManyCrashesInARow) {
  plan_ = hand_plan(40, 2);
  RandomStream random(Hasher().add("crashes").digest(), "crashes");
  int crashes = 0;
  for (;; ++crashes) {
    ASSERT_LT(crashes, 100);
    try {
      const auto outcome = play({.scheduler_messages = 3 + static_cast<int>(random.below(8)),
                                 .worker_messages = {{1, 4 + static_cast<int>(random.below(30))}}});
      EXPECT_TRUE(outcome.complete());
      break;
    } catch (const Crash&) {
    }
  }
  EXPECT_GT(crashes, 3);
  expect_all_done();
}

}  // namespace
}  // namespace twinmill::workers

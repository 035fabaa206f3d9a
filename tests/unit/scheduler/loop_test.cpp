#include "scheduler/loop.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "../ledger/hand_plan.hpp"
#include "temp_folder.hpp"

namespace twinmill::scheduler {
namespace {

using ::testing::ElementsAre;
using testing::hand_plan;
using ::testing::HasSubstr;

/// Time that only passes when somebody sleeps or a test says so.
struct FakeTime {
  double now = 0;
  std::vector<double> sleeps;
  void install(LoopOptions& options) {
    options.clock = [this] { return now; };
    options.sleep = [this](double seconds) {
      sleeps.push_back(seconds);
      now += seconds;
    };
  }
};

class LoopTest : public ::testing::Test {
 protected:
  LoopTest() {
    time_.install(options_);
    options_.say = [this](const std::string& text) { said_.push_back(text); };
  }
  Outcome run() { return run_campaign(plan_, ledger_, *scheduler_, options_); }
  void say(protocol::Message message) { worker_->send(0, message); }
  /// An obedient worker: finishes a lease at each step.
  bool work() {
    const auto envelope = worker_->try_receive();
    if (!envelope) return false;
    heard_.push_back(envelope->message);
    if (const auto* grant = std::get_if<protocol::Grant>(&envelope->message)) {
      protocol::Finished finished{grant->lease, grant->simulation, grant->attempt, 1, {}};
      for (const SampleId sample : grant->samples) finished.samples.push_back({sample, 7});
      say(finished);
    } else if (std::holds_alternative<protocol::Leave>(envelope->message)) {
      say(protocol::Bye{});
    }
    return true;
  }
  void obey() {
    say(protocol::Hello{"node", 1});
    options_.step_local_worker = [this] { return work(); };
  }

  testing::TempFolder folder_;
  std::filesystem::path path_ = folder_ / "ledger.sqlite";
  campaign::Plan plan_ = hand_plan(3, 2);
  ledger::Ledger ledger_ = ledger::Ledger::open(path_, plan_);
  protocol::MemoryHub hub_{2};
  std::unique_ptr<protocol::Channel> scheduler_ = hub_.end(0), worker_ = hub_.end(1);
  std::vector<protocol::Message> heard_;
  std::vector<std::string> said_;
  FakeTime time_;
  LoopOptions options_;
};

TEST_F(LoopTest, WholeCampaign) {
  obey();
  const Outcome outcome = run();
  EXPECT_EQ(outcome.counts, (SampleCounts{.total = 6, .done = 6, .running = 0, .pending = 0, .quarantined = 0}));
  EXPECT_TRUE(outcome.complete());
  EXPECT_TRUE(outcome.everyone_left());
  EXPECT_EQ(outcome.drained, std::nullopt);
  EXPECT_EQ(ledger_.counts().done, 6);
  EXPECT_TRUE(said_.empty());
}

TEST_F(LoopTest, FinishedCampaignGrantsNothing) {
  obey();
  run();
  heard_.clear();
  obey();
  EXPECT_TRUE(run().complete());
  EXPECT_THAT(heard_, ElementsAre(protocol::Message(protocol::Leave{})));
}

TEST_F(LoopTest, IdleTurnsSleepLongerAndLonger) {
  options_.stop_requested = [this] { return time_.now > 0.1; };
  options_.goodbye_seconds = 0.01;
  run();
  ASSERT_GT(time_.sleeps.size(), 8u);
  EXPECT_DOUBLE_EQ(time_.sleeps[0], 50e-6);
  EXPECT_DOUBLE_EQ(time_.sleeps[1], 100e-6);
  EXPECT_DOUBLE_EQ(time_.sleeps[5], 1600e-6);
  EXPECT_DOUBLE_EQ(time_.sleeps[6], 2e-3);
  EXPECT_DOUBLE_EQ(time_.sleeps[7], 2e-3);
}

TEST_F(LoopTest, StopOnRequestFinishesWhatRuns) {
  obey();
  int turns = 0;
  options_.stop_requested = [&] { return ++turns > 1; };
  options_.stop_reason = "signal USR2";
  const Outcome outcome = run();
  EXPECT_EQ(outcome.drained, (Drained{"signal USR2", std::nullopt}));
  EXPECT_FALSE(outcome.complete());
  EXPECT_EQ(ledger_.counts().done, outcome.counts.done);
  EXPECT_THAT(said_, ElementsAre("stopping early: signal USR2"));
}

TEST_F(LoopTest, PublishesOncePerSecondAndAtTheEnd) {
  std::vector<double> at;
  options_.publish = [&](const Progress&) { at.push_back(time_.now); };
  options_.stop_requested = [this] { return time_.now > 3.5; };
  options_.goodbye_seconds = 0.01;
  run();
  ASSERT_EQ(at.size(), 5u);
  EXPECT_EQ(at[0], 0);
  for (int i = 1; i < 4; ++i) EXPECT_NEAR(at[static_cast<std::size_t>(i)], i, 0.01);
}

TEST_F(LoopTest, SlowPublishingTakesATenthOfTheTime) {
  int count = 0;
  options_.publish = [&](const Progress&) {
    ++count;
    time_.now += 2;
  };
  options_.stop_requested = [this] { return time_.now > 60; };
  options_.goodbye_seconds = 0.01;
  run();
  EXPECT_EQ(count, 4);  // At 0, 22, 44 and at the end.
}

TEST_F(LoopTest, WorkerWithoutByeIsReportedAsLost) {
  say(protocol::Hello{"node", 1});
  options_.step_local_worker = [this] {
    while (const auto envelope = worker_->try_receive()) {
      if (const auto* grant = std::get_if<protocol::Grant>(&envelope->message)) {
        protocol::Finished finished{grant->lease, grant->simulation, grant->attempt, 1, {}};
        for (const SampleId sample : grant->samples) finished.samples.push_back({sample, 7});
        say(finished);
      }
    }
    return false;
  };
  const Outcome outcome = run();
  EXPECT_TRUE(outcome.complete());
  EXPECT_FALSE(outcome.everyone_left());
  EXPECT_THAT(outcome.lost, ElementsAre(1));
  EXPECT_NEAR(time_.now, options_.goodbye_seconds, 0.1);
}

// A worker that fell silent without work is not waited for once more.
TEST_F(LoopTest, WhoIsSilentAlreadyIsNotWaitedForAtTheEnd) {
  hub_ = protocol::MemoryHub(3);
  scheduler_ = hub_.end(0);
  worker_ = hub_.end(1);
  plan_ = hand_plan(1, 2);
  ledger_ = ledger::Ledger::open(folder_ / "other.sqlite", plan_);
  say(protocol::Hello{"node", 1});
  hub_.end(2)->send(0, protocol::Hello{"node", 2});  // And nothing more.
  std::optional<double> end;
  double beat = 0;
  options_.step_local_worker = [&] {
    // The other one came second, so that the only lease is this one's.
    if (time_.now < 100) {
      if (time_.now >= beat) say(protocol::Heartbeat{LeaseId(0), 0});
      beat = std::max(beat, std::floor(time_.now) + 1);
      return false;
    }
    if (!end) end = time_.now;
    return work();
  };
  const Outcome outcome = run();
  EXPECT_TRUE(outcome.complete());
  EXPECT_THAT(outcome.lost, ElementsAre(2));
  EXPECT_LT(time_.now - *end, 1);
}

TEST_F(LoopTest, AnEndedProcessIsFoundWithoutWaitingForSilence) {
  say(protocol::Hello{"node", 77});
  options_.has_ended = [this](const std::string& host, std::int64_t pid) {
    EXPECT_EQ(host, "node");
    EXPECT_EQ(pid, 77);
    return time_.now > 3;
  };
  const Outcome outcome = run();
  EXPECT_LT(time_.now, 5);
  EXPECT_EQ(outcome.drained->fault, Fault::system);
  EXPECT_EQ(said_.front(), "worker 1 on node is lost (its process has ended)");
}

TEST_F(LoopTest, SilentWorkerIsLostAndWithoutOthersTheRunStops) {
  say(protocol::Hello{"node", 1});
  options_.policy.heartbeat_timeout = 20;
  const Outcome outcome = run();
  EXPECT_EQ(outcome.drained->fault, Fault::system);
  EXPECT_THAT(said_, ElementsAre("worker 1 on node is lost (silent for 20 s)",
                                 HasSubstr("stopping early: no worker is there any more")));
  EXPECT_EQ(ledger_.states()[2].losses, 1);
  EXPECT_EQ(ledger_.states()[1].losses, 0);
}

// The scheduler's own standstill (a slow disk, a lease worked on in this process) is nobody's silence.
TEST_F(LoopTest, StandstillOfTheSchedulerIsNotTheWorkersSilence) {
  obey();
  int turns = 0;
  options_.step_local_worker = [this, &turns] {
    time_.now += 1000;
    return ++turns % 3 == 0 && work();
  };
  const Outcome outcome = run();
  EXPECT_TRUE(outcome.complete());
  EXPECT_TRUE(said_.empty());
}

// The loop's clock is the steady one; but even with one that jumps, no lease is lost and all work is done once.
TEST_F(LoopTest, JumpingClockLosesNobody) {
  say(protocol::Hello{"node", 1});
  options_.policy.heartbeat_timeout = 30;
  int step = 0;
  options_.step_local_worker = [&] {
    time_.now += ++step % 2 == 0 ? 7200 : -7200;
    return work();
  };
  const Outcome outcome = run();
  EXPECT_TRUE(outcome.complete());
  EXPECT_TRUE(outcome.everyone_left());
  EXPECT_EQ(ledger_.counts().done, 6);
  EXPECT_TRUE(said_.empty());
}

TEST_F(LoopTest, FailuresAreToldToPeople) {
  plan_ = hand_plan(1, 2);
  ledger_ = ledger::Ledger::open(folder_ / "other.sqlite", plan_);
  options_.policy.attempts = 1;
  say(protocol::Hello{"node", 1});
  say(protocol::Failed{LeaseId(0), SimulationId(0), 1, Fault::input, "no atoms"});
  std::vector<std::string> published;
  options_.publish = [&](const Progress& p) { published = p.messages; };
  options_.step_local_worker = [this] { return work(); };
  run();
  EXPECT_THAT(said_, ElementsAre("simulation 0 failed: no atoms",
                                 "simulation 0 is in quarantine (failed 1 times, at last: no atoms)"));
  EXPECT_EQ(published, said_);
}

// Rule 2: what the ledger refuses is not sent.
TEST_F(LoopTest, NothingIsSentThatWasNotCommitted) {
  say(protocol::Hello{"node", 1});
  // Behind the reactor's back lease 0 is taken: its grant contradicts the ledger.
  options_.stop_requested = [this] {
    if (ledger_.next_lease() == LeaseId(0)) {
      const ledger::Record taken[] = {ledger::LeaseGranted{LeaseId(0), SimulationId(0), 1, 1, "x", 2}};
      ledger_.apply(taken);
    }
    return false;
  };
  EXPECT_THROW(run(), Error);
  EXPECT_FALSE(worker_->try_receive());
}

TEST_F(LoopTest, StartHoldsWhatIsLeftWithItsCosts) {
  const ledger::Record records[] = {
      ledger::LeaseGranted{LeaseId(0), SimulationId(0), 1, 1, "x", 2},
      ledger::LeaseDone{LeaseId(0), SimulationId(0), 1, 1, 1.0, {{SampleId(0), 1}, {SampleId(1), 1}}},
      ledger::LeaseGranted{LeaseId(1), SimulationId(1), 1, 1, "x", 2},
      ledger::LeaseEnded{LeaseId(1), SimulationId(1), ledger::AttemptEnd::failed, ledger::Charge::failure, Fault::bug,
                         "x"},
      ledger::LeaseGranted{LeaseId(2), SimulationId(2), 1, 1, "x", 2},
      ledger::LeaseEnded{LeaseId(2), SimulationId(2), ledger::AttemptEnd::lost, ledger::Charge::loss, {}, "x"},
      ledger::Quarantined{SimulationId(2), {SampleId(4), SampleId(5)}, "x"}};
  ledger_.apply(records);
  const Start start = start_from(plan_, ledger_, 4);
  EXPECT_EQ(start.workers, 4);
  EXPECT_EQ(start.next_lease, LeaseId(3));
  EXPECT_EQ(start.done, 2);
  EXPECT_EQ(start.quarantined, 2);
  ASSERT_EQ(start.work.size(), 1u);
  EXPECT_EQ(start.work[0].simulation, SimulationId(1));
  EXPECT_EQ(start.work[0].cost, 2.0);
  EXPECT_EQ(start.work[0].attempts, 1);
  EXPECT_EQ(start.work[0].failures, 1);
  EXPECT_EQ(start.work[0].losses, 0);
  EXPECT_THAT(start.work[0].samples, ElementsAre(SampleId(2), SampleId(3)));
  EXPECT_EQ(start.work[0].turn, 0);
  EXPECT_DOUBLE_EQ(start.pace.seconds(5), 5);  // Simulation 0 of cost 1 took a second.
}

TEST_F(LoopTest, StartHoldsWhatTheCampaignWantsFirst) {
  for (int i = 0; i < 3; ++i) {
    plan_.structures.emplace_back().parent_id = cat("parent ", i);
    plan_.simulations[static_cast<std::size_t>(i)].structure = i;
  }
  // Structures 0 and 2 share a relaxation, which is wanted as early as the earlier one of them.
  plan_.structures[0].relaxation = plan_.structures[2].relaxation = 0;
  plan_.relaxations.push_back({.id = SimulationId(3), .task = SampleId(6), .key = {}, .structure = 0, .cost_flop = 9});
  plan_.spec.run.first = {"parent 2", "parent 1"};
  const auto ledger = ledger::Ledger::open(folder_ / "other.sqlite", plan_);
  std::vector<int> turns;
  for (const Work& work : start_from(plan_, ledger, 1).work) turns.push_back(work.turn);
  EXPECT_THAT(turns, ElementsAre(2, 1, 0, 0));
}

TEST_F(LoopTest, DrainsAMarginBeforeTheDeadline) {
  options_.deadline = 100;
  options_.goodbye_seconds = 0.5;
  const Outcome outcome = run();  // Nobody ever comes.
  EXPECT_EQ(outcome.drained, (Drained{"walltime: the time is up; run again to go on", std::nullopt}));
  EXPECT_NEAR(time_.now, 90.5, 0.01);
}

// A standstill of the scheduler counts towards nobody's silence, but time passes all the same.
TEST_F(LoopTest, StandstillsDoNotMoveTheDeadline) {
  plan_ = hand_plan(9, 2);
  ledger_ = ledger::Ledger::open(folder_ / "other.sqlite", plan_);
  obey();
  options_.deadline = 100;
  options_.step_local_worker = [this] {
    time_.now += 50;
    return work();
  };
  const Outcome outcome = run();
  EXPECT_EQ(outcome.drained, (Drained{"walltime: the time is up; run again to go on", std::nullopt}));
  EXPECT_FALSE(outcome.complete());
}

}  // namespace
}  // namespace twinmill::scheduler

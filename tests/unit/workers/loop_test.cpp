#include "workers/loop.hpp"

#include <gmock/gmock.h>

#include "twinmill/base/error.hpp"

namespace twinmill::workers {
namespace {

using namespace protocol;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Does what a test tells it.
struct FakeExecutor final : Executor {
  std::function<Completed(const Grant&, const Beat&)> work;
  std::function<void()> farewell;
  std::vector<LeaseId> executed;
  bool whole = true;
  bool fit() const override { return whole; }
  void leave() override {
    if (farewell) farewell();
  }
  Completed execute(const Grant& grant, const Beat& beat) override {
    executed.push_back(grant.lease);
    if (work) return work(grant, beat);
    std::vector<SampleDone> done;
    for (const SampleId sample : grant.samples) done.push_back({sample, static_cast<std::uint64_t>(sample.value * 3)});
    return {.samples = done};
  }
};

class WorkerTest : public ::testing::Test {
 protected:
  WorkerOptions options() {
    return {.host = "node",
            .beat_seconds = 1,
            .hello_seconds = 10,
            .clock = [this] { return now_; },
            .sleep = [this](double seconds) { now_ += seconds; }};
  }
  static Grant grant(int lease) { return {LeaseId(lease), SimulationId(lease + 10), 1, {SampleId(lease)}}; }
  static Message finished(int lease, double seconds) {
    return Finished{LeaseId(lease),
                    SimulationId(lease + 10),
                    1,
                    seconds,
                    {{SampleId(lease), static_cast<std::uint64_t>(3 * lease)}}};
  }
  void say(Message message) { scheduler_->send(1, message); }
  /// Everything that the worker has said since the last call, without its first Hello's process number.
  std::vector<Message> heard() {
    std::vector<Message> all;
    while (const auto envelope = scheduler_->try_receive()) {
      EXPECT_EQ(envelope->from, 1);
      Message message = envelope->message;
      if (auto* hello = std::get_if<Hello>(&message)) hello->pid = 0;
      all.push_back(message);
    }
    return all;
  }
  const Message hello_ = Hello{"node", 0};

  double now_ = 0;
  MemoryHub hub_{2};
  std::unique_ptr<Channel> scheduler_ = hub_.end(0), end_ = hub_.end(1);
  FakeExecutor executor_;
  Worker worker_{*end_, executor_, options()};
};

TEST_F(WorkerTest, SaysHelloOnceThenWaits) {
  EXPECT_FALSE(worker_.step());
  EXPECT_THAT(heard(), ElementsAre(hello_));
  EXPECT_FALSE(worker_.step());
  EXPECT_THAT(heard(), IsEmpty());
}

TEST_F(WorkerTest, WithoutWorkItSaysHelloAgainNowAndThen) {
  worker_.step();
  heard();
  now_ = 9.9;
  worker_.step();
  EXPECT_THAT(heard(), IsEmpty());
  now_ = 10;
  worker_.step();
  worker_.step();
  EXPECT_THAT(heard(), ElementsAre(hello_));
}

TEST_F(WorkerTest, OneStepIsOneLease) {
  say(grant(0));
  say(grant(1));
  executor_.work = [&](const Grant& g, const Beat&) {
    now_ += 2;
    return Completed{.samples = {{g.samples[0], static_cast<std::uint64_t>(3 * g.samples[0].value)}}};
  };
  EXPECT_TRUE(worker_.step());
  EXPECT_THAT(heard(), ElementsAre(hello_, finished(0, 2)));
  EXPECT_TRUE(worker_.step());
  EXPECT_THAT(heard(), ElementsAre(finished(1, 2)));
  EXPECT_FALSE(worker_.step());
}

TEST_F(WorkerTest, ErrorsAreReportedWithTheirFault) {
  std::function<void()> raise;
  executor_.work = [&](const Grant&, const Beat&) {
    raise();
    return Completed{.samples = {}};
  };
  const auto failed = [](int lease, Fault fault, std::string words) {
    return Message(Failed{LeaseId(lease), SimulationId(lease + 10), 1, fault, words});
  };
  for (int i = 0; i < 3; ++i) say(grant(i));
  raise = [] { throw Error(Fault::system, "disk full"); };
  worker_.step();
  raise = [] { throw Error(Fault::input, "no atoms"); };
  worker_.step();
  raise = [] { throw std::out_of_range("at"); };
  worker_.step();
  EXPECT_THAT(heard(), ElementsAre(hello_, failed(0, Fault::system, "disk full"), failed(1, Fault::input, "no atoms"),
                                   failed(2, Fault::bug, "at")));
}

TEST_F(WorkerTest, BeatsAtMostOncePerSecond) {
  say(grant(0));
  executor_.work = [&](const Grant&, const Beat& beat) {
    for (int i = 0; i <= 25; ++i) {
      beat(i / 25.0);
      now_ += 0.125;
    }
    return Completed{.samples = {}};
  };
  worker_.step();
  const auto beat = [](double fraction) { return Message(Heartbeat{LeaseId(0), fraction}); };
  EXPECT_THAT(heard(), ElementsAre(hello_, beat(8 / 25.0), beat(16 / 25.0), beat(24 / 25.0),
                                   Message(Finished{LeaseId(0), SimulationId(10), 1, 3.25, {}})));
}

TEST_F(WorkerTest, DrainIsSeenWhileWorking) {
  say(grant(0));
  say(grant(1));
  executor_.work = [&](const Grant&, const Beat& beat) {
    say(Drain{});
    beat(0.5);
    return Completed{.samples = {}};
  };
  worker_.step();
  EXPECT_THAT(heard(), ElementsAre(hello_, Message(Returned{LeaseId(1), SimulationId(11), 1}),
                                   Message(Finished{LeaseId(0), SimulationId(10), 1, 0, {}})));
  // A grant that was on its way comes back at once.
  say(grant(2));
  worker_.step();
  EXPECT_THAT(heard(), ElementsAre(Message(Returned{LeaseId(2), SimulationId(12), 1})));
  EXPECT_THAT(executor_.executed, ElementsAre(LeaseId(0)));
  say(Leave{});
  EXPECT_TRUE(worker_.step());
  EXPECT_TRUE(worker_.left());
  EXPECT_THAT(heard(), ElementsAre(Message(Bye{})));
  EXPECT_FALSE(worker_.step());
}

TEST_F(WorkerTest, LeaveDropsLeasesThatAreOthersByNow) {
  say(grant(0));
  say(Leave{});
  worker_.step();
  EXPECT_THAT(heard(), ElementsAre(hello_, Message(Bye{})));
  EXPECT_THAT(executor_.executed, IsEmpty());
}

TEST_F(WorkerTest, InsteadOfByeItSaysThatRanksAreMissing) {
  executor_.farewell = [] { throw Error(Fault::system, "a member is silent"); };
  say(Leave{});
  worker_.step();
  EXPECT_TRUE(worker_.left());
  EXPECT_THAT(heard(), ElementsAre(hello_, Message(Unfit{"a member is silent"})));
  EXPECT_FALSE(worker_.step());
}

TEST_F(WorkerTest, WithoutItsMembersItSaysUnfitAndTakesNothingMore) {
  say(grant(0));
  say(grant(1));
  executor_.work = [this](const Grant&, const Beat&) -> Completed {
    executor_.whole = false;
    throw Error(Fault::system, "a member is silent");
  };
  worker_.run();
  EXPECT_TRUE(worker_.left());
  EXPECT_THAT(heard(), ElementsAre(hello_, Message(Unfit{"a member is silent"})));
  EXPECT_THAT(executor_.executed, ElementsAre(LeaseId(0)));
}

TEST_F(WorkerTest, RunEndsWithLeave) {
  say(grant(0));
  say(grant(1));
  int leases = 0;
  executor_.work = [&](const Grant&, const Beat&) {
    if (++leases == 2) say(Leave{});
    return Completed{.samples = {}};
  };
  worker_.run();
  EXPECT_TRUE(worker_.left());
  EXPECT_EQ(leases, 2);
}

TEST_F(WorkerTest, MessagesForTheSchedulerAreABug) {
  say(Bye{});
  EXPECT_THROW(worker_.step(), Error);
}

TEST(BeatSeconds, GrowWithTheFleetAndStayFarBelowTheTimeout) {
  EXPECT_EQ(beat_seconds(1, 120), 1);
  EXPECT_EQ(beat_seconds(5000, 120), 1);
  EXPECT_EQ(beat_seconds(75000, 120), 15);
  EXPECT_EQ(beat_seconds(1000000, 120), 30);
  EXPECT_EQ(beat_seconds(75000, 2), 1);
}

}  // namespace
}  // namespace twinmill::workers

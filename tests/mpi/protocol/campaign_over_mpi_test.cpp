// Rank 0 schedules, the others work: the loops of both sides over real messages.
#include <gtest/gtest.h>

#include "../../unit/ledger/hand_plan.hpp"
#include "scheduler/loop.hpp"
#include "temp_folder.hpp"
#include "twinmill/protocol/channel.hpp"
#include "workers/loop.hpp"

namespace twinmill {
namespace {

struct QuickExecutor final : workers::Executor {
  workers::Completed execute(const protocol::Grant& grant, const workers::Beat& beat) override {
    beat(0.5);
    if (grant.simulation == SimulationId(7) && grant.attempt == 1) throw Error(Fault::bug, "once");
    std::vector<protocol::SampleDone> done;
    for (const SampleId sample : grant.samples) done.push_back({sample, static_cast<std::uint64_t>(sample.value)});
    return {.samples = done};
  }
};

TEST(CampaignOverMpi, EverythingIsDoneAndEverybodyLeaves) {
  const auto world = mpi::Communicator::world();
  const auto plan = testing::hand_plan(300, 4);
  protocol::MpiChannel channel(world);
  if (world.rank() == 0) {
    const testing::TempFolder folder;
    auto ledger = ledger::Ledger::open(folder / "ledger.sqlite", plan);
    scheduler::LoopOptions options;
    options.say = [](const std::string&) {};
    const auto outcome = scheduler::run_campaign(plan, ledger, channel, options);
    EXPECT_TRUE(outcome.complete());
    EXPECT_TRUE(outcome.everyone_left());
    EXPECT_EQ(outcome.counts.done, 1200);
    EXPECT_EQ(ledger.counts().done, 1200);
    EXPECT_EQ(ledger.states()[7].failures, 1);
  } else {
    QuickExecutor executor;
    workers::Worker worker(channel, executor);
    worker.run();
    EXPECT_TRUE(worker.left());
  }
  EXPECT_TRUE(channel.flush(60));
  world.barrier();
}

TEST(CampaignOverMpi, StopOnRequestReachesTheWorkers) {
  const auto world = mpi::Communicator::world();
  const auto plan = testing::hand_plan(5000, 1);
  protocol::MpiChannel channel(world);
  if (world.rank() == 0) {
    const testing::TempFolder folder;
    auto ledger = ledger::Ledger::open(folder / "ledger.sqlite", plan);
    scheduler::LoopOptions options;
    options.say = [](const std::string&) {};
    options.stop_requested = [&] { return ledger.next_lease().value > 20; };
    const auto outcome = scheduler::run_campaign(plan, ledger, channel, options);
    EXPECT_FALSE(outcome.complete());
    EXPECT_TRUE(outcome.everyone_left());
    EXPECT_TRUE(outcome.drained);
    EXPECT_EQ(outcome.counts.running, 0);
    EXPECT_EQ(ledger.counts().done, outcome.counts.done);
  } else {
    QuickExecutor executor;
    workers::Worker(channel, executor).run();
  }
  world.barrier();
}

}  // namespace
}  // namespace twinmill

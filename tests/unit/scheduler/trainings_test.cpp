// The trainings of a study in a run of their own.
#include <gmock/gmock.h>

#include "../ledger/hand_plan.hpp"
#include "scheduler/loop.hpp"
#include "temp_folder.hpp"

namespace twinmill::scheduler {
namespace {

using ledger::TaskKind;

class TrainingsTest : public ::testing::Test {
 protected:
  TrainingsTest() {
    testing::add_trainings(plan_, {"short", "long"});
    plan_.trainings[0].cost_s = 1;
    plan_.trainings[1].cost_s = 9;
    ledger_.emplace(ledger::Ledger::open(folder_ / "ledger.sqlite", plan_));
  }
  Start start(Scope scope) const { return start_from(plan_, *ledger_, 2, scope); }

  testing::TempFolder folder_;
  campaign::Plan plan_ = testing::hand_plan(2, 3);
  std::optional<ledger::Ledger> ledger_;
};

TEST_F(TrainingsTest, EachScopeHasItsOwnWork) {
  const Start images = start(Scope::images), trainings = start(Scope::trainings);
  ASSERT_EQ(images.work.size(), 2U);
  for (const auto& work : images.work) EXPECT_EQ(work.kind, TaskKind::image);
  ASSERT_EQ(trainings.work.size(), 2U);
  for (const auto& work : trainings.work) EXPECT_EQ(work.kind, TaskKind::training);
  EXPECT_EQ(trainings.work[0].simulation, plan_.trainings[0].id);
  EXPECT_EQ(start(Scope::relaxations).work.size(), 0U);
}

TEST_F(TrainingsTest, ImagesInQuarantineDoNotKeepThemFromStarting) {
  const ledger::Record records[] = {
      ledger::Quarantined{SimulationId(0), {SampleId(0), SampleId(1), SampleId(2)}, "hopeless"}};
  ledger_->apply(records);
  const Start trainings = start(Scope::trainings);
  EXPECT_EQ(trainings.work.size(), 2U);
  EXPECT_EQ(trainings.quarantined, 0);
  EXPECT_EQ(start(Scope::images).quarantined, 3);
}

TEST_F(TrainingsTest, TheLongestBeginsFirstAndNothingWaitsBehindIt) {
  Reactor reactor(start(Scope::trainings), {});
  Outbox outbox;
  reactor.handle(Received{1, protocol::Hello{"node", 1}, 0.0}, outbox);
  ASSERT_EQ(outbox.sends.size(), 1U);
  const auto& grant = std::get<protocol::Grant>(outbox.sends[0].message);
  EXPECT_EQ(grant.simulation, plan_.trainings[1].id);
  EXPECT_EQ(grant.samples, std::vector{plan_.trainings[1].task});
  EXPECT_EQ(reactor.counts().total, 2);
  EXPECT_EQ(reactor.counts().running, 1);
  EXPECT_EQ(reactor.relaxations().total, 0);
}

TEST_F(TrainingsTest, APaceOfImagesSaysNothingOfThem) {
  // Simulations took ages; a training may yet fit into the time that is left.
  Start slow = start(Scope::trainings);
  for (int i = 0; i < 10; ++i) slow.pace.add(1, 1e6);
  Reactor reactor(std::move(slow), {});
  Outbox outbox;
  reactor.handle(TimeLeft{0, 60}, outbox);
  reactor.handle(Received{1, protocol::Hello{"node", 1}, 0.0}, outbox);
  EXPECT_EQ(reactor.counts().running, 1);
  EXPECT_EQ(reactor.drained(), std::nullopt);
}

}  // namespace
}  // namespace twinmill::scheduler

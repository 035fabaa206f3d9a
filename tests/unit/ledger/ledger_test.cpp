#include "twinmill/ledger/ledger.hpp"

#include <gmock/gmock.h>

#include "hand_plan.hpp"
#include "temp_folder.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/ledger/view.hpp"

namespace twinmill::ledger {
namespace {

using ::testing::ElementsAre;
using testing::hand_plan;
using ::testing::HasSubstr;

class LedgerTest : public ::testing::Test {
 protected:
  void apply(std::vector<Record> records) { ledger_.apply(records); }
  Error refusal(std::vector<Record> records) {
    try {
      ledger_.apply(records);
    } catch (const Error& error) {
      return error;
    }
    return Error(Fault::count_, "no error was thrown");
  }
  LedgerView view() {
    ledger_.publish_snapshot(folder_ / "snapshot.sqlite");
    return LedgerView(folder_ / "snapshot.sqlite");
  }
  static LeaseGranted granted(int lease, int simulation, int attempt) {
    return {LeaseId(lease), SimulationId(simulation), attempt, 1, "host", 2};
  }

  testing::TempFolder folder_;
  Ledger ledger_ = Ledger::open(folder_ / "ledger.sqlite", hand_plan(3, 2));
};

TEST_F(LedgerTest, FinishedLeaseMakesItsTasksDone) {
  ledger_.set_clock([] { return 1000.0; });
  apply({granted(0, 1, 1)});
  ledger_.set_clock([] { return 1007.0; });
  apply({LeaseDone{LeaseId(0), SimulationId(1), 1, 1, 6.0, {{SampleId(2), 0xfedcba9876543210u}, {SampleId(3), 7}}}});
  EXPECT_EQ(ledger_.counts(), (Counts{.pending = 4, .done = 2, .quarantined = 0}));
  const auto task = view().task(SampleId(2));
  ASSERT_TRUE(task);
  EXPECT_EQ(task->state, TaskState::done);
  EXPECT_EQ(task->checksum, 0xfedcba9876543210u);
  EXPECT_EQ(task->seconds, 3.0);
  EXPECT_EQ(task->attempt, 1);
  EXPECT_EQ(task->worker, 1);
  EXPECT_EQ(task->finished, 1007.0);
  EXPECT_EQ(task->key, hand_plan(3, 2).samples[2].key.hex());
  const auto attempts = view().attempts(SimulationId(1));
  ASSERT_EQ(attempts.size(), 1u);
  EXPECT_EQ(attempts[0].granted, 1000.0);
  EXPECT_EQ(attempts[0].ended, 1007.0);
  EXPECT_EQ(attempts[0].end, AttemptEnd::done);
  EXPECT_EQ(attempts[0].seconds, 6.0);
}

TEST_F(LedgerTest, ChargesAreKeptByKind) {
  apply({granted(0, 0, 1),
         LeaseEnded{LeaseId(0), SimulationId(0), AttemptEnd::failed, Charge::failure, Fault::input, "no atoms"},
         granted(1, 0, 2),
         LeaseEnded{LeaseId(1), SimulationId(0), AttemptEnd::failed, Charge::none, Fault::system, "disk full"},
         granted(2, 0, 3), LeaseEnded{LeaseId(2), SimulationId(0), AttemptEnd::lost, Charge::loss, {}, "silent"},
         granted(3, 0, 4), LeaseEnded{LeaseId(3), SimulationId(0), AttemptEnd::returned, Charge::none, {}, ""}});
  const auto state = ledger_.states()[0];
  EXPECT_EQ(state.attempts, 4);
  EXPECT_EQ(state.failures, 1);
  EXPECT_EQ(state.losses, 1);
  EXPECT_THAT(state.pending, ElementsAre(SampleId(0), SampleId(1)));
  EXPECT_EQ(ledger_.next_lease(), LeaseId(4));
}

TEST_F(LedgerTest, QuarantinedTasksAreNotPendingAndSayWhy) {
  apply({granted(0, 2, 1),
         LeaseEnded{LeaseId(0), SimulationId(2), AttemptEnd::failed, Charge::failure, Fault::bug, "nan"},
         Quarantined{SimulationId(2), {SampleId(4), SampleId(5)}, "failed 1 times, at last: nan"}});
  EXPECT_EQ(ledger_.counts(), (Counts{.pending = 4, .done = 0, .quarantined = 2}));
  EXPECT_TRUE(ledger_.states()[2].pending.empty());
  const auto rows = view().quarantined();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1].id, SampleId(5));
  EXPECT_EQ(rows[1].reason, "failed 1 times, at last: nan");
}

TEST_F(LedgerTest, LateResultIsNotedAndChangesNothingElse) {
  apply({granted(0, 0, 1), LeaseEnded{LeaseId(0), SimulationId(0), AttemptEnd::lost, Charge::loss, {}, "silent"},
         granted(1, 0, 2), LateResult{LeaseId(0), 1, "finished"}, LateResult{LeaseId(77), 1, "finished"}});
  EXPECT_EQ(ledger_.counts().done, 0);
  const auto attempts = view().attempts(SimulationId(0));
  ASSERT_EQ(attempts.size(), 2u);
  EXPECT_EQ(attempts[0].end, AttemptEnd::lost);
  EXPECT_EQ(attempts[0].late, "finished");
  EXPECT_EQ(attempts[1].end, std::nullopt);
  EXPECT_EQ(attempts[1].late, "");
}

TEST_F(LedgerTest, SampleDoneTwiceIsABugAndNothingOfTheTransactionStays) {
  apply({granted(0, 0, 1), LeaseDone{LeaseId(0), SimulationId(0), 1, 1, 1.0, {{SampleId(0), 1}, {SampleId(1), 2}}}});
  const Error error = refusal(
      {granted(1, 1, 1), LeaseDone{LeaseId(1), SimulationId(1), 1, 1, 1.0, {{SampleId(2), 1}, {SampleId(1), 9}}}});
  EXPECT_EQ(error.fault(), Fault::bug);
  EXPECT_THAT(error.what(), HasSubstr("task 1 is not in the state that the record needs"));
  EXPECT_EQ(ledger_.counts().done, 2);
  EXPECT_EQ(ledger_.next_lease(), LeaseId(1));
  EXPECT_EQ(ledger_.states()[1].attempts, 0);
}

TEST_F(LedgerTest, ContradictionsAreBugs) {
  EXPECT_EQ(refusal({granted(0, 0, 2)}).fault(), Fault::bug) << "attempt 1 was left out";
  EXPECT_EQ(refusal({granted(0, 9, 1)}).fault(), Fault::bug) << "no such simulation";
  EXPECT_EQ(refusal({LeaseEnded{LeaseId(0), SimulationId(0), AttemptEnd::lost, Charge::none, {}, ""}}).fault(),
            Fault::bug)
      << "no such lease";
  apply({granted(0, 0, 1)});
  EXPECT_EQ(refusal({granted(0, 1, 1)}).fault(), Fault::bug) << "a lease number twice";
  EXPECT_EQ(refusal({LeaseDone{LeaseId(0), SimulationId(0), 1, 1, 1.0, {{SampleId(2), 1}}}}).fault(), Fault::bug)
      << "a sample of another simulation";
  EXPECT_EQ(ledger_.counts(), (Counts{.pending = 6, .done = 0, .quarantined = 0}));
  const LeaseDone all{LeaseId(0), SimulationId(0), 1, 1, 1.0, {{SampleId(0), 1}, {SampleId(1), 2}}};
  const LeaseEnded lost{LeaseId(0), SimulationId(0), AttemptEnd::lost, Charge::loss, {}, ""};
  apply({lost});
  EXPECT_EQ(refusal({lost}).fault(), Fault::bug) << "a lease ended twice";
  EXPECT_EQ(refusal({all}).fault(), Fault::bug) << "a lease done after its end";
  apply({granted(1, 0, 2), LeaseDone{LeaseId(1), SimulationId(0), 2, 1, 1.0, all.samples}, granted(2, 0, 3)});
  EXPECT_EQ(refusal({LeaseDone{LeaseId(2), SimulationId(0), 3, 1, 1.0, all.samples}}).fault(), Fault::bug)
      << "samples done twice, by a later attempt";
  EXPECT_EQ(refusal({Quarantined{SimulationId(0), {SampleId(0)}, ""}}).fault(), Fault::bug) << "done, then given up";
  EXPECT_EQ(ledger_.counts(), (Counts{.pending = 4, .done = 2, .quarantined = 0}));
}

TEST_F(LedgerTest, StagesAreKeptByKindAndKey) {
  EXPECT_EQ(ledger_.stage("train", "abc"), std::nullopt);
  ledger_.set_clock([] { return 5.0; });
  ledger_.set_stage("train", "abc", "running", "");
  ledger_.set_stage("train", "def", "done", R"({"f1":0.5})");
  ledger_.set_clock([] { return 6.0; });
  ledger_.set_stage("train", "abc", "done", R"({"f1":0.7})");
  EXPECT_EQ(ledger_.stage("train", "abc"), (Stage{"train", "abc", "done", R"({"f1":0.7})", 6.0}));
  EXPECT_EQ(ledger_.stage("evaluate", "abc"), std::nullopt);
  EXPECT_EQ(view().stages().size(), 2u);
}

TEST_F(LedgerTest, LastDurationsAreThoseOfFinishedSimulations) {
  EXPECT_TRUE(ledger_.last_durations(10).empty());
  apply({granted(0, 0, 1), granted(1, 1, 1),
         LeaseEnded{LeaseId(1), SimulationId(1), AttemptEnd::failed, Charge::failure, Fault::bug, "x"},
         LeaseDone{LeaseId(0), SimulationId(0), 1, 1, 2.5, {{SampleId(0), 1}, {SampleId(1), 2}}}});
  apply({granted(2, 1, 2), LeaseDone{LeaseId(2), SimulationId(1), 2, 1, 4.0, {{SampleId(2), 1}, {SampleId(3), 2}}}});
  using Durations = std::vector<std::pair<SimulationId, double>>;
  EXPECT_EQ(ledger_.last_durations(10), (Durations{{SimulationId(1), 4.0}, {SimulationId(0), 2.5}}));
  EXPECT_EQ(ledger_.last_durations(1), (Durations{{SimulationId(1), 4.0}}));
}

TEST_F(LedgerTest, SnapshotKeepsItsMomentAndLeavesNothingBeside) {
  apply({granted(0, 0, 1)});
  const LedgerView before = view();
  apply({LeaseDone{LeaseId(0), SimulationId(0), 1, 1, 1.0, {{SampleId(0), 1}, {SampleId(1), 2}}}});
  const LedgerView after = view();
  EXPECT_EQ(before.counts().done, 0);
  EXPECT_EQ(after.counts().done, 2);
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    names.push_back(entry.path().filename().string());
  }
  EXPECT_THAT(names, ::testing::UnorderedElementsAre("ledger.sqlite", "ledger.sqlite-wal", "snapshot.sqlite"));
}

TEST_F(LedgerTest, SnapshotThatCannotBeWrittenIsTheSystemsFault) {
  try {
    ledger_.publish_snapshot(folder_ / "no/snapshot.sqlite");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::system);
  }
}

}  // namespace
}  // namespace twinmill::ledger

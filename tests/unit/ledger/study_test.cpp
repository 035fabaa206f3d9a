// Trainings in the ledger: tasks of their own kind, kept by their keys when the study changes.
#include <gmock/gmock.h>

#include "hand_plan.hpp"
#include "temp_folder.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/ledger/build.hpp"
#include "twinmill/ledger/checkup.hpp"
#include "twinmill/ledger/view.hpp"

namespace twinmill::ledger {
namespace {

using testing::add_trainings;
using testing::hand_plan;

class StudyTest : public ::testing::Test {
 protected:
  testing::TempFolder folder_;
  std::filesystem::path path_ = folder_ / "ledger.sqlite", next_ = folder_ / "next.sqlite";
};

TEST_F(StudyTest, TrainingsAreCountedApart) {
  auto plan = hand_plan(2, 3);
  add_trainings(plan, {"a", "b"});
  auto ledger = Ledger::open(path_, plan);
  EXPECT_EQ(ledger.counts(TaskKind::image).pending, 6);
  EXPECT_EQ(ledger.counts(TaskKind::training).pending, 2);
  EXPECT_EQ(ledger.counts().pending, 8);
  const Record records[] = {LeaseGranted{LeaseId(0), SimulationId(3), 1, 1, "host", 1},
                            LeaseDone{LeaseId(0), SimulationId(3), 1, 1, 5.0, {{SampleId(7), 9}}, "{\"n\": 2}"}};
  ledger.apply(records);
  EXPECT_EQ(ledger.counts(TaskKind::training).done, 1);
  EXPECT_EQ(ledger.result(SampleId(7)), "{\"n\": 2}");
  EXPECT_EQ(ledger.result(SampleId(6)), "");
  ledger.publish_snapshot(folder_ / "snapshot.sqlite");
  const LedgerView view(folder_ / "snapshot.sqlite");
  EXPECT_EQ(view.study_key(), plan.study_key.hex());
  EXPECT_EQ(view.task(SampleId(7)).value().kind, TaskKind::training);
  EXPECT_EQ(view.task_states().size(), 6U) << "images alone";
}

TEST_F(StudyTest, AnotherStudyOfTheSamePlanIsToldApart) {
  auto plan = hand_plan(1, 1), other = plan;
  add_trainings(plan, {"a"});
  add_trainings(other, {"b"});
  Ledger::open(path_, plan);
  EXPECT_EQ(study_key_of(path_), plan.study_key.hex());
  EXPECT_EQ(plan_key_of(path_), plan.key.hex());
  EXPECT_THROW(Ledger::open(path_, other), Error);
}

TEST_F(StudyTest, AChangedStudyKeepsImagesAndTheTrainingsThatItStillHas) {
  auto plan = hand_plan(1, 2), changed = plan;
  add_trainings(plan, {"a", "b"});
  add_trainings(changed, {"c", "b"});
  {
    auto ledger = Ledger::open(path_, plan);
    const Record records[] = {LeaseGranted{LeaseId(0), SimulationId(0), 1, 1, "host", 2},
                              LeaseDone{LeaseId(0), SimulationId(0), 1, 1, 5.0, {{SampleId(0), 1}, {SampleId(1), 2}}},
                              LeaseGranted{LeaseId(1), SimulationId(1), 1, 1, "host", 1},
                              LeaseDone{LeaseId(1), SimulationId(1), 1, 1, 5.0, {{SampleId(2), 3}}, "{\"of\": \"a\"}"},
                              LeaseGranted{LeaseId(2), SimulationId(2), 1, 1, "host", 1},
                              LeaseDone{LeaseId(2), SimulationId(2), 1, 1, 5.0, {{SampleId(3), 4}}, "{\"of\": \"b\"}"}};
    ledger.apply(records);
  }
  fold_log(path_);
  EXPECT_EQ(check_up(path_).tasks.at(2).attempt, 1);
  build(next_, changed,
        {.found = {{SampleId(0), 1, 1, {}}, {SampleId(1), 2, 1, {}}, {SampleId(3), 4, 1, {}}},
         .ledgers = {path_},
         .event = "changed"});
  const auto ledger = Ledger::open(next_, changed);
  EXPECT_EQ(ledger.counts(TaskKind::image).done, 2);
  EXPECT_EQ(ledger.counts(TaskKind::training).done, 1);
  EXPECT_EQ(ledger.counts(TaskKind::training).pending, 1);
  EXPECT_EQ(ledger.result(SampleId(3)), "{\"of\": \"b\"}");
  EXPECT_EQ(ledger.states().at(1).attempts, 0) << "c is new, and knows nothing of a";
  EXPECT_EQ(ledger.states().at(2).attempts, 1);
}

}  // namespace
}  // namespace twinmill::ledger

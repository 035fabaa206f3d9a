#include "twinmill/ledger/view.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "hand_plan.hpp"
#include "temp_folder.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"

namespace twinmill::ledger {
namespace {

using ::testing::ElementsAre;
using testing::hand_plan;
using ::testing::HasSubstr;

class ViewTest : public ::testing::Test {
 protected:
  void at(double now, std::vector<Record> records) {
    ledger_.set_clock([now] { return now; });
    ledger_.apply(records);
  }
  LedgerView view() {
    ledger_.publish_snapshot(path_);
    return LedgerView(path_);
  }
  /// Simulation `i` is granted at `from` and done at `to`.
  void finish(int i, double from, double to) {
    const int worker = 1 + i % 2;
    at(from, {LeaseGranted{LeaseId(i), SimulationId(i), 1, worker, "node", 1}});
    at(to, {LeaseDone{LeaseId(i), SimulationId(i), 1, worker, to - from, {{SampleId(i), 1}}}});
  }

  testing::TempFolder folder_;
  std::filesystem::path path_ = folder_ / "snapshot.sqlite";
  campaign::Plan plan_ = hand_plan(20, 1);
  Ledger ledger_ = Ledger::open(folder_ / "ledger.sqlite", plan_);
};

TEST_F(ViewTest, MissingSnapshotIsAMistakeOfTheUser) {
  try {
    LedgerView view(folder_ / "nothing.sqlite");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::input);
    EXPECT_THAT(error.what(), HasSubstr("no run has published its ledger there yet"));
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ / "nothing.sqlite"));
}

TEST_F(ViewTest, ReadsWithoutWritingAnythingBeside) {
  const LedgerView one = view(), two(path_);
  EXPECT_EQ(one.counts(), two.counts());
  // Bytes 18 and 19 of the header: 1 is a rollback journal, 2 a write-ahead log, which a reader would have to open.
  const std::string header = read_text(path_).substr(0, 20);
  EXPECT_EQ(header[18], 1);
  EXPECT_EQ(header[19], 1);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "snapshot.sqlite-wal"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "snapshot.sqlite-shm"));
}

TEST_F(ViewTest, KnowsWhatItIs) {
  ledger_.set_clock([] { return 1234.5; });
  const LedgerView seen = view();
  EXPECT_EQ(seen.plan_key(), plan_.key.hex());
  EXPECT_EQ(seen.published(), 1234.5);
  EXPECT_GT(seen.created(), 1.6e9);
}

TEST_F(ViewTest, StatesByTask) {
  finish(3, 0, 1);
  at(2, {Quarantined{SimulationId(5), {SampleId(5)}, "why"}});
  const auto states = view().task_states();
  ASSERT_EQ(states.size(), 20u);
  EXPECT_EQ(states[2], TaskState::pending);
  EXPECT_EQ(states[3], TaskState::done);
  EXPECT_EQ(states[5], TaskState::quarantined);
}

TEST_F(ViewTest, TasksAreFoundByIdAndByKey) {
  const std::string key = plan_.samples[7].key.hex();
  const LedgerView seen = view();
  EXPECT_EQ(seen.task(SampleId(7))->key, key);
  EXPECT_EQ(seen.task(SampleId(20)), std::nullopt);
  ASSERT_EQ(seen.tasks_by_key(key.substr(0, 12), 5).size(), 1u);
  EXPECT_EQ(seen.tasks_by_key(key, 5)[0].id, SampleId(7));
  EXPECT_EQ(seen.tasks_by_key("", 5).size(), 5u);
  EXPECT_TRUE(seen.tasks_by_key(key + "0", 5).empty());
  EXPECT_TRUE(seen.tasks_by_key("%", 5).empty());
}

TEST_F(ViewTest, FailuresNewestFirstAndGrouped) {
  const auto failed = [](int lease, int simulation, int attempt, std::string message) {
    return std::vector<Record>{
        LeaseGranted{LeaseId(lease), SimulationId(simulation), attempt, 1, "node", 1},
        LeaseEnded{LeaseId(lease), SimulationId(simulation), AttemptEnd::failed, Charge::failure, Fault::bug, message}};
  };
  at(1, failed(0, 0, 1, "nan"));
  at(2, failed(1, 0, 2, "nan"));
  at(3, failed(2, 4, 1, "nan"));
  at(4, failed(3, 4, 2, "other"));
  at(5, {LeaseGranted{LeaseId(4), SimulationId(9), 1, 2, "node", 1}});
  const LedgerView seen = view();
  const auto newest = seen.failures(2);
  ASSERT_EQ(newest.size(), 2u);
  EXPECT_EQ(newest[0].message, "other");
  EXPECT_EQ(newest[0].fault, "bug");
  EXPECT_EQ(newest[1].lease, LeaseId(2));
  const auto groups = seen.failure_groups();
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0].message, "nan");
  EXPECT_EQ(groups[0].attempts, 3);
  EXPECT_EQ(groups[0].simulations, 2);
  ASSERT_EQ(seen.running().size(), 1u);
  EXPECT_EQ(seen.running()[0].simulation, SimulationId(9));
}

TEST_F(ViewTest, EachTriedAttemptWithItsEnd) {
  finish(3, 1, 2);
  at(3, {LeaseGranted{LeaseId(4), SimulationId(4), 1, 2, "other node", 1},
         LeaseEnded{LeaseId(4), SimulationId(4), AttemptEnd::lost, Charge::loss, {}, "x"}});
  at(4, {LeaseGranted{LeaseId(5), SimulationId(4), 2, 1, "node", 1},
         LeaseEnded{LeaseId(5), SimulationId(4), AttemptEnd::failed, Charge::failure, Fault::bug, "x"}});
  at(5, {LeaseGranted{LeaseId(6), SimulationId(4), 3, 1, "node", 1},
         LeaseEnded{LeaseId(6), SimulationId(4), AttemptEnd::returned, Charge::none, {}, ""}});
  at(6, {LeaseGranted{LeaseId(7), SimulationId(4), 4, 1, "node", 1}});
  std::vector<std::string> seen;
  view().each_tried([&](const AttemptRow& row) {
    seen.push_back(cat(row.simulation.value, " ", row.worker, " ", row.host, " ", name(*row.end)));
  });
  EXPECT_THAT(seen, ElementsAre("3 2 node done", "4 2 other node lost", "4 1 node failed"));
}

TEST_F(ViewTest, DurationsAreNearestRanks) {
  EXPECT_EQ(view().durations().leases, 0);
  for (int i = 0; i < 20; ++i) finish(i, 100.0 * i, 100.0 * i + i + 1);  // 1 s to 20 s
  const Durations d = view().durations();
  EXPECT_EQ(d.leases, 20);
  EXPECT_EQ(d.total, 210);
  EXPECT_EQ(d.shortest, 1);
  EXPECT_EQ(d.median, 10);
  EXPECT_EQ(d.p95, 19);
  EXPECT_EQ(d.longest, 20);
}

TEST_F(ViewTest, ThroughputCountsEverySampleOnce) {
  EXPECT_TRUE(view().throughput(4).empty());
  for (int i = 0; i < 5; ++i) finish(i, 0, 10.0 * i);  // done at 0, 10, 20, 30, 40
  const auto bins = view().throughput(4);
  ASSERT_EQ(bins.size(), 4u);
  std::vector<std::int64_t> samples;
  for (const auto& bin : bins) samples.push_back(bin.samples);
  EXPECT_THAT(samples, ElementsAre(1, 1, 1, 2));
  EXPECT_EQ(bins[1].start, 10.0);
  EXPECT_EQ(bins[1].width, 10.0);
}

TEST_F(ViewTest, WorkersByRankAndHost) {
  for (int i = 0; i < 3; ++i) finish(i, 0, 2);
  at(3, {LeaseGranted{LeaseId(3), SimulationId(3), 1, 2, "node", 1},
         LeaseEnded{LeaseId(3), SimulationId(3), AttemptEnd::lost, Charge::loss, {}, "silent"}});
  const auto rows = view().workers();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].rank, 1);
  EXPECT_EQ(rows[0].samples, 2);
  EXPECT_EQ(rows[0].busy_seconds, 4.0);
  EXPECT_EQ(rows[1].leases, 1);
  EXPECT_EQ(rows[1].losses, 1);
}

TEST_F(ViewTest, EventsNewestFirst) {
  at(1, {Note{"one"}});
  at(2, {Note{"two"}, Note{"three"}});
  const auto events = view().events(2);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].text, "three");
  EXPECT_EQ(events[1].text, "two");
  EXPECT_EQ(events[1].at, 2.0);
}

}  // namespace
}  // namespace twinmill::ledger

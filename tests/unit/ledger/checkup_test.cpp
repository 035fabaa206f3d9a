#include "twinmill/ledger/checkup.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "hand_plan.hpp"
#include "temp_folder.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/ledger/ledger.hpp"
#include "twinmill/sql/database.hpp"

namespace twinmill::ledger {
namespace {

using testing::hand_plan;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CheckupTest : public ::testing::Test {
 protected:
  void make(int simulations = 2) {
    plan_ = hand_plan(simulations, 1);
    Ledger ledger = Ledger::open(path_, plan_);
    const Record records[] = {LeaseGranted{LeaseId(0), SimulationId(1), 1, 3, "host", 1},
                              LeaseDone{LeaseId(0), SimulationId(1), 1, 3, 2.0, {{SampleId(1), 5}}},
                              LeaseGranted{LeaseId(1), SimulationId(0), 1, 3, "host", 1}};
    ledger.apply(records);
  }
  void write_at(std::streamoff place, const std::string& bytes) const {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(place);
    file << bytes;
  }
  testing::TempFolder folder_;
  std::filesystem::path path_ = folder_ / "ledger.sqlite";
  campaign::Plan plan_;
};

TEST_F(CheckupTest, SoundLedgerIsReadAndLeftAlone) {
  make();
  const std::string before = read_text(path_);
  const auto checkup = check_up(path_);
  EXPECT_EQ(checkup.health, Health::sound);
  EXPECT_THAT(checkup.problems, IsEmpty());
  EXPECT_EQ(checkup.plan_key, plan_.key.hex());
  ASSERT_EQ(checkup.tasks.size(), 2u);
  EXPECT_EQ(checkup.tasks[0].state, TaskState::pending);
  EXPECT_EQ(checkup.tasks[1], (TaskFact{.state = TaskState::done,
                                        .kind = TaskKind::image,
                                        .simulation = SimulationId(1),
                                        .key = plan_.samples[1].key.hex(),
                                        .checksum = 5,
                                        .attempt = 1}));
  EXPECT_TRUE(checkup.without_result.contains({0, 1}));
  EXPECT_FALSE(checkup.without_result.contains({1, 1}));
  EXPECT_EQ(read_text(path_), before);
  EXPECT_EQ(plan_key_of(path_), plan_.key.hex());
}

TEST_F(CheckupTest, MissingAndEmptyFiles) {
  EXPECT_EQ(check_up(path_).health, Health::missing);
  std::ofstream(path_).close();
  EXPECT_EQ(check_up(path_).health, Health::missing);
  EXPECT_EQ(plan_key_of(path_), "");
}

TEST_F(CheckupTest, TruncatedLedger) {
  make(400);
  std::filesystem::resize_file(path_, std::filesystem::file_size(path_) / 2);
  const auto checkup = check_up(path_);
  EXPECT_EQ(checkup.health, Health::damaged);
  EXPECT_FALSE(checkup.problems.empty());
}

TEST_F(CheckupTest, LedgerWithZeros) {
  make(400);
  for (const std::streamoff page : {0, 1, 5}) {
    const std::string whole = read_text(path_);
    write_at(page * 4096, std::string(4096, '\0'));
    EXPECT_EQ(check_up(path_).health, Health::damaged) << page;
    write_at(0, whole);
  }
  EXPECT_EQ(check_up(path_).health, Health::sound);
}

TEST_F(CheckupTest, RowsThatContradictThemselves) {
  make();
  sql::Database(path_, sql::Access::create).execute("DELETE FROM tasks WHERE id = 0");
  const auto checkup = check_up(path_);
  EXPECT_EQ(checkup.health, Health::damaged);
  EXPECT_THAT(checkup.problems.at(0), HasSubstr("not numbered"));
}

TEST_F(CheckupTest, OlderNewerAndForeign) {
  make();
  sql::Database(path_, sql::Access::create).execute("PRAGMA user_version=1");
  EXPECT_EQ(check_up(path_).health, Health::older);
  EXPECT_THAT(check_up(path_).problems.at(0), HasSubstr("older twinmill (its format is 1"));
  EXPECT_THROW(plan_key_of(path_), Error);
  sql::Database(path_, sql::Access::create).execute("PRAGMA user_version=9");
  EXPECT_THROW(check_up(path_), Error);
  sql::Database(path_, sql::Access::create).execute("PRAGMA application_id=5");
  EXPECT_THROW(check_up(path_), Error);
}

TEST_F(CheckupTest, LedgerInUseIsNotDamaged) {
  const Ledger open = Ledger::open(path_, hand_plan(1, 1));
  try {
    check_up(path_);
    FAIL();
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), HasSubstr("locked"));
  }
}

TEST_F(CheckupTest, FoldedLogIsGoneAndNothingWithIt) {
  make();
  // As a killed process leaves it: with a log.
  const std::filesystem::path killed = folder_ / "killed.sqlite";
  {
    Ledger ledger = Ledger::open(path_, plan_);
    const Record records[] = {Note{"in the log"}};
    ledger.apply(records);
    std::filesystem::copy_file(path_, killed);
    std::filesystem::copy_file(path_.string() + "-wal", killed.string() + "-wal");
  }
  fold_log(killed);
  EXPECT_FALSE(std::filesystem::exists(killed.string() + "-wal"));
  const sql::Database database(killed, sql::Access::snapshot);
  EXPECT_EQ(database.integer("SELECT count(*) FROM events WHERE text = 'in the log'"), 1);
}

// Stages keep their order, and times within a run too, when the wall clock jumps back.
TEST_F(CheckupTest, JumpingClockKeepsTheOrderOfStages) {
  make();
  Ledger ledger = Ledger::open(path_, plan_);
  double now = 1.8e9;
  ledger.set_clock([&] { return now; });
  ledger.set_stage("train", "first", "done", "{}");
  now -= 7200;
  ledger.set_stage("train", "second", "done", "{}");
  EXPECT_GT(ledger.stage("train", "second")->updated, ledger.stage("train", "first")->updated);
  now += 14400;
  ledger.set_stage("train", "third", "done", "{}");
  EXPECT_EQ(ledger.stage("train", "third")->updated, now);
}

}  // namespace
}  // namespace twinmill::ledger

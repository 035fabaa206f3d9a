// Opening: new, again, foreign, newer, damaged, locked, half made.
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "hand_plan.hpp"
#include "temp_folder.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/ledger/ledger.hpp"
#include "twinmill/sql/database.hpp"

namespace twinmill::ledger {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using testing::hand_plan;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class OpenTest : public ::testing::Test {
 protected:
  Error refusal(const campaign::Plan& plan) {
    try {
      Ledger::open(path_, plan);
    } catch (const Error& error) {
      return error;
    }
    return Error(Fault::count_, "no error was thrown");
  }
  testing::TempFolder folder_;
  std::filesystem::path path_ = folder_ / "ledger.sqlite";
};

TEST_F(OpenTest, NewLedgerHoldsEveryTaskAsPending) {
  const Ledger ledger = Ledger::open(path_, hand_plan(3, 2));
  EXPECT_EQ(ledger.counts(), (Counts{.pending = 6, .done = 0, .quarantined = 0}));
  const auto states = ledger.states();
  ASSERT_EQ(states.size(), 3u);
  EXPECT_EQ(
      states[1],
      (SimulationState{
          .id = SimulationId(1), .attempts = 0, .failures = 0, .losses = 0, .pending = {SampleId(2), SampleId(3)}}));
  EXPECT_EQ(ledger.next_lease(), LeaseId(0));
}

TEST_F(OpenTest, OpenAgainKeepsEverything) {
  const auto plan = hand_plan(2, 1);
  {
    Ledger ledger = Ledger::open(path_, plan);
    const Record records[] = {LeaseGranted{LeaseId(0), SimulationId(1), 1, 3, "host", 1},
                              LeaseDone{LeaseId(0), SimulationId(1), 1, 3, 2.0, {{SampleId(1), 5}}}};
    ledger.apply(records);
  }
  const Ledger again = Ledger::open(path_, plan);
  EXPECT_EQ(again.counts(), (Counts{.pending = 1, .done = 1, .quarantined = 0}));
  EXPECT_TRUE(again.states()[1].pending.empty());
  EXPECT_EQ(again.next_lease(), LeaseId(1));
}

TEST_F(OpenTest, ChangedCampaignIsRefused) {
  const auto plan = hand_plan(2, 1), changed = hand_plan(2, 1, 99);
  Ledger::open(path_, plan);
  const Error error = refusal(changed);
  EXPECT_EQ(error.fault(), Fault::input);
  EXPECT_EQ(std::string(error.what()),
            cat("the campaign has changed (", path_.string(), " holds plan ", plan.key.hex().substr(0, 12),
                ", the campaign file now gives ", changed.key.hex().substr(0, 12),
                "). Give another --dir, or undo the change?"));
  EXPECT_EQ(Ledger::open(path_, plan).counts().pending, 2);
}

TEST_F(OpenTest, NewerFormatIsRefused) {
  const auto plan = hand_plan(1, 1);
  Ledger::open(path_, plan);
  sql::Database(path_, sql::Access::create).execute("PRAGMA user_version=4");
  const Error error = refusal(plan);
  EXPECT_EQ(error.fault(), Fault::input);
  EXPECT_EQ(std::string(error.what()),
            cat(path_.string(),
                " was written by a newer twinmill (its format is 4, this program knows up to 3). "
                "Use that version, or give another --dir?"));
}

TEST_F(OpenTest, OlderFormatIsRefused) {
  const auto plan = hand_plan(1, 1);
  Ledger::open(path_, plan);
  sql::Database(path_, sql::Access::create).execute("PRAGMA user_version=1");
  const Error error = refusal(plan);
  EXPECT_EQ(error.fault(), Fault::input);
  EXPECT_EQ(std::string(error.what()),
            cat(path_.string(),
                " was written by an older twinmill (its format is 1, this program writes 3). twinmill verify ",
                folder_.path().string(), " --repair?"));
}

TEST_F(OpenTest, OtherDatabaseIsRefusedAndLeftAlone) {
  sql::Database(path_, sql::Access::create).execute("CREATE TABLE precious(x)");
  const std::string before = read_text(path_);
  const Error error = refusal(hand_plan(1, 1));
  EXPECT_EQ(error.fault(), Fault::input);
  EXPECT_THAT(error.what(), HasSubstr("is not a ledger of twinmill"));
  EXPECT_EQ(read_text(path_), before);
}

TEST_F(OpenTest, FileThatIsNoDatabaseIsDamaged) {
  std::ofstream(path_) << std::string(2000, 'x');
  const Error error = refusal(hand_plan(1, 1));
  EXPECT_EQ(error.fault(), Fault::system);
  EXPECT_THAT(error.what(), AllOf(StartsWith(cat("the ledger ", path_.string(), " is damaged (")),
                                  EndsWith(cat("twinmill verify ", folder_.path().string(), " --repair?"))));
}

TEST_F(OpenTest, DamagedPageIsFound) {
  const auto plan = hand_plan(200, 5);
  Ledger::open(path_, plan);
  {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(8 * 4096);
    file << std::string(8192, '\xee');
  }
  const Error error = refusal(plan);
  EXPECT_EQ(error.fault(), Fault::system);
  EXPECT_THAT(error.what(), AllOf(HasSubstr("is damaged ("), EndsWith("--repair?")));
}

TEST_F(OpenTest, EmptyFileFromAKilledStartBecomesALedger) {
  std::ofstream(path_).close();
  EXPECT_EQ(Ledger::open(path_, hand_plan(1, 4)).counts().pending, 4);
}

TEST_F(OpenTest, SecondOwnerIsRefused) {
  const auto plan = hand_plan(1, 1);
  const Ledger first = Ledger::open(path_, plan);
  const Error error = refusal(plan);
  EXPECT_EQ(error.fault(), Fault::system);
  EXPECT_THAT(error.what(), HasSubstr("database is locked"));
}

TEST_F(OpenTest, NoSharedMemoryFileIsUsed) {
  const Ledger ledger = Ledger::open(path_, hand_plan(1, 1));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "ledger.sqlite-wal"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "ledger.sqlite-shm"));
}

TEST_F(OpenTest, AttemptsOfAnEarlierRunAreInterruptedAndNotCharged) {
  const auto plan = hand_plan(1, 2);
  {
    Ledger ledger = Ledger::open(path_, plan);
    const Record records[] = {LeaseGranted{LeaseId(0), SimulationId(0), 1, 1, "host", 2}};
    ledger.apply(records);
  }
  const Ledger again = Ledger::open(path_, plan);
  const auto state = again.states()[0];
  EXPECT_EQ(state.attempts, 1);
  EXPECT_EQ(state.failures, 0);
  EXPECT_EQ(state.losses, 0);
  EXPECT_EQ(state.pending.size(), 2u);
}

// A process that ends without closing anything, in the middle of a transaction: what apply() had returned for is there,
// the rest is not.
TEST_F(OpenTest, KilledOwnerLosesNothingThatWasApplied) {
  const auto plan = hand_plan(4, 2);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    Ledger ledger = Ledger::open(path_, plan);
    const Record first[] = {LeaseGranted{LeaseId(0), SimulationId(2), 1, 1, "host", 2},
                            LeaseDone{LeaseId(0), SimulationId(2), 1, 1, 1.0, {{SampleId(4), 1}, {SampleId(5), 2}}}};
    ledger.apply(first);
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  const Ledger ledger = Ledger::open(path_, plan);
  EXPECT_EQ(ledger.counts(), (Counts{.pending = 6, .done = 2, .quarantined = 0}));
}

TEST_F(OpenTest, MissingFolderIsRefused) {
  path_ = folder_ / "no/ledger.sqlite";
  EXPECT_EQ(refusal(hand_plan(1, 1)).fault(), Fault::system);
}

}  // namespace
}  // namespace twinmill::ledger

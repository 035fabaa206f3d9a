#include "twinmill/base/lock_file.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "temp_folder.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"

namespace twinmill {
namespace {

TEST(LockFile, SecondOneIsToldWhoHoldsIt) {
  const testing::TempFolder folder;
  const auto path = folder / "run.lock";
  {
    LockFile first(path);
    try {
      LockFile second(path);
      FAIL();
    } catch (const Error& e) {
      EXPECT_EQ(e.fault(), Fault::system);
      EXPECT_NE(std::string(e.what()).find("pid " + std::to_string(::getpid())), std::string::npos) << e.what();
    }
    EXPECT_NE(LockFile::holder(path), "");
    first.beat();
    EXPECT_NE(LockFile::holder(path), "");
  }
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_EQ(LockFile::holder(path), "");
}

TEST(LockFile, ProcessThatIsGoneLosesIt) {
  const testing::TempFolder folder;
  const auto path = folder / "run.lock";
  const pid_t child = ::fork();
  if (child == 0) {
    const LockFile lock(path);
    ::_exit(0);  // Like a kill: no destructor runs.
  }
  // Dead, but not collected: a zombie holds nothing either.
  siginfo_t info{};
  ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);
  ASSERT_TRUE(std::filesystem::exists(path));
  EXPECT_EQ(LockFile::holder(path), "");
  ::waitpid(child, nullptr, 0);
  EXPECT_NO_THROW(LockFile{path});
}

/// A lock of another host, and what happens to it while it is watched.
class OtherHost : public ::testing::Test {
 protected:
  void write(double heartbeat, int beats) {
    other_["heartbeat"] = heartbeat;
    other_["beats"] = beats;
    write_atomic(path_, other_.dump());
  }
  std::string refusal() {
    try {
      const LockFile lock(path_, options_);
    } catch (const Error& e) {
      return e.what();
    }
    return {};
  }
  testing::TempFolder folder_;
  std::filesystem::path path_ = folder_ / "run.lock";
  nlohmann::json other_ = {{"host", "elsewhere"}, {"pid", 1}, {"start", "1"}, {"boot", "b"}, {"job", "77"}};
  double now_ = 1.8e9, slept_ = 0;
  LockOptions options_{.stale_after_s = 120,
                       .watch_s = 30,
                       .wall_clock = [this] { return now_; },
                       .sleep = [this](double seconds) { slept_ += seconds; }};
};

TEST_F(OtherHost, KeepsItWhileItsHeartIsBeating) {
  write(now_ - 100, 1);
  EXPECT_EQ(LockFile::holder(path_, options_), "host elsewhere, pid 1, job 77");
  EXPECT_NE(refusal().find("host elsewhere, pid 1, job 77"), std::string::npos);
  EXPECT_EQ(slept_, 0);
}

TEST_F(OtherHost, LosesItWhenItsHeartbeatIsOldAndNoneComes) {
  write(now_ - 121, 1);
  EXPECT_EQ(LockFile::holder(path_, options_), "");
  EXPECT_EQ(refusal(), "");
  EXPECT_EQ(slept_, 30);
}

// Its clock is hours behind ours, or hours ahead, or ours has jumped: only what happens counts.
TEST_F(OtherHost, WithAWrongClockKeepsItWhileItsHeartIsBeating) {
  for (const double jump : {-7200.0, 7200.0}) {
    write(now_ + jump, 1);
    options_.sleep = [&](double seconds) {
      slept_ += seconds;
      write(now_ + jump + 10, 2);
    };
    EXPECT_NE(refusal().find("host elsewhere, pid 1, job 77"), std::string::npos) << jump;
  }
  EXPECT_EQ(slept_, 2);
}

TEST_F(OtherHost, WithAWrongClockLosesItWhenNoBeatComes) {
  write(now_ + 7200, 1);
  EXPECT_EQ(refusal(), "");
  EXPECT_EQ(slept_, 30);
}

TEST_F(OtherHost, MayFinishWhileItIsWatched) {
  write(now_ - 7200, 1);
  options_.sleep = [&](double) { std::filesystem::remove(path_); };
  EXPECT_EQ(refusal(), "");
}

TEST(LockFile, JumpsOfTheClockDoNotCostIt) {
  const testing::TempFolder folder;
  const auto path = folder / "run.lock";
  double now = 1.8e9;
  const LockOptions options{.wall_clock = [&] { return now; }};
  LockFile lock(path, options);
  for (const double jump : {-7200.0, 14400.0, -7200.0}) {
    now += jump;
    EXPECT_NE(LockFile::holder(path, options), "");
    lock.beat();
    EXPECT_THROW(LockFile(path, options), Error);
  }
}

// Two beats at the same moment of a clock that stands still are two.
TEST(LockFile, EveryBeatChangesTheFile) {
  const testing::TempFolder folder;
  LockFile lock(folder / "run.lock", {.wall_clock = [] { return 1.8e9; }});
  lock.beat();
  const std::string first = read_text(folder / "run.lock");
  lock.beat();
  EXPECT_NE(read_text(folder / "run.lock"), first);
}

TEST(LockFile, HeartbeatNoticesATakeOver) {
  const testing::TempFolder folder;
  const auto path = folder / "run.lock";
  LockFile lock(path);
  write_atomic(path, R"({"host":"elsewhere","pid":1,"start":"1","boot":"b","job":"","heartbeat":1})");
  EXPECT_THROW(lock.beat(), Error);
}

TEST(LockFile, TornLockOfADeadProcessIsTakenOver) {
  const testing::TempFolder folder;
  write_atomic(folder / "run.lock", "{\"host\": \"el");
  EXPECT_NO_THROW(LockFile{folder / "run.lock"});
}

}  // namespace
}  // namespace twinmill

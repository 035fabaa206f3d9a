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

TEST(LockFile, OtherHostsKeepItWhileTheirHeartIsBeating) {
  const testing::TempFolder folder;
  const auto path = folder / "run.lock";
  nlohmann::json other = {{"host", "elsewhere"}, {"pid", 1},    {"start", "1"},
                          {"boot", "b"},         {"job", "77"}, {"heartbeat", 4e9}};
  write_atomic(path, other.dump());
  try {
    LockFile lock(path);
    FAIL();
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find("host elsewhere, pid 1, job 77"), std::string::npos) << e.what();
  }
  other["heartbeat"] = 1e9;
  write_atomic(path, other.dump());
  EXPECT_NO_THROW(LockFile{path});
}

TEST(LockFile, HeartbeatNoticesATakeOver) {
  const testing::TempFolder folder;
  const auto path = folder / "run.lock";
  LockFile lock(path);
  write_atomic(path, R"({"host":"elsewhere","pid":1,"start":"1","boot":"b","job":"","heartbeat":4e9})");
  EXPECT_THROW(lock.beat(), Error);
}

TEST(LockFile, TornLockOfADeadProcessIsTakenOver) {
  const testing::TempFolder folder;
  write_atomic(folder / "run.lock", "{\"host\": \"el");
  EXPECT_NO_THROW(LockFile{folder / "run.lock"});
}

}  // namespace
}  // namespace twinmill

#include "lock_beat.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "temp_folder.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"

namespace twinmill::app {
namespace {

TEST(LockBeat, RenewsTheLock) {
  const testing::TempFolder folder;
  LockFile lock(folder / "run.lock");
  const std::string before = read_text(folder / "run.lock");
  LockBeat beat(lock, 0.001);
  while (read_text(folder / "run.lock") == before) std::this_thread::yield();
  beat.finish();
  const std::string after = read_text(folder / "run.lock");
  lock.beat();  // It is ours again.
  EXPECT_NE(read_text(folder / "run.lock"), after);
}

TEST(LockBeat, TellsThatTheLockWasTaken) {
  const testing::TempFolder folder;
  LockFile lock(folder / "run.lock");
  const std::string taken = R"({"host":"elsewhere","pid":1,"start":"1","boot":"b","job":"","heartbeat":1})";
  write_atomic(folder / "run.lock", taken);
  LockBeat beat(lock, 0.001);
  while (!beat.failed()) std::this_thread::yield();
  EXPECT_THROW(beat.finish(), Error);
  EXPECT_EQ(read_text(folder / "run.lock"), taken);
}

}  // namespace
}  // namespace twinmill::app

#include "twinmill/ledger/record.hpp"

#include <gtest/gtest.h>

namespace twinmill::ledger {
namespace {

// The words are the file format: a changed one makes every older ledger unreadable.
TEST(Words, AreTheseForTaskStates) {
  EXPECT_EQ(name(TaskState::pending), "pending");
  EXPECT_EQ(name(TaskState::done), "done");
  EXPECT_EQ(name(TaskState::quarantined), "quarantined");
}

TEST(Words, AreTheseForOutcomes) {
  EXPECT_EQ(name(AttemptEnd::done), "done");
  EXPECT_EQ(name(AttemptEnd::failed), "failed");
  EXPECT_EQ(name(AttemptEnd::returned), "returned");
  EXPECT_EQ(name(AttemptEnd::lost), "lost");
  EXPECT_EQ(name(AttemptEnd::interrupted), "interrupted");
}

TEST(Words, ComeBack) {
  for (int i = 0; i < static_cast<int>(TaskState::count_); ++i) {
    EXPECT_EQ(task_state(name(static_cast<TaskState>(i))), static_cast<TaskState>(i));
  }
  for (int i = 0; i < static_cast<int>(AttemptEnd::count_); ++i) {
    EXPECT_EQ(attempt_end(name(static_cast<AttemptEnd>(i))), static_cast<AttemptEnd>(i));
  }
}

TEST(Words, UnknownOnesMeanDamage) {
  try {
    task_state("Done");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::system);
    EXPECT_STREQ(error.what(), "the ledger holds the task state 'Done' (no such word; it is damaged or was edited).");
  }
  EXPECT_THROW(attempt_end("running"), Error);
}

}  // namespace
}  // namespace twinmill::ledger

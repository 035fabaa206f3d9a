#include "twinmill/base/process_table.hpp"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace twinmill {
namespace {

using ::testing::Contains;
using ::testing::Not;

TEST(ProcessTable, AChildIsThereUntilItEndsAlsoWhenNobodyHasCollectedIt) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::pause();
    ::_exit(0);
  }
  ASSERT_GT(child, 0);
  const std::string begun = process_start(child);
  EXPECT_FALSE(begun.empty());
  EXPECT_THAT(children_of(::getpid()), Contains(child));
  ::kill(child, SIGSTOP);
  siginfo_t info;
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WSTOPPED), 0);
  EXPECT_EQ(process_start(child), begun);
  ::kill(child, SIGKILL);
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
  EXPECT_EQ(process_start(child), "");
  EXPECT_THAT(children_of(::getpid()), Not(Contains(child)));
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_EQ(process_start(child), "");
}

TEST(ProcessTable, NobodyHasAnImpossibleNumber) {
  EXPECT_EQ(process_start(-1), "");
  EXPECT_TRUE(children_of(-1).empty());
}

}  // namespace
}  // namespace twinmill

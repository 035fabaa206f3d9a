#include "twinmill/base/error.hpp"

#include <gtest/gtest.h>

namespace twinmill {
namespace {

TEST(Error, FaultDecidesTheExitCode) {
  EXPECT_EQ(static_cast<int>(exit_code(Fault::input)), 2);
  EXPECT_EQ(static_cast<int>(exit_code(Fault::system)), 3);
  EXPECT_EQ(static_cast<int>(exit_code(Fault::bug)), 70);
}

TEST(Problems, ListsEveryMistakeAtOnce) {
  Problems problems;
  EXPECT_NO_THROW(problems.throw_if_any());
  problems.add("a.toml:3: dose = -1", "must be positive");
  problems.add("a.toml:9: x", "not known. Did you mean y?");
  try {
    problems.throw_if_any();
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.fault(), Fault::input);
    EXPECT_STREQ(e.what(), "a.toml:3: dose = -1: must be positive\na.toml:9: x: not known. Did you mean y?");
  }
}

TEST(Ensure, BlamesTheProgram) {
  EXPECT_NO_THROW(ensure(true, "x"));
  try {
    ensure(false, "sum is off");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.fault(), Fault::bug);
  }
}

}  // namespace
}  // namespace twinmill

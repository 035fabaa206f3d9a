#include "twinmill/base/duration.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "twinmill/base/error.hpp"

namespace twinmill {
namespace {

using ::testing::ThrowsMessage;

TEST(ParseDuration, Forms) {
  EXPECT_EQ(parse_duration("90s", "t"), 90);
  EXPECT_EQ(parse_duration("1.5s", "t"), 1.5);
  EXPECT_EQ(parse_duration("30m", "t"), 1800);
  EXPECT_EQ(parse_duration("2h", "t"), 7200);
  EXPECT_EQ(parse_duration("1h30m", "t"), 5400);
  EXPECT_EQ(parse_duration("1d12h", "t"), 129600);
  EXPECT_EQ(parse_duration("2:30:00", "t"), 9000);
  EXPECT_EQ(parse_duration("01:30:05", "t"), 5405);
  EXPECT_EQ(parse_duration("100:00:00", "t"), 360000);
  EXPECT_EQ(parse_duration("1-12:00:00", "t"), 129600);
}

TEST(ParseDuration, EverythingElseIsRefused) {
  for (const std::string text :
       {"",           "90",       "s",        ".",         "-5s",     "+5s",  "1e3s", "0x10s",     "10 m", "1:30",
        "1:2:3:4",    "00:60:00", "00:00:60", "1.5:00:00", "::",      "inf",  "nan",  "1.2.3s",    "1h1h", "5m1h",
        "1-24:00:00", "-1:00:00", "1:00:00 ", "+1:00:00",  "1:+2:00", "soon", "1h30", "1--2:00:00"}) {
    EXPECT_THAT(
        [&] { parse_duration(text, "--walltime"); },
        ThrowsMessage<Error>("--walltime = " + text + " (is no time). Write 90s, 30m, 1h30m, 2:30:00 or 1-12:00:00?"));
  }
  for (const std::string text : {"0s", "00:00:00", "0h0m"})
    EXPECT_THAT([&] { parse_duration(text, "--walltime"); },
                ThrowsMessage<Error>("--walltime = " + text + " (must be above 0)"));
}

}  // namespace
}  // namespace twinmill

#include "twinmill/base/text.hpp"

#include <gtest/gtest.h>

#include "twinmill/base/error.hpp"

namespace twinmill {
namespace {

TEST(Text, BytesAndDurationsAsPeopleSayThem) {
  EXPECT_EQ(bytes_text(0), "0 B");
  EXPECT_EQ(bytes_text(999), "999 B");
  EXPECT_EQ(bytes_text(1440), "1.4 kB");
  EXPECT_EQ(bytes_text(2.5e9), "2.5 GB");
  EXPECT_EQ(bytes_text(123e9), "123 GB");
  EXPECT_EQ(duration_text(2.04), "2.0 s");
  EXPECT_EQ(duration_text(59), "59 s");
  EXPECT_EQ(duration_text(250), "4 min 10 s");
  EXPECT_EQ(duration_text(7500), "2 h 05 min");
  EXPECT_EQ(duration_text(4 * 86400 - 20 * 3600), "3 d 04 h");
  EXPECT_EQ(duration_text(-1), "?");
}

TEST(Text, CountsHaveSeparators) {
  EXPECT_EQ(count_text(0), "0");
  EXPECT_EQ(count_text(999), "999");
  EXPECT_EQ(count_text(1000), "1,000");
  EXPECT_EQ(count_text(12345678), "12,345,678");
  EXPECT_EQ(count_text(-1234), "-1,234");
}

TEST(Text, NearestFindsSlipsAndNothingElse) {
  const std::vector<std::string> known = {"rotations_deg", "dose", "MoS2-H"};
  EXPECT_EQ(nearest("rotation_deg", known), "rotations_deg");
  EXPECT_EQ(nearest("dsoe", known), "dose");
  EXPECT_EQ(nearest("mos2-h", known), "MoS2-H");
  EXPECT_EQ(nearest("zebra", known), "");
}

TEST(Text, NumbersReadBack) {
  for (const double v : {0.05, 4e5, 1.0 / 3, -12.5, 1e-300}) EXPECT_EQ(parse_double(number_text(v), "v"), v);
  EXPECT_EQ(parse_double(" +4e5 ", "v"), 4e5);
  EXPECT_EQ(parse_int("12", "n"), 12);
  EXPECT_THROW(parse_double("4e5x", "v"), Error);
  EXPECT_THROW(parse_double("", "v"), Error);
  EXPECT_THROW(parse_int("1.5", "n"), Error);
}

TEST(Text, Lists) {
  EXPECT_EQ(list_text(std::vector<std::string>{}), "");
  EXPECT_EQ(list_text(std::vector<std::string>{"a"}), "a");
  EXPECT_EQ(list_text(std::vector<std::string>{"a", "b", "c"}), "a, b and c");
  EXPECT_EQ(split_words("  a\tb \n c"), (std::vector<std::string>{"a", "b", "c"}));
}

}  // namespace
}  // namespace twinmill

#include <gmock/gmock.h>

#include <limits>

#include "temp_folder.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/sql/database.hpp"

namespace twinmill::sql {
namespace {

class StatementTest : public ::testing::Test {
 protected:
  StatementTest() { database_.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, a, b)"); }
  testing::TempFolder folder_;
  Database database_{folder_ / "a.sqlite", Access::create};
};

TEST_F(StatementTest, ValuesComeBackAsTheyWere) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  const std::string with_zero("a\0b", 3);
  auto insert = database_.prepare("INSERT INTO t(id, a, b) VALUES(?, ?, ?)");
  insert.run(1, most, least);
  insert.run(2, 0.1, with_zero);
  insert.run(3, std::nullopt, "");
  insert.run(4, std::optional<double>(2.5), std::optional<std::string>());

  auto query = database_.prepare("SELECT a, b FROM t ORDER BY id");
  ASSERT_TRUE(query.step());
  EXPECT_EQ(query.column<std::int64_t>(0), most);
  EXPECT_EQ(query.column<std::int64_t>(1), least);
  ASSERT_TRUE(query.step());
  EXPECT_EQ(query.column<double>(0), 0.1);
  EXPECT_EQ(query.column<std::string>(1), with_zero);
  ASSERT_TRUE(query.step());
  EXPECT_EQ(query.column<std::optional<std::int64_t>>(0), std::nullopt);
  EXPECT_EQ(query.column<std::optional<std::string>>(1), "");
  ASSERT_TRUE(query.step());
  EXPECT_EQ(query.column<std::optional<double>>(0), 2.5);
  EXPECT_EQ(query.column<std::optional<std::string>>(1), std::nullopt);
  EXPECT_EQ(query.column<std::string>(1), "");
  EXPECT_FALSE(query.step());
}

TEST_F(StatementTest, BindingAgainForgetsEarlierValues) {
  auto insert = database_.prepare("INSERT INTO t(id, a) VALUES(?, ?)");
  insert.run(1, 5);
  insert.run(2);
  EXPECT_EQ(database_.integer("SELECT count(*) FROM t WHERE a IS NULL"), 1);
}

TEST_F(StatementTest, FailedStatementCanBeUsedAgain) {
  auto insert = database_.prepare("INSERT INTO t(id) VALUES(?)");
  insert.run(1);
  EXPECT_THROW(insert.run(1), Error);
  insert.run(2);
  EXPECT_EQ(database_.integer("SELECT count(*) FROM t"), 2);
}

TEST_F(StatementTest, TooManyValuesAreABug) {
  auto insert = database_.prepare("INSERT INTO t(id) VALUES(?)");
  try {
    insert.run(1, 2);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::bug);
  }
}

}  // namespace
}  // namespace twinmill::sql

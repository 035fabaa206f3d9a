#include "twinmill/sql/database.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>

#include "temp_folder.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"

namespace twinmill::sql {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

template <class Work>
Error error_of(const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    return error;
  }
  return Error(Fault::count_, "no error was thrown");
}

class DatabaseTest : public ::testing::Test {
 protected:
  testing::TempFolder folder_;
  std::filesystem::path path_ = folder_ / "a.sqlite";
};

TEST_F(DatabaseTest, KeepsWhatWasCommitted) {
  {
    Database database(path_, Access::create);
    database.execute("CREATE TABLE t(x INTEGER); INSERT INTO t VALUES(4), (5)");
    EXPECT_EQ(database.changes(), 2);
  }
  const Database again(path_, Access::create);
  EXPECT_EQ(again.integer("SELECT sum(x) FROM t"), 9);
  EXPECT_EQ(again.text("SELECT group_concat(x) FROM t"), "4,5");
}

TEST_F(DatabaseTest, TransactionWithoutCommitLeavesNothing) {
  Database database(path_, Access::create);
  database.execute("CREATE TABLE t(x INTEGER)");
  {
    const Transaction transaction(database);
    database.execute("INSERT INTO t VALUES(1)");
  }
  EXPECT_EQ(database.integer("SELECT count(*) FROM t"), 0);
  {
    Transaction transaction(database);
    database.execute("INSERT INTO t VALUES(1)");
    transaction.commit();
    EXPECT_THROW(transaction.commit(), Error);
  }
  EXPECT_EQ(database.integer("SELECT count(*) FROM t"), 1);
}

TEST_F(DatabaseTest, CopyIsCompleteAndReplacesTheTarget) {
  Database database(path_, Access::create);
  database.execute("CREATE TABLE t(x INTEGER); INSERT INTO t VALUES(7)");
  Database copy(folder_ / "b.sqlite", Access::create);
  copy.execute("CREATE TABLE other(x INTEGER)");
  database.copy_to(copy);
  EXPECT_EQ(copy.integer("SELECT x FROM t"), 7);
  EXPECT_EQ(copy.integer("SELECT count(*) FROM sqlite_schema"), 1);
}

TEST_F(DatabaseTest, SnapshotIsReadOnly) {
  Database(path_, Access::create).execute("CREATE TABLE t(x INTEGER)");
  Database snapshot(path_, Access::snapshot);
  const Error error = error_of([&] { snapshot.execute("INSERT INTO t VALUES(1)"); });
  EXPECT_EQ(error.fault(), Fault::system);
  EXPECT_THAT(error.what(), HasSubstr("it is read-only; SQLite: attempt to write a readonly database"));
}

TEST_F(DatabaseTest, PathMayHoldCharactersThatMeanSomethingInUris) {
  const auto odd = folder_ / "50%? #1.sqlite";
  Database(odd, Access::create).execute("CREATE TABLE t(x INTEGER)");
  EXPECT_TRUE(std::filesystem::exists(odd));
  EXPECT_EQ(Database(odd, Access::snapshot).integer("SELECT count(*) FROM t"), 0);
}

TEST_F(DatabaseTest, FullDiskIsTheSystemsFaultAndRollsBack) {
  Database database(path_, Access::create);
  database.execute("CREATE TABLE t(x BLOB); PRAGMA max_page_count=20");
  const Error error = error_of([&] {
    Transaction transaction(database);
    for (int i = 0; i < 100; ++i) database.execute("INSERT INTO t VALUES(randomblob(4000))");
    transaction.commit();
  });
  EXPECT_EQ(error.fault(), Fault::system);
  EXPECT_EQ(std::string(error.what()), cat("cannot write ", path_.string(),
                                           " (the disk or the quota is full; SQLite: database or disk is full). "
                                           "Free space and run again?"));
  EXPECT_EQ(database.integer("SELECT count(*) FROM t"), 0);
  database.execute("INSERT INTO t VALUES(1)");
}

TEST_F(DatabaseTest, DamagedFileIsTheSystemsFault) {
  std::ofstream(path_) << std::string(4096, 'x');
  const Error error = error_of([&] { Database(path_, Access::create).integer("SELECT count(*) FROM sqlite_schema"); });
  EXPECT_EQ(error.fault(), Fault::system);
  EXPECT_THAT(error.what(), AllOf(StartsWith(cat("cannot use ", path_.string(), " (the file is damaged")),
                                  HasSubstr("SQLite: file is not a database")));
}

TEST_F(DatabaseTest, DamageIsToldFromOtherFailures) {
  std::ofstream(path_) << std::string(4096, 'x');
  const Database damaged(path_, Access::inspect);
  EXPECT_THROW(damaged.integer("SELECT count(*) FROM sqlite_schema"), Damaged);
  EXPECT_EQ(damaged.integrity_problems(5).size(), 1u);
}

TEST_F(DatabaseTest, IntegrityProblemsNameWhatIsWrong) {
  {
    Database database(path_, Access::create);
    database.execute("CREATE TABLE t(x TEXT)");
    for (int i = 0; i < 40; ++i) database.execute(cat("INSERT INTO t VALUES('", std::string(1000, 'a'), "')"));
    EXPECT_TRUE(database.integrity_problems(5).empty());
  }
  std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(3 * 4096);
  file << std::string(4096, '\0');
  file.close();
  const auto problems = Database(path_, Access::inspect).integrity_problems(5);
  ASSERT_FALSE(problems.empty());
  EXPECT_THAT(problems.front(), AllOf(HasSubstr("age 4"), ::testing::Not(HasSubstr("\n"))));
}

TEST_F(DatabaseTest, InspectingReadsTheLogAndLeavesItAlone) {
  const std::filesystem::path copy = folder_ / "b.sqlite", log = folder_ / "b.sqlite-wal";
  {
    Database database(path_, Access::create);
    database.execute("PRAGMA locking_mode=EXCLUSIVE");
    database.text("PRAGMA journal_mode=WAL");
    database.execute("CREATE TABLE t(x INTEGER); INSERT INTO t VALUES(7)");
    std::filesystem::copy_file(path_, copy);
    std::filesystem::copy_file(folder_ / "a.sqlite-wal", log);
  }
  const std::string before = read_text(copy), log_before = read_text(log);
  ASSERT_FALSE(log_before.empty());
  {
    Database database(copy, Access::inspect);
    EXPECT_EQ(database.integer("SELECT x FROM t"), 7);
    EXPECT_THROW(database.execute("INSERT INTO t VALUES(8)"), Error);
  }
  EXPECT_EQ(read_text(copy), before);
  EXPECT_EQ(read_text(log), log_before);
}

TEST_F(DatabaseTest, InspectingAClosedFileLeavesNoLogBeside) {
  {
    Database database(path_, Access::create);
    database.execute("PRAGMA locking_mode=EXCLUSIVE");
    database.text("PRAGMA journal_mode=WAL");
    database.execute("CREATE TABLE t(x INTEGER); INSERT INTO t VALUES(7)");
  }
  EXPECT_EQ(Database(path_, Access::inspect).integer("SELECT x FROM t"), 7);
  EXPECT_FALSE(std::filesystem::exists(path_.string() + "-wal"));
}

TEST_F(DatabaseTest, LockedFileNamesTheCause) {
  Database first(path_, Access::create);
  first.execute("PRAGMA locking_mode=EXCLUSIVE; CREATE TABLE t(x INTEGER)");
  Database second(path_, Access::create);
  const Error error = error_of([&] { second.integer("SELECT count(*) FROM t"); });
  EXPECT_EQ(error.fault(), Fault::system);
  EXPECT_THAT(error.what(), AllOf(HasSubstr("another process has it open; SQLite: database is locked"),
                                  EndsWith("Is the same campaign already running?")));
}

TEST_F(DatabaseTest, MissingFolderIsTheSystemsFault) {
  const Error error = error_of([&] { Database(folder_ / "no/where.sqlite", Access::create); });
  EXPECT_EQ(error.fault(), Fault::system);
  EXPECT_THAT(error.what(), AllOf(StartsWith(cat("cannot open ", (folder_ / "no/where.sqlite").string())),
                                  HasSubstr("unable to open database file"), HasSubstr("No such file or directory")));
}

TEST_F(DatabaseTest, WrongSqlIsABug) {
  Database database(path_, Access::create);
  const Error error = error_of([&] { database.execute("SELEKT 1"); });
  EXPECT_EQ(error.fault(), Fault::bug);
  EXPECT_THAT(error.what(), HasSubstr("near \"SELEKT\": syntax error"));
  EXPECT_EQ(error_of([&] { database.prepare("  "); }).fault(), Fault::bug);
  EXPECT_EQ(error_of([&] { database.integer("SELECT 1 WHERE 0"); }).fault(), Fault::bug);
}

}  // namespace
}  // namespace twinmill::sql

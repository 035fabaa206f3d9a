#include "twinmill/base/files.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "temp_folder.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill {
namespace {

TEST(Files, AtomicWriteReplacesTheWholeFileAndLeavesNothingBeside) {
  const testing::TempFolder folder;
  write_atomic(folder / "a", "one\n");
  write_atomic(folder / "a", "two");
  EXPECT_EQ(read_text(folder / "a"), "two");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(Files, AtomicWriteKeepsTheOldFileWhenItCannotWrite) {
  const testing::TempFolder folder;
  write_atomic(folder / "a", "one");
  std::filesystem::create_directory(folder / "a.new");  // In the way of the fresh file.
  EXPECT_THROW(write_atomic(folder / "a", "two"), Error);
  EXPECT_EQ(read_text(folder / "a"), "one");
}

TEST(Files, MissingFilesAndFoldersAreTheUsersMistake) {
  const testing::TempFolder folder;
  for (const auto& path : {folder / "missing", folder.path()}) {
    try {
      (void)read_text(path);
      FAIL();
    } catch (const Error& e) {
      EXPECT_EQ(e.fault(), Fault::input);
      EXPECT_NE(std::string(e.what()).find(path.string()), std::string::npos);
    }
  }
}

TEST(Files, FreeBytesLooksAtTheNearestExistingParent) {
  const testing::TempFolder folder;
  EXPECT_GT(free_bytes(folder / "not" / "yet"), 0U);
}

TEST(Files, WritableFolderRefusesAFileInItsPlace) {
  const testing::TempFolder folder;
  make_writable_folder(folder / "a" / "b");
  EXPECT_TRUE(std::filesystem::is_directory(folder / "a" / "b"));
  EXPECT_TRUE(std::filesystem::is_empty(folder / "a" / "b"));
  std::ofstream(folder / "file") << "x";
  EXPECT_THROW(make_writable_folder(folder / "file"), Error);
  EXPECT_THROW(make_writable_folder(folder / "file" / "sub"), Error);
}

}  // namespace
}  // namespace twinmill

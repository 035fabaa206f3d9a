// Files that are no stores, or not ours: one clear sentence each. (Whole stores are tested in tests/mpi/store.)
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "temp_folder.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/h5/h5.hpp"
#include "twinmill/store/store.hpp"

namespace twinmill::store {
namespace {

using ::testing::HasSubstr;
using twinmill::testing::TempFolder;

/// The message with which opening fails; it must blame the input.
std::string message_of(const std::filesystem::path& path) {
  try {
    const Reader reader(path);
  } catch (const Error& e) {
    EXPECT_EQ(e.fault(), Fault::input);
    return e.what();
  }
  return "opened";
}

class Foreign : public ::testing::Test {
 protected:
  TempFolder folder;
  std::filesystem::path path = folder / "x.h5";

  void make(std::int64_t version) const {
    auto file = h5::File::create(path);
    file.set_text("/", "format", format_name);
    file.set_integer("/", "format_version", version);
  }
};

TEST_F(Foreign, MissingFile) {
  EXPECT_EQ(message_of(path), "cannot open the store " + path.string() + " (there is no such file)");
}

TEST_F(Foreign, NotHdf5) {
  std::ofstream(path) << "a text";
  EXPECT_EQ(message_of(path), path.string() + " is no twinmill store (it is no readable HDF5 file)");
  EXPECT_EQ(message_of(folder.path()), folder.path().string() + " is no twinmill store (it is no readable HDF5 file)");
}

TEST_F(Foreign, AnotherKindOfHdf5File) {
  h5::File::create(path).set_text("/", "format", "something else");
  EXPECT_EQ(message_of(path), path.string() + " is no twinmill store (it is another kind of HDF5 file)");
  h5::File::create(path);
  EXPECT_EQ(message_of(path), path.string() + " is no twinmill store (it is another kind of HDF5 file)");
}

TEST_F(Foreign, FormatVersionsSayBothNumbers) {
  make(format_version + 5);
  EXPECT_EQ(message_of(path),
            "the store " + path.string() + " has format version 7 (this program reads version 2). A newer twinmill?");
  make(0);
  EXPECT_EQ(message_of(path),
            "the store " + path.string() + " has format version 0 (this program reads version 2). An older twinmill?");
}

TEST_F(Foreign, StoreWithoutItsDatasets) {
  make(format_version);
  EXPECT_EQ(message_of(path), "the store " + path.string() + " is damaged (it lacks the dataset /samples/image)");
}

TEST_F(Foreign, TruncatedFile) {
  {
    auto file = h5::File::create(path);
    file.set_text("/", "format", format_name);
    file.create_dataset("/data", h5::Type::u8(), {100'000}).write_rows(0, std::vector<std::byte>(100'000));
  }
  std::filesystem::resize_file(path, 50'000);
  const auto message = message_of(path);
  EXPECT_THAT(message, HasSubstr("the store " + path.string() + " is damaged ("));
  EXPECT_THAT(message, HasSubstr("truncated file"));
  EXPECT_THAT(message, HasSubstr("Copied completely?"));
}

}  // namespace
}  // namespace twinmill::store

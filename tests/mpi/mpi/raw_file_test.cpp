// Plain files over MPI-IO.
#include "twinmill/mpi/raw_file.hpp"

#include <gtest/gtest.h>

#include "temp_folder.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"

namespace twinmill::mpi {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

TEST(RawFile, HoldsWhatWasWrittenWhereItWasWritten) {
  const testing::TempFolder folder;
  RawFile file(folder / "raw");
  file.write_at(3, bytes_of("def"));
  file.write_at(0, bytes_of("abc"));
  file.sync();
  EXPECT_EQ(read_text(folder / "raw"), "abcdef");
  file.close();
}

TEST(RawFile, AFolderThatIsMissingIsTheSystemsRefusal) {
  const testing::TempFolder folder;
  try {
    const RawFile file(folder / "missing" / "raw");
    FAIL() << "nothing was thrown";
  } catch (const Error& e) {
    EXPECT_EQ(e.fault(), Fault::system);
  }
}

}  // namespace
}  // namespace twinmill::mpi

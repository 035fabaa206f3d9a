#include "twinmill/mpi/raw_file.hpp"

#include <utility>

#include "check.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/mpi/raw.hpp"

namespace twinmill::mpi {

struct RawFile::State {
  MPI_File file = MPI_FILE_NULL;
};

RawFile::RawFile(const std::filesystem::path& path) : state_(std::make_unique<State>()) {
  check(MPI_File_open(MPI_COMM_SELF, path.c_str(), MPI_MODE_CREATE | MPI_MODE_WRONLY, MPI_INFO_NULL, &state_->file),
        "opening a file");
}

RawFile::~RawFile() {
  if (state_ && state_->file != MPI_FILE_NULL) MPI_File_close(&state_->file);
}
RawFile::RawFile(RawFile&&) noexcept = default;

void RawFile::write_at(std::uint64_t offset, std::span<const std::byte> bytes) {
  MPI_Status status;
  check(MPI_File_write_at(state_->file, static_cast<MPI_Offset>(offset), bytes.data(), static_cast<int>(bytes.size()),
                          MPI_BYTE, &status),
        "writing to a file");
  int written = 0;
  check(MPI_Get_count(&status, MPI_BYTE, &written), "writing to a file");
  if (std::cmp_not_equal(written, bytes.size()))
    throw Error(Fault::system, cat("only ", written, " of ", bytes.size(), " bytes were written (is the disk full?)"));
}

void RawFile::sync() { check(MPI_File_sync(state_->file), "syncing a file"); }

void RawFile::close() { check(MPI_File_close(&state_->file), "closing a file"); }

}  // namespace twinmill::mpi

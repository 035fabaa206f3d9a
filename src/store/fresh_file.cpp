#include "fresh_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "twinmill/base/descriptor.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::store {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void no_room(const fs::path& path, double bytes, int code) {
  throw Error(Fault::system, cat("the store ", path.string(), " cannot get its ", bytes_text(bytes), " (",
                                 std::strerror(code), "). Another disk, or a smaller campaign?"));
}

}  // namespace

void check_room(const fs::path& path, double needed) {
  const auto free = static_cast<double>(free_bytes(path));
  if (needed > free)
    throw Error(Fault::system, cat("the store ", path.string(), " needs ", bytes_text(needed), " (only ",
                                   bytes_text(free), " are free there). Another disk, or a smaller campaign?"));
}

void take_blocks(const fs::path& path, double bytes) {
  const Descriptor fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (!fd) throw Error(Fault::system, cat("creating ", path.string(), " failed (", std::strerror(errno), ")"));
  int result = 0;
  // Not posix_fallocate: where the file system has no such call, it writes to every block.
  do result = ::fallocate(fd.get(), 0, 0, static_cast<off_t>(bytes));
  while (result != 0 && errno == EINTR);
  if (result == 0 || errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL) return;
  no_room(path, bytes, errno);
}

FreshFile::~FreshFile() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove(path_, ignored);
}

void FreshFile::move_to(const fs::path& path) {
  std::error_code ec;
  fs::rename(path_, path, ec);
  if (ec) throw Error(Fault::system, cat("renaming ", path_.string(), " failed (", ec.message(), ")"));
  path_ = path;
}

}  // namespace twinmill::store

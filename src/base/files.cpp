#include "twinmill/base/files.hpp"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <vector>

#include "twinmill/base/descriptor.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void fail(const fs::path& path, std::string_view what, int code) {
  throw Error(Fault::system, cat(what, " ", path.string(), " failed (", std::strerror(code), ")"));
}

void sync(const fs::path& path, int flags) {
  const Descriptor fd(::open(path.c_str(), flags | O_CLOEXEC));
  if (!fd) fail(path, "opening", errno);
  // Some filesystems refuse to sync a folder; that is no fault of the data.
  if (::fsync(fd.get()) != 0 && !((flags & O_DIRECTORY) != 0 && errno == EINVAL)) fail(path, "syncing", errno);
}

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

}  // namespace

std::string read_text(const fs::path& path) {
  std::error_code ec;
  if (fs::is_directory(path, ec)) throw Error(Fault::input, cat("cannot read ", path.string(), " (it is a folder)"));
  std::ifstream in(path, std::ios::binary);
  if (!in) throw Error(Fault::input, cat("cannot read ", path.string(), " (", std::strerror(errno), ")"));
  std::ostringstream text;
  text << in.rdbuf();
  if (in.bad()) throw Error(Fault::system, cat("reading ", path.string(), " failed (", std::strerror(errno), ")"));
  return std::move(text).str();
}

void write_atomic(const fs::path& path, std::string_view content) {
  fs::path fresh = path;
  fresh += ".new";
  {
    const Descriptor fd(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (!fd) fail(fresh, "creating", errno);
    for (std::size_t done = 0; done < content.size();) {
      const auto n = ::write(fd.get(), content.data() + done, content.size() - done);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) {
        const int code = errno;
        ::unlink(fresh.c_str());
        fail(fresh, "writing", code);
      }
      done += static_cast<std::size_t>(n);
    }
    if (::fsync(fd.get()) != 0) fail(fresh, "syncing", errno);
  }
  if (::rename(fresh.c_str(), path.c_str()) != 0) fail(path, "renaming to", errno);
  sync_folder(folder_of(path));
}

void sync_file(const fs::path& path) { sync(path, O_RDWR); }
void sync_folder(const fs::path& path) { sync(path, O_RDONLY | O_DIRECTORY); }

std::uint64_t free_bytes(const fs::path& path) {
  fs::path existing = fs::absolute(path);
  std::error_code ec;
  while (!fs::exists(existing, ec) && existing.has_parent_path() && existing != existing.parent_path())
    existing = existing.parent_path();
  struct statvfs s {};
  if (::statvfs(existing.c_str(), &s) != 0) fail(existing, "asking for the free space of", errno);
  return static_cast<std::uint64_t>(s.f_bavail) * s.f_frsize;
}

void make_writable_folder(const fs::path& path) {
  std::error_code ec;
  std::vector<fs::path> fresh;
  for (fs::path p = fs::absolute(path).lexically_normal(); !p.empty() && !fs::exists(p, ec); p = p.parent_path())
    fresh.push_back(p);
  fs::create_directories(path, ec);
  if (!fs::is_directory(path))
    throw Error(Fault::system, cat("cannot create the folder ", path.string(), " (",
                                   ec ? ec.message() : std::string("a file of that name exists"), ")"));
  // access() says yes to root on a read-only mount's files and no to some ACLs: only trying tells.
  std::string probe = (path / ".writable-XXXXXX").string();
  const Descriptor fd(::mkstemp(probe.data()));
  if (!fd) throw Error(Fault::system, cat("cannot write in ", path.string(), " (", std::strerror(errno), ")"));
  ::unlink(probe.c_str());
  // Without this, a power cut takes a new folder away with everything in it. One that may not be read cannot be synced.
  for (const fs::path& p : fresh) {
    if (const fs::path parent = folder_of(p); ::access(parent.c_str(), R_OK) == 0) sync_folder(parent);
  }
}

}  // namespace twinmill

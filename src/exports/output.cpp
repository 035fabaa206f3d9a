#include "output.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "twinmill/base/descriptor.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"

namespace twinmill::exports {
namespace fs = std::filesystem;
namespace {

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

[[noreturn]] void fail(const std::string& what, const std::string& why) {
  throw Error(Fault::system, cat(what, " failed (", why, "). Is the disk full, or the folder not yours?"));
}

bool is_export(const fs::path& folder) {
  std::ifstream card(folder / folder_card);
  std::string line;
  return std::getline(card, line) && line == card_mark;
}

}  // namespace

void check_place(const Place& place) {
  const auto& path = place.path;
  std::error_code ec;
  if (!fs::is_directory(folder_of(path), ec))
    throw Error(Fault::input, cat("--out ", path.string(), " cannot be written (there is no folder ",
                                  folder_of(path).string(), "). Make it first?"));
  if (!fs::exists(fs::symlink_status(path, ec))) return;
  if (!place.replace)
    throw Error(Fault::input,
                cat("--out ", path.string(), " exists (it would be overwritten). Another name, or --force?"));
  if (place.is_folder ? !is_export(path) : !fs::is_regular_file(path, ec))
    throw Error(Fault::input,
                cat("--out ", path.string(), " will not be replaced (it is no ",
                    place.is_folder ? "folder that twinmill export made" : "plain file", "). Another name?"));
}

void rename_file(const fs::path& from, const fs::path& to) {
  std::error_code ec;
  fs::rename(from, to, ec);
  if (ec) fail(cat("renaming ", from.string()), ec.message());
  sync_folder(folder_of(to));
}

TextFile::TextFile(fs::path path) : path_(std::move(path)), stream_(path_, std::ios::binary) { check(); }

void TextFile::check() const {
  if (!stream_) fail(cat("writing ", path_.string()), std::strerror(errno));
}

void TextFile::add(std::string_view text) {
  stream_.write(text.data(), static_cast<std::streamsize>(text.size()));
  check();
}

void TextFile::append(const fs::path& file) {
  std::ifstream from(file, std::ios::binary);
  stream_ << from.rdbuf();
  check();
}

void TextFile::close() {
  stream_.close();
  check();
}

void write_file(const fs::path& path, std::string_view content) {
  TextFile file(path);
  file.add(content);
  file.close();
}

FreshFolder::FreshFolder(fs::path path) : path_(std::move(path)), fresh_(path_.string() + ".new") {
  std::error_code ec;
  fs::remove_all(fresh_, ec);
  fs::create_directory(fresh_, ec);
  if (ec) fail(cat("making the folder ", fresh_.string()), ec.message());
}

FreshFolder::~FreshFolder() {
  std::error_code ec;
  fs::remove_all(fresh_, ec);
}

double FreshFolder::bytes() const {
  double sum = 0;
  for (const auto& entry : fs::recursive_directory_iterator(fresh_))
    if (entry.is_regular_file()) sum += static_cast<double>(entry.file_size());
  return sum;
}

void FreshFolder::publish() {
  {
    const Descriptor fd(::open(fresh_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd || ::syncfs(fd.get()) != 0) fail(cat("writing ", fresh_.string(), " to the disk"), std::strerror(errno));
  }
  std::error_code ec;
  if (fs::exists(path_, ec)) {
    // The two folders change their names at once where the file system can do so; the destructor removes the old one.
    if (::renameat2(AT_FDCWD, fresh_.c_str(), AT_FDCWD, path_.c_str(), RENAME_EXCHANGE) != 0) {
      fs::remove_all(path_, ec);
      rename_file(fresh_, path_);
    }
  } else {
    rename_file(fresh_, path_);
  }
}

}  // namespace twinmill::exports

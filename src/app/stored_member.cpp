// ZIP archives, as far as TorchScript uses them (PKWARE APPNOTE 6.3.10, sections 4.3.7, 4.3.12, 4.3.14
// to 4.3.16, 4.5.3).
#include <algorithm>
#include <fstream>

#include "inspect.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::app {
namespace {

class Archive {
 public:
  explicit Archive(const std::filesystem::path& path) : path_(path), file_(path, std::ios::binary | std::ios::ate) {
    size_ = file_ ? static_cast<std::uint64_t>(file_.tellg()) : 0;
  }

  std::string bytes(std::uint64_t at, std::uint64_t count) {
    if (at > size_ || count > size_ - at) damaged();
    std::string text(count, '\0');
    file_.seekg(static_cast<std::streamoff>(at));
    file_.read(text.data(), static_cast<std::streamsize>(count));
    if (!file_) damaged();
    return text;
  }

  [[noreturn]] void damaged() const {
    throw Error(Fault::input,
                cat(path_.string(), " cannot be read (it is no complete ZIP archive). Copied completely?"));
  }

  std::uint64_t size() const { return size_; }

 private:
  std::filesystem::path path_;
  std::ifstream file_;
  std::uint64_t size_ = 0;
};

// Little-endian.
std::uint64_t number(std::string_view bytes, std::size_t at, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = width; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

struct Directory {
  std::uint64_t at = 0, size = 0;
};

Directory find_directory(Archive& archive) {
  constexpr std::uint64_t end_size = 22, longest_comment = 65535, locator_size = 20, end64_size = 56;
  constexpr std::uint64_t full = 0xffffffff;
  const auto length = std::min(archive.size(), end_size + longest_comment);
  const auto tail = archive.bytes(archive.size() - length, length);
  const auto end = tail.rfind("PK\5\6");
  if (end == std::string::npos || tail.size() - end < end_size) archive.damaged();
  Directory found{.at = number(tail, end + 16, 4), .size = number(tail, end + 12, 4)};
  if (found.at != full && found.size != full) return found;
  if (end < locator_size || tail.compare(end - locator_size, 4, "PK\6\7") != 0) archive.damaged();
  const auto end64 = archive.bytes(number(tail, end - locator_size + 8, 8), end64_size);
  return {.at = number(end64, 48, 8), .size = number(end64, 40, 8)};
}

// Sizes and place of a member; ZIP64 puts those that are 0xffffffff into an extra field.
struct Member {
  std::uint64_t size = 0, at = 0;
};

Member member_of(Archive& archive, std::string_view entry, std::size_t name_size, std::size_t extra_size) {
  constexpr std::uint64_t full = 0xffffffff;
  constexpr std::size_t fixed = 46;
  Member member{.size = number(entry, 24, 4), .at = number(entry, 42, 4)};
  const bool packed_is_full = number(entry, 20, 4) == full;
  const auto extra = entry.substr(fixed + name_size, extra_size);
  for (std::size_t at = 0; at + 4 <= extra.size();) {
    const auto id = number(extra, at, 2), length = number(extra, at + 2, 2);
    if (length > extra.size() - at - 4) archive.damaged();
    if (id == 1) {
      std::size_t next = at + 4;
      const auto take = [&] {
        if (next + 8 > at + 4 + length) archive.damaged();
        next += 8;
        return number(extra, next - 8, 8);
      };
      if (member.size == full) member.size = take();
      if (packed_is_full) take();
      if (member.at == full) member.at = take();
    }
    at += 4 + length;
  }
  return member;
}

}  // namespace

std::string stored_member(const std::filesystem::path& path, std::string_view name_end) {
  constexpr std::size_t fixed = 46, local_fixed = 30;
  Archive archive(path);
  const auto place = find_directory(archive);
  const auto directory = archive.bytes(place.at, place.size);
  for (std::size_t at = 0; at + fixed <= directory.size();) {
    const auto entry = std::string_view(directory).substr(at);
    if (!entry.starts_with("PK\1\2")) archive.damaged();
    const auto name_size = number(entry, 28, 2), extra_size = number(entry, 30, 2), note_size = number(entry, 32, 2);
    if (fixed + name_size + extra_size + note_size > entry.size()) archive.damaged();
    if (entry.substr(fixed, name_size).ends_with(name_end)) {
      if (number(entry, 10, 2) != 0)
        throw Error(Fault::input, cat(path.string(), " cannot be read (", name_end,
                                      " in it is compressed). Was it packed "
                                      "again?"));
      const auto member = member_of(archive, entry, name_size, extra_size);
      const auto local = archive.bytes(member.at, local_fixed);
      return archive.bytes(member.at + local_fixed + number(local, 26, 2) + number(local, 28, 2), member.size);
    }
    at += fixed + name_size + extra_size + note_size;
  }
  return {};
}

}  // namespace twinmill::app

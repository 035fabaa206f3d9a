#include "twinmill/base/process_table.hpp"

#include <cstdlib>
#include <filesystem>

#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill {
namespace fs = std::filesystem;
namespace {

// /proc/PID/stat behind the command's name, which may hold anything: state, parent, ... Empty for a process that is not
// alive (state Z or X: dead and merely not yet collected).
std::vector<std::string> stat_of(long pid) {
  std::error_code ec;
  const fs::path path = cat("/proc/", pid, "/stat");
  if (!fs::exists(path, ec)) return {};
  try {
    const std::string text = read_text(path);
    auto words = split_words(text.substr(text.rfind(')') + 1));
    if (words.size() > 19 && words[0] != "Z" && words[0] != "X") return words;
  } catch (const Error&) {
    // Gone between two looks.
  }
  return {};
}

}  // namespace

std::string process_start(long pid) {
  const auto words = stat_of(pid);
  return words.empty() ? std::string() : words[19];
}

std::vector<long> children_of(long pid) {
  std::vector<long> children;
  const std::string parent = std::to_string(pid);
  std::error_code ec;
  for (fs::directory_iterator entry("/proc", ec), last; !ec && entry != last; entry.increment(ec)) {
    char* end = nullptr;
    const std::string name = entry->path().filename();
    const long number = std::strtol(name.c_str(), &end, 10);
    if (*end != '\0') continue;
    const auto words = stat_of(number);
    if (!words.empty() && words[1] == parent) children.push_back(number);
  }
  return children;
}

}  // namespace twinmill

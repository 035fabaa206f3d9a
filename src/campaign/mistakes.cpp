#include "mistakes.hpp"

#include <algorithm>

#include "twinmill/base/error.hpp"

namespace twinmill::campaign {

unsigned Mistakes::line_of(std::string path) const {
  while (true) {
    if (const auto found = lines_.find(path); found != lines_.end()) return found->second;
    const auto end = path.find_last_of(".[");
    if (end == std::string::npos) return 0;
    path.resize(end);
  }
}

void Mistakes::add(const std::string& path, std::string_view value, std::string_view why) {
  const auto inside = wrong_.lower_bound(path);
  if (inside != wrong_.end() && (*inside == path || inside->starts_with(path + "[") || inside->starts_with(path + ".")))
    return;
  wrong_.insert(path);
  add_at(line_of(path), value.empty() ? path : cat(path, " = ", value), why);
}

void Mistakes::add_at(unsigned line, std::string_view what, std::string_view why) {
  entries_.push_back({line, std::string(what), std::string(why)});
}

void Mistakes::throw_if_any() const {
  auto sorted = entries_;
  std::ranges::stable_sort(sorted, {}, &Entry::line);
  Problems problems;
  for (const auto& entry : sorted) {
    const std::string place = file_.empty() ? "" : entry.line == 0 ? file_ + ": " : cat(file_, ":", entry.line, ": ");
    problems.add(place + entry.what, entry.why);
  }
  problems.throw_if_any();
}

}  // namespace twinmill::campaign

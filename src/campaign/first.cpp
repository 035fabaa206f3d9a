// run.first: what is simulated before everything else.
#include <algorithm>
#include <set>

#include "plan_parts.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::campaign {
namespace {

// All words that fit a structure: its parent, and the classes of its defects.
std::set<std::string> words_of(const Plan& plan, const Structure& structure) {
  std::set<std::string> words = {structure.parent_id};
  if (structure.kind < 0) return words;
  const Kind& kind = plan.kinds[static_cast<std::size_t>(structure.kind)];
  if (kind.parts.empty()) words.insert(structure.defect);
  for (const auto& part : kind.parts) words.insert(part.kind);
  return words;
}

}  // namespace

int Plan::turn_of(const Structure& structure) const {
  const auto& first = spec.run.first;
  if (first.empty()) return 0;
  const auto words = words_of(*this, structure);
  const auto fits = [&](const std::string& word) { return words.count(word) > 0; };
  return static_cast<int>(std::find_if(first.begin(), first.end(), fits) - first.begin());
}

void check_first(const Plan& plan, Problems& problems) {
  const auto& first = plan.spec.run.first;
  if (first.empty()) return;
  std::set<std::string> known;
  for (const Structure& structure : plan.structures) known.merge(words_of(plan, structure));
  const std::vector<std::string> list(known.begin(), known.end());
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (known.count(first[i]) > 0) continue;
    const std::string near = nearest(first[i], list);
    problems.add(cat("run.first[", i, "] = \"", first[i], "\""),
                 cat("is neither a parent nor a class of defects of this campaign",
                     near.empty() ? ". See twinmill plan?" : cat(". Did you mean ", near, "?")));
  }
}

}  // namespace twinmill::campaign

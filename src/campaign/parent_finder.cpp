#include "parent_finder.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "twinmill/base/text.hpp"

namespace twinmill::campaign {

bool matches(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() == '*') {
    for (std::size_t skipped = 0; skipped <= text.size(); ++skipped)
      if (matches(pattern.substr(1), text.substr(skipped))) return true;
    return false;
  }
  return !text.empty() && (pattern.front() == '?' || pattern.front() == text.front()) &&
         matches(pattern.substr(1), text.substr(1));
}

std::vector<int> ParentFinder::find_all() {
  constexpr std::size_t by_pattern = static_cast<std::size_t>(-1);
  const auto& names = specimen_.parents;
  std::map<int, std::size_t> found;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string where = cat("specimen.parents[", i, "] = \"", names[i], "\"");
    if (names[i].find_first_of("*?") != std::string::npos) {
      const auto fit = fitting(names[i]);
      if (fit.empty())
        problems_.add(where, "fits no parent of the table with the phases, tiers, metals and anions asked for");
      for (const int index : fit) found.emplace(index, by_pattern);
      continue;
    }
    const auto index = find(names[i], where);
    if (!index) continue;
    const auto [first, is_new] = found.emplace(*index, i);
    if (!is_new && first->second != by_pattern)
      problems_.add(where, cat("is ", entry(*index).id, ", which specimen.parents[", first->second, "] names already"));
  }
  std::vector<int> indices;
  for (const auto& [index, place] : found) indices.push_back(index);
  return indices;
}

std::vector<int> ParentFinder::fitting(const std::string& pattern) const {
  const auto among = [](const std::vector<std::string>& wanted, const std::string& value) {
    return wanted.empty() || std::ranges::find(wanted, value) != wanted.end();
  };
  std::vector<int> fit;
  for (int i = 0; i < static_cast<int>(catalogue_.parents.size()); ++i) {
    const auto& p = entry(i);
    if (p.phase != "file" && matches(pattern, p.id) && among(specimen_.phases, p.phase) &&
        among(specimen_.tiers, p.tier) && among(specimen_.metals, p.metal) && among(specimen_.anions, p.anion))
      fit.push_back(i);
  }
  return fit;
}

std::optional<int> ParentFinder::find(const std::string& name, const std::string& where) {
  std::vector<int> phases;
  for (int i = 0; i < static_cast<int>(catalogue_.parents.size()); ++i) {
    if (entry(i).id == name) return i;
    if (entry(i).phase != "file" && entry(i).formula == name) phases.push_back(i);
  }
  if (!phases.empty()) return stablest(name, phases, where);
  std::vector<std::string> known;
  for (const auto& p : catalogue_.parents) known.push_back(p.id);
  for (const auto& p : catalogue_.parents) known.push_back(p.formula);
  const std::string near = nearest(name, known);
  problems_.add(where, cat("is no parent in the table", near.empty() ? "" : cat(". Did you mean ", near, "?")));
  return std::nullopt;
}

std::optional<int> ParentFinder::stablest(const std::string& formula, const std::vector<int>& phases,
                                          const std::string& where) {
  std::optional<int> best;
  for (const int i : phases) {
    const bool known = std::isfinite(entry(i).formation_energy);
    if (known && (!best || entry(i).formation_energy < entry(*best).formation_energy)) best = i;
  }
  if (phases.size() == 1) best = phases[0];
  if (!best) {
    std::vector<std::string> ids, names;
    for (const int i : phases) ids.push_back(entry(i).id);
    for (const int i : phases) names.push_back(entry(i).phase);
    problems_.add(where, cat("has the phases ", list_text(names),
                             ", and the table knows no formation energy that would choose one. Write one of ",
                             list_text(ids), "?"));
  } else if (phases.size() > 1) {
    notes_.push_back(cat(formula, " is taken as ", entry(*best).id, " (its phase of lowest formation energy)"));
  }
  return best;
}

}  // namespace twinmill::campaign

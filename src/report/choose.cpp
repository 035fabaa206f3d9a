#include "choose.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>

namespace twinmill::report {

namespace {

/// Reading masks costs time; after so many specimens without a visible defect the first one will do.
constexpr int masks_looked_at = 12;

struct Group {
  std::string key;  ///< Smallest key of its samples: independent of the order in the store.
  std::string parent;
  Specimen specimen;
};

std::vector<Group> groups_of(const Candidates& candidates, const std::string& defect) {
  std::map<std::pair<std::int64_t, std::int32_t>, Group> groups;
  for (std::size_t i = 0; i < candidates.rows.size(); ++i) {
    const store::SampleRow& row = candidates.rows[i];
    if (row.defect != defect || !candidates.done[i]) continue;
    Group& group = groups[{row.exposure, row.noise_replicate}];
    group.specimen.exposure = row.exposure;
    group.specimen.samples.push_back(static_cast<std::int64_t>(i));
    group.specimen.predicted += candidates.predicted[i] ? 1 : 0;
    group.parent = row.parent;
    if (group.key.empty() || row.key < group.key) group.key = row.key;
  }
  std::vector<Group> list;
  for (auto& [ignored, group] : groups) {
    std::sort(group.specimen.samples.begin(), group.specimen.samples.end(), [&](std::int64_t a, std::int64_t b) {
      const auto dose = [&](std::int64_t s) { return candidates.rows[static_cast<std::size_t>(s)].dose_e_per_A2; };
      return std::pair(dose(a), a) < std::pair(dose(b), b);
    });
    list.push_back(std::move(group));
  }
  return list;
}

}  // namespace

std::vector<Specimen> chosen_specimens(const Candidates& candidates) {
  std::vector<std::string> kinds;
  for (const store::SampleRow& row : candidates.rows)
    if (std::find(kinds.begin(), kinds.end(), row.defect) == kinds.end()) kinds.push_back(row.defect);
  std::stable_partition(kinds.begin(), kinds.end(), [](const std::string& kind) { return kind != "pristine"; });

  std::vector<Specimen> chosen;
  std::set<std::string> parents_shown;
  for (const std::string& kind : kinds) {
    std::vector<Group> groups = groups_of(candidates, kind);
    if (groups.empty()) continue;
    std::sort(groups.begin(), groups.end(), [&](const Group& a, const Group& b) {
      const auto rank = [&](const Group& g) {
        return std::tuple(-g.specimen.predicted, -static_cast<int>(g.specimen.samples.size()),
                          parents_shown.count(g.parent), g.key);
      };
      return rank(a) < rank(b);
    });
    std::size_t best = 0;
    if (kind != "pristine") {
      for (std::size_t i = 0; i < std::min<std::size_t>(groups.size(), masks_looked_at); ++i) {
        if (!candidates.shows_defect(groups[i].specimen.samples.front())) continue;
        best = i;
        break;
      }
    }
    parents_shown.insert(groups[best].parent);
    chosen.push_back(std::move(groups[best].specimen));
  }
  return chosen;
}

std::vector<std::int64_t> along_axis(const Candidates& candidates, const ShownAxis& axis, std::int64_t base,
                                     std::size_t most) {
  const store::SampleRow& like = candidates.rows[static_cast<std::size_t>(base)];
  const auto rank = [&](std::size_t i) {
    const store::SampleRow& row = candidates.rows[i];
    return std::tuple(row.defect != like.defect || row.parent != like.parent, row.dose_e_per_A2 != like.dose_e_per_A2,
                      row.rotation_deg != like.rotation_deg, !candidates.predicted[i], std::string_view(row.key));
  };
  std::map<double, std::size_t> best;
  for (std::size_t i = 0; i < candidates.rows.size(); ++i) {
    if (!candidates.done[i]) continue;
    const double value = axis.value(candidates.rows[i]);
    if (std::isnan(value)) continue;
    const auto [at, fresh] = best.try_emplace(value, i);
    if (!fresh && rank(i) < rank(at->second)) at->second = i;
  }
  if (best.size() < 2) return {};
  std::vector<std::int64_t> samples;
  for (const auto& [ignored, i] : best) samples.push_back(static_cast<std::int64_t>(i));
  return spread(samples, most);
}

std::vector<std::int64_t> spread(const std::vector<std::int64_t>& entries, std::size_t count) {
  if (entries.size() <= count) return entries;
  if (count == 0) return {};
  if (count == 1) return {entries.back()};
  std::vector<std::int64_t> kept;
  for (std::size_t i = 0; i < count; ++i) kept.push_back(entries[i * (entries.size() - 1) / (count - 1)]);
  return kept;
}

}  // namespace twinmill::report

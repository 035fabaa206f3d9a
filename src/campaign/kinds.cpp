#include "kinds.hpp"

#include <algorithm>
#include <array>

#include "fields.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::campaign {
namespace {

bool contains(const std::vector<std::string>& list, std::string_view word) {
  return std::ranges::find(list, word) != list.end();
}

bool has_side(const std::string& kind) {
  static constexpr std::array<std::string_view, 5> sided = {"anion_vacancy", "metal_on_anion", "anion_interstitial",
                                                            "adatom", "antisite_vacancy"};
  return std::ranges::find(sided, kind) != sided.end();
}

/// A column has both sides, the other shapes lie in one plane.
bool side_fits(std::string_view cluster, std::string_view side) {
  if (cluster == "random") return true;
  return cluster == "column" ? side == "any" || side == "both" : side != "both";
}

std::vector<std::string> elements_of(const DefectEntry& entry, const SpecimenSection& specimen) {
  if (contains(entry.classes, "dopant")) return entry.elements.empty() ? specimen.dopants : entry.elements;
  if (!contains(entry.classes, "adatom")) return {""};
  const auto& elements = entry.elements.empty() ? specimen.adatoms : entry.elements;
  return elements.empty() ? std::vector<std::string>{""} : elements;
}

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
  std::string text;
  for (const auto& word : words)
    if (!word.empty()) text += cat(text.empty() ? "" : separator, word);
  return text;
}

Kind kind_of(const DefectEntry& entry, int count, const std::string& cluster, const std::string& side,
             const std::string& element) {
  Kind kind{.defect = joined(entry.classes, "+"),
            .variant = {},
            .family = {},
            .element = element,
            .parts = {},
            .min_distance_A = entry.min_distance_A};
  for (const auto& name : entry.classes) {
    const bool takes_element = name == "dopant" || name == "adatom";
    kind.parts.push_back({.kind = name,
                          .count = count,
                          .element = takes_element ? element : "",
                          .side = has_side(name) ? side : "any",
                          .cluster = name == "anion_vacancy" ? cluster : "random"});
  }
  const std::string number = count > 1 ? cat("x", count) : "", shape = cluster == "random" ? "" : cluster;
  kind.variant = joined({element, number, shape, side == "any" ? "" : side}, " ");
  kind.family = joined({kind.defect, element, number, shape}, " ");
  return kind;
}

void add_entry(const DefectEntry& entry, const SpecimenSection& specimen, std::vector<KindPlan>& kinds) {
  const bool sided = std::ranges::any_of(entry.classes, has_side);
  const bool clustered = contains(entry.classes, "anion_vacancy");
  const auto sides = sided ? entry.side : std::vector<std::string>{"any"};
  const auto clusters = clustered ? entry.cluster : std::vector<std::string>{"random"};
  for (const int count : entry.count)
    for (const auto& cluster : clusters) {
      if (!cluster_fits(cluster, count)) continue;
      for (const auto& side : sides) {
        if (!side_fits(cluster, side)) continue;
        for (const auto& element : elements_of(entry, specimen))
          kinds.push_back({.kind = kind_of(entry, count, cluster, side, element),
                           .arrangements = entry.arrangements,
                           .replicates = entry.replicates > 0 ? entry.replicates : specimen.replicates,
                           .parents = entry.parents});
      }
    }
}

}  // namespace

std::vector<KindPlan> kinds_of(const Spec& spec) {
  std::vector<KindPlan> kinds;
  const auto add_pristine = [&] {
    kinds.push_back({.kind = {.defect = "pristine", .variant = {}, .family = "pristine", .element = {}, .parts = {}},
                     .parents = {}});
  };
  for (const auto& word : spec.specimen.defects) {
    if (word == "pristine")
      add_pristine();
    else
      add_entry({.classes = {word}, .elements = {}, .parents = {}}, spec.specimen, kinds);
  }
  for (const auto& entry : spec.defects) add_entry(entry, spec.specimen, kinds);
  if (spec.specimen.defects.empty() && spec.defects.empty()) add_pristine();
  return kinds;
}

}  // namespace twinmill::campaign

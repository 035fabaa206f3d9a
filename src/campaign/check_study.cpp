// What a study must satisfy by itself.

#include <algorithm>
#include <set>
#include <utility>

#include "field_checker.hpp"
#include "study.hpp"

namespace twinmill::campaign {
namespace {

template <class Entry>
std::vector<std::string> names_of(const std::vector<Entry>& entries) {
  std::vector<std::string> names;
  for (const auto& e : entries) names.push_back(e.name);
  return names;
}

template <class Entry>
void check_names(const std::string& table, const std::vector<Entry>& entries, Mistakes& mistakes) {
  const auto names = names_of(entries);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto first = static_cast<std::size_t>(std::ranges::find(names, names[i]) - names.begin());
    if (first < i)
      mistakes.add(cat(table, "[", i, "].name"), toml_text(names[i]),
                   cat("is the name of another one (", table, "[", first, "])"));
  }
}

/// Every word must be one of `known`, which `what` describes.
void check_words(const std::string& path, const std::vector<std::string>& words, const std::vector<std::string>& known,
                 const std::string& what, Mistakes& mistakes) {
  for (std::size_t i = 0; i < words.size(); ++i)
    if (std::ranges::find(known, words[i]) == known.end())
      mistakes.add(cat(path, "[", i, "]"), toml_text(words[i]), cat("is ", what, did_you_mean(words[i], known)));
}

template <class T>
void check_range(const std::string& path, const std::vector<T>& range, Mistakes& mistakes) {
  if (range.empty()) return;
  if (range.size() != 2)
    mistakes.add(path, toml_text(range), "must be a range, [lowest, highest]");
  else if (range[0] > range[1])
    mistakes.add(path, toml_text(range), "must be a range, the smaller number first");
}

void check_conditions(const std::vector<ConditionEntry>& conditions, Mistakes& mistakes) {
  check_names("condition", conditions, mistakes);
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    const auto& c = conditions[i];
    const std::string at = cat("condition[", i, "].");
    if (c.name == "all") mistakes.add(at + "name", toml_text(c.name), "is taken (it means every image)");
    check_range(at + "dose_e_per_A2", c.dose_e_per_A2, mistakes);
    check_range(at + "defocus_A", c.defocus_A, mistakes);
    check_range(at + "rotation_deg", c.rotation_deg, mistakes);
    check_range(at + "damage_atoms", c.damage_atoms, mistakes);
  }
}

void check_models(const std::vector<ModelEntry>& models, Mistakes& mistakes) {
  check_names("model", models, mistakes);
  for (std::size_t i = 0; i < models.size(); ++i) {
    const auto& network = models[i].network;
    if (!network.empty() && std::ranges::find(network_names, network) == network_names.end())
      mistakes.add(cat("model[", i, "].network"), toml_text(network),
                   cat("must be ", one_of(network_names), did_you_mean(network, network_names)));
  }
}

}  // namespace

void check_study(const Spec& spec, Mistakes& mistakes) {
  const auto& s = spec.study;
  check_conditions(spec.conditions, mistakes);
  check_models(spec.models, mistakes);
  auto networks = network_names;
  std::ranges::copy(names_of(spec.models), std::back_inserter(networks));
  check_words("study.networks", s.networks, networks, "neither a network nor the name of a [[model]]", mistakes);
  check_words("study.train_conditions", s.train_conditions, condition_names(spec),
              "neither \"all\" nor the name of a [[condition]]", mistakes);
  constexpr std::string_view needed = "must have at least one entry (there is no study without). Write [2, 10]?";
  if (!s.on() && (s != StudySection{} || !spec.models.empty() || !spec.conditions.empty()))
    mistakes.add("study.classes", "[]", needed);
  for (std::size_t i = 0; i < s.classes.size(); ++i)
    if (!s.defects.empty() && std::cmp_greater(s.classes[i], s.defects.size() + 1))
      mistakes.add(cat("study.classes[", i, "]"), toml_text(s.classes[i]),
                   cat("must be at most ", s.defects.size() + 1, " (the lattice and study.defects)"));
}

}  // namespace twinmill::campaign

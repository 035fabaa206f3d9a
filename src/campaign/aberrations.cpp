#include "aberrations.hpp"

#include <algorithm>

namespace twinmill::campaign {

const std::vector<std::string>& aberration_names() {
  static const std::vector<std::string> names = {
      "C12",   "phi12", "C21",   "phi21", "C23",   "phi23", "C30", "C32",   "phi32", "C34",   "phi34", "C41",
      "phi41", "C43",   "phi43", "C45",   "phi45", "C50",   "C52", "phi52", "C54",   "phi54", "C56",   "phi56"};
  return names;
}

std::string_view canonical_aberration(std::string_view name) { return name == "Cs" ? "C30" : name; }

std::vector<Aberration> canonical(std::vector<Aberration> aberrations) {
  for (auto& a : aberrations) a.name = canonical_aberration(a.name);
  const auto place = [](const Aberration& a) {
    return std::ranges::find(aberration_names(), a.name) - aberration_names().begin();
  };
  std::ranges::stable_sort(aberrations, {}, place);
  return aberrations;
}

std::vector<Aberration> effective(const std::vector<Aberration>& aberrations) {
  const auto all = canonical(aberrations);
  const auto acts = [&](const Aberration& a) {
    if (!a.name.starts_with("phi")) return a.value != 0;
    return std::ranges::any_of(all,
                               [&](const Aberration& c) { return c.name == "C" + a.name.substr(3) && c.value != 0; });
  };
  std::vector<Aberration> kept;
  std::ranges::copy_if(all, std::back_inserter(kept), acts);
  return kept;
}

}  // namespace twinmill::campaign

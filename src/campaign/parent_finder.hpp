#pragma once
// From what a campaign file says of parents to entries of the catalogue.

#include <optional>
#include <string>
#include <vector>

#include "plan_parts.hpp"

namespace twinmill::campaign {

/// Whether a text fits a pattern: * stands for any letters, ? for one.
bool matches(std::string_view pattern, std::string_view text);

class ParentFinder {
 public:
  ParentFinder(const SpecimenSection& specimen, const Catalogue& catalogue, Problems& problems,
               std::vector<std::string>& notes)
      : specimen_(specimen), catalogue_(catalogue), problems_(problems), notes_(notes) {}

  /// Indices into the catalogue, rising, without repeats. Two names for one parent are a problem, a pattern that finds
  /// one again is not.
  std::vector<int> find_all();

 private:
  const ParentEntry& entry(int index) const { return catalogue_.parents[static_cast<std::size_t>(index)]; }
  std::optional<int> find(const std::string& name, const std::string& where);
  std::optional<int> stablest(const std::string& formula, const std::vector<int>& phases, const std::string& where);
  std::vector<int> fitting(const std::string& pattern) const;

  const SpecimenSection& specimen_;
  const Catalogue& catalogue_;
  Problems& problems_;
  std::vector<std::string>& notes_;
};

}  // namespace twinmill::campaign

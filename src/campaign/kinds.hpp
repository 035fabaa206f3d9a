#pragma once
// What each parent gets: the tables [[defect]] and the short list specimen.defects as a list of kinds.

#include <string>
#include <vector>

#include "plan_parts.hpp"

namespace twinmill::campaign {

/// A kind of structure and how many of it.
struct KindPlan {
  Kind kind;
  int arrangements = 1, replicates = 1;
  std::vector<std::string> parents;  ///< Patterns of ids; empty: all.
};

/// All kinds that a spec asks for, in the order of its tables.
std::vector<KindPlan> kinds_of(const Spec& spec);

}  // namespace twinmill::campaign

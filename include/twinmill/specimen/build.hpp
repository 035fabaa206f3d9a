#pragma once
// Supercells and defects.

#include <array>
#include <string>

#include "twinmill/base/hash.hpp"
#include "twinmill/specimen/parents.hpp"
#include "twinmill/specimen/structure.hpp"

namespace twinmill::specimen {

/// What to build; small, printable, and all that the result depends on.
struct Recipe {
  std::string parent = {};                ///< Id, "MoS2-H".
  std::array<int, 2> supercell{4, 4};     ///< Unit cells along a and b; the second one even.
  SiteClass defect = SiteClass::lattice;  ///< lattice: pristine.
  std::string dopant = {};                ///< Element, for SiteClass::dopant only.
  Hash128 key = {};                       ///< Names the random stream ("defect sites") that picks the site.
};

/// Height of the simulated cell: vacuum below and above the sheet.
inline constexpr double cell_height_A = 12.0;

/// The pristine orthogonal supercell nx a x ny a sqrt(3)/2, 3 nx ny atoms, mid-plane at half of cell_height_A.
/// Throws Error(input) when ny is odd or a number is not positive.
Structure pristine(const Parent& parent, std::array<int, 2> supercell);

/// The supercell with its defect. The site is drawn uniformly from all sites of the right kind.
Structure build(const Recipe& recipe);

}  // namespace twinmill::specimen

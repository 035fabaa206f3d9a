#pragma once
// Oblique cells made orthogonal.

#include <array>
#include <vector>

#include "raw.hpp"
#include "twinmill/specimen/parents.hpp"

namespace twinmill::specimen {

/// The smallest rectangle of lattice vectors u = n1 a + n2 b and v = m1 a + m2 b, |n|, |m| <= 4.
struct Rectangle {
  std::array<int, 2> n{}, m{};
  std::array<double, 2> lengths_A{};  ///< Of the same area, and the same ratio of sides, as u and v.
  double strain = 0;                  ///< Largest relative change of a length in the sheet.
};

/// Of the cells strained by at most `most`, the smallest one, then the one strained least, then the simplest. Area 0
/// when there is none.
Rectangle find_rectangle(std::array<double, 2> a, std::array<double, 2> b, double most);

/// All atoms of the smallest rectangular cell, x along u; in [0, length) along x, y and z, if z is periodic.
/// Throws Error(input) when c is not perpendicular to a and b, or no rectangle is near enough, or atoms overlap.
struct RectangularCell {
  Structure structure;
  double strain = 0;
};
RectangularCell rectangular(const RawStructure& raw, double most_strain);

/// A sheet MX2 as a parent: mid-plane at z = 0, the cell's faces where they cut no atom. Fills metal, anion, formula,
/// a_A, thickness_A, unit_A and basis. Throws Error(input) for what is no single layer MX2.
Parent parent_of(const RectangularCell& cell, const std::string& name);

/// What a parent may be strained by to become orthogonal.
inline constexpr double most_parent_strain = 0.03;

}  // namespace twinmill::specimen

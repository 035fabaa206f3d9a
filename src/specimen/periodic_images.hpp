#pragma once
// The periodic images of a site that a view may see.

#include <cmath>

#include "frame.hpp"

namespace twinmill::specimen {

// Where rounding would otherwise decide (a site on the border of the image, a pixel as far from one site as from
// another or exactly on a disc's edge), lengths that differ by less are equal. A.
inline constexpr double same_length = 1e-9;

/// Throws Error on a structure without a cell (bug) and on sizes that are not usable (input).
void check_view(const Structure& structure, const View& view);

/// Calls see(q, which image) for every periodic image of a site whose q (from_centre) may lie inside the field widened
/// by `margin_A` on each side. The field's bounding rectangle in the structure frame is enough: the callee looks
/// closer.
template <class See>
void for_each_image(const Site& site, const std::array<double, 3>& cell, const View& view,
                    std::array<double, 2> margin_A, See see) {
  const auto [c, s] = cos_sin(view.rotation_deg);
  const double wx = view.field_A[0] / 2 + margin_A[0], wy = view.field_A[1] / 2 + margin_A[1];
  const double half_x = std::abs(c) * wx + std::abs(s) * wy + same_length;
  const double half_y = std::abs(s) * wx + std::abs(c) * wy + same_length;
  const auto first = [&](int axis, double half) {
    return std::ceil((view.origin_A[axis] - half - site.r_A[axis]) / cell[axis]);
  };
  const auto last = [&](int axis, double half) {
    return std::floor((view.origin_A[axis] + half - site.r_A[axis]) / cell[axis]);
  };
  for (double ny = first(1, half_y); ny <= last(1, half_y); ++ny) {
    for (double nx = first(0, half_x); nx <= last(0, half_x); ++nx)
      see(from_centre(view, {site.r_A[0] + nx * cell[0], site.r_A[1] + ny * cell[1]}),
          std::array<int, 2>{static_cast<int>(nx), static_cast<int>(ny)});
  }
}

}  // namespace twinmill::specimen

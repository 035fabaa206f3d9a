#include "twinmill/specimen/view.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "frame.hpp"

namespace twinmill::specimen {

std::array<double, 2> View::to_structure(std::array<double, 2> p_A) const {
  const auto [c, s] = cos_sin(rotation_deg);
  const double qx = p_A[0] - field_A[0] / 2, qy = p_A[1] - field_A[1] / 2;
  return {origin_A[0] + c * qx + s * qy, origin_A[1] - s * qx + c * qy};
}

std::array<double, 2> View::to_image(std::array<double, 2> r_A) const {
  const auto q = from_centre(*this, r_A);
  return {field_A[0] / 2 + q[0], field_A[1] / 2 + q[1]};
}

std::array<double, 2> View::displacement_A(int ix, int iy) const {
  const double t = (static_cast<double>(ix) / pixels[0] + iy) / pixels[1];
  const double line = scan.line_A.empty() ? 0 : scan.line_A[static_cast<std::size_t>(iy)];
  return {line - scan.drift_A[0] * t, 0 - scan.drift_A[1] * t};
}

// p = ((x + 1/2) px + line - dx t, (y + 1/2) py - dy t), t = (x/width + y) / height, at continuous x and y: two linear
// equations for each line's displacement. They are solved without it first; it changes y by |line| dy / (field_x
// height) only, so that the nearest line is among the neighbours of the one found so.
std::array<double, 2> View::seen_at(std::array<double, 2> p_A) const {
  if (scan.none()) return p_A;
  const double px = field_A[0] / pixels[0], py = field_A[1] / pixels[1];
  const double per_row_x = scan.drift_A[0] / pixels[1], per_row_y = scan.drift_A[1] / pixels[1];
  const double per_pixel_x = per_row_x / pixels[0], per_pixel_y = per_row_y / pixels[0];
  const double determinant = (px - per_pixel_x) * (py - per_row_y) - per_row_x * per_pixel_y;
  const auto solve = [&](double line) -> std::array<double, 2> {
    const double bx = p_A[0] - px / 2 - line, by = p_A[1] - py / 2;
    return {((py - per_row_y) * bx + per_row_x * by) / determinant,
            ((px - per_pixel_x) * by + per_pixel_y * bx) / determinant};
  };
  auto best = solve(0);
  if (!scan.line_A.empty()) {
    const int middle = static_cast<int>(std::clamp(std::round(best[1]), 0.0, pixels[1] - 1.0));
    // Drift across displaced lines may leave a point between all of them: it stays with the line that x belongs to.
    constexpr double half_line = 0.499;
    double nearest = std::numeric_limits<double>::infinity();
    for (int iy = std::max(middle - 1, 0); iy <= std::min(middle + 1, pixels[1] - 1); ++iy) {
      const auto here = solve(scan.line_A[static_cast<std::size_t>(iy)]);
      if (std::abs(here[1] - iy) >= nearest) continue;
      nearest = std::abs(here[1] - iy);
      best = here;
      if (iy > 0) best[1] = std::max(best[1], iy - half_line);
      if (iy < pixels[1] - 1) best[1] = std::min(best[1], iy + half_line);
    }
  }
  return {(best[0] + 0.5) * px, (best[1] + 0.5) * py};
}

}  // namespace twinmill::specimen

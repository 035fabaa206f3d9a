#include "frame.hpp"

#include <cmath>
#include <numbers>

namespace twinmill::specimen {

std::array<double, 2> cos_sin(double degrees) {
  int quarters = 0;
  const double rest = std::remquo(degrees, 90.0, &quarters) * std::numbers::pi / 180;
  const double c = std::cos(rest), s = std::sin(rest);
  switch (quarters & 3) {
    case 0:
      return {c, s};
    case 1:
      return {-s, c};
    case 2:
      return {-c, -s};
    default:
      return {s, -c};
  }
}

std::array<double, 2> from_centre(const View& view, std::array<double, 2> r_A) {
  const auto [c, s] = cos_sin(view.rotation_deg);
  const double dx = r_A[0] - view.origin_A[0], dy = r_A[1] - view.origin_A[1];
  return {c * dx - s * dy, s * dx + c * dy};
}

}  // namespace twinmill::specimen

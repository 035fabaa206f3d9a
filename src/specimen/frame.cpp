#include "frame.hpp"

#include <cmath>
#include <numbers>
#include <utility>

#include "periodic_images.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::specimen {
namespace {

// Sizes within which counting periodic images in doubles is exact. A.
constexpr double widest_field = 1e6, farthest_origin = 1e9;

}  // namespace

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

void check_view(const Structure& structure, const View& view) {
  if (!(structure.cell_A[0] > 0 && structure.cell_A[1] > 0))
    throw Error(Fault::bug, "view of a structure without a cell");
  const auto& field = view.field_A;
  if (!(field[0] > 0 && field[1] > 0 && field[0] <= widest_field && field[1] <= widest_field))
    throw Error(Fault::input,
                cat("field = ", field[0], " x ", field[1], " A (must be positive, at most ", widest_field, ")"));
  if (view.pixels[0] < 1 || view.pixels[1] < 1)
    throw Error(Fault::input, cat("pixels = ", view.pixels[0], " x ", view.pixels[1], " (must be positive)"));
  if (!std::isfinite(view.rotation_deg))
    throw Error(Fault::input, cat("rotation = ", view.rotation_deg, " (must be finite)"));
  const auto& origin = view.origin_A;
  if (!(std::abs(origin[0]) <= farthest_origin && std::abs(origin[1]) <= farthest_origin))
    throw Error(Fault::input,
                cat("origin = ", origin[0], ", ", origin[1], " A (must be within ", farthest_origin, ")"));
  const auto& drift = view.scan.drift_A;
  if (!(std::abs(drift[0]) <= field[0] / 2 && std::abs(drift[1]) <= field[1] / 2))
    throw Error(Fault::input, cat("drift = ", drift[0], ", ", drift[1], " A (must be at most half the field)"));
  if (!view.scan.line_A.empty() && std::cmp_not_equal(view.scan.line_A.size(), view.pixels[1]))
    throw Error(Fault::bug, "a scan distortion has not one displacement per line");
}

}  // namespace twinmill::specimen

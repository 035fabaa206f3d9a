// What is seen through a view, and which class each pixel has.
#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>
#include <utility>

#include "columns.hpp"
#include "periodic_images.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/specimen/view.hpp"

namespace twinmill::specimen {
namespace {

// The probe is never farther off its place than this, along x and y. A.
std::array<double, 2> farthest(const ScanDistortion& scan) {
  double line = 0;
  for (const double d : scan.line_A) line = std::max(line, std::abs(d));
  return {line + std::abs(scan.drift_A[0]), std::abs(scan.drift_A[1])};
}

// 0 <= p < field, with what lies on the border by all but rounding taken for exactly there.
bool inside(double p, double field) { return p >= -same_length && p < field - same_length; }

// Pixels along one axis; centres are given from the middle of the image, so that mirrored pixels have opposite values.
struct Axis {
  int pixels = 0;
  double pixel_A = 0;
  double centre_A(int i) const { return (i + 0.5 - 0.5 * pixels) * pixel_A; }
  // Pixels whose centres may be within `reach` of q.
  int first(double q, double reach) const { return limit(std::floor((q - reach) / pixel_A + 0.5 * pixels - 0.5)); }
  int last(double q, double reach) const { return limit(std::ceil((q + reach) / pixel_A + 0.5 * pixels - 0.5)); }
  int limit(double i) const { return static_cast<int>(std::clamp(i, 0.0, pixels - 1.0)); }
};

}  // namespace

std::vector<SeenSite> seen_sites(const Structure& structure, const View& view) {
  check_view(structure, view);
  const double pixel_x = view.field_A[0] / view.pixels[0], pixel_y = view.field_A[1] / view.pixels[1];
  const auto far = farthest(view.scan);
  struct Found {
    SeenSite seen;
    std::array<double, 2> q{};
  };
  std::vector<Found> found;
  for (const auto& site : structure.sites) {
    const auto before = static_cast<std::ptrdiff_t>(found.size());
    for_each_image(site, structure.cell_A, view, far, [&](std::array<double, 2> q, std::array<int, 2>) {
      const auto [px, py] = view.seen_at({q[0] + view.field_A[0] / 2, q[1] + view.field_A[1] / 2});
      if (!inside(px, view.field_A[0]) || !inside(py, view.field_A[1])) return;
      found.push_back({{.x_px = std::max(px, 0.0) / pixel_x - 0.5,
                        .y_px = std::max(py, 0.0) / pixel_y - 0.5,
                        .z_A = site.r_A[2],
                        .z = site.z,
                        .index = site.index,
                        .label = site.label},
                       q});
    });
    std::sort(found.begin() + before, found.end(), [](const Found& a, const Found& b) {
      return std::tie(a.seen.y_px, a.seen.x_px) < std::tie(b.seen.y_px, b.seen.x_px);
    });
  }
  std::vector<SeenSite> seen;
  Columns columns;
  for (const auto& [site, q] : found) {
    seen.push_back(site);
    if (site.z > 0) columns.add(q, seen.size() - 1);
  }
  for (const auto& [site, column] : columns.numbered()) seen[site].column = column;
  return seen;
}

Image<std::uint8_t> mask(const Structure& structure, const View& view, double radius_A) {
  check_view(structure, view);
  if (!(radius_A > 0 && std::isfinite(radius_A)))
    throw Error(Fault::input, cat("label radius = ", radius_A, " A (must be positive)"));
  const Axis along_x{view.pixels[0], view.field_A[0] / view.pixels[0]};
  const Axis along_y{view.pixels[1], view.field_A[1] / view.pixels[1]};
  Image<std::uint8_t> classes(view.pixels[0], view.pixels[1]);
  Image<double> nearest;  // Distance to the site whose class a pixel has; made when there is anything to paint.
  const auto far = farthest(view.scan);
  const std::array<double, 2> margin = {radius_A + far[0], radius_A + far[1]};
  const double reach = radius_A + same_length;
  for (const auto& site : structure.sites) {
    if (site.label == SiteClass::lattice) continue;
    if (nearest.size() == 0) nearest = {view.pixels[0], view.pixels[1], std::numeric_limits<double>::infinity()};
    for_each_image(site, structure.cell_A, view, margin, [&](std::array<double, 2> q, std::array<int, 2>) {
      const int first_x = along_x.first(q[0], reach + far[0]), last_x = along_x.last(q[0], reach + far[0]);
      const int last_y = along_y.last(q[1], reach + far[1]);
      for (int iy = along_y.first(q[1], reach + far[1]); iy <= last_y; ++iy) {
        for (int ix = first_x; ix <= last_x; ++ix) {
          const auto off = view.displacement_A(ix, iy);
          const double dx = along_x.centre_A(ix) + off[0] - q[0], dy = along_y.centre_A(iy) + off[1] - q[1];
          const double distance = std::sqrt(dx * dx + dy * dy);
          if (distance > reach || distance > nearest.at(ix, iy) - same_length) continue;
          nearest.at(ix, iy) = distance;
          classes.at(ix, iy) = static_cast<std::uint8_t>(site.label);
        }
      }
    });
  }
  return classes;
}

}  // namespace twinmill::specimen

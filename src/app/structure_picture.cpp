// A structure seen along the beam.
#include <algorithm>
#include <cmath>
#include <set>

#include "inspect.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::app {
namespace {

constexpr double longest_px = 720, largest_scale_px_per_A = 48;
constexpr int margin_px = 28;
constexpr report::Rgb background{255, 255, 255}, border{120, 120, 120}, outline{40, 40, 40}, label{200, 0, 0};

report::Rgb mixed(report::Rgb below, report::Rgb above, double opacity) {
  const auto mix = [&](std::uint8_t a, std::uint8_t b) {
    return static_cast<std::uint8_t>(std::lround(a + (b - a) * opacity));
  };
  return {mix(below.r, above.r), mix(below.g, above.g), mix(below.b, above.b)};
}

class Canvas {
 public:
  explicit Canvas(const specimen::Structure& s)
      : scale_(std::min(longest_px / std::max(s.cell_A[0], s.cell_A[1]), largest_scale_px_per_A)),
        picture_(pixels(s.cell_A[0]), pixels(s.cell_A[1]), background) {
    for (int x = margin_px; x < picture_.width - margin_px; ++x)
      for (const int y : {margin_px, picture_.height - margin_px - 1}) picture_.at(x, y) = border;
    for (int y = margin_px; y < picture_.height - margin_px; ++y)
      for (const int x : {margin_px, picture_.width - margin_px - 1}) picture_.at(x, y) = border;
  }

  /// A disc with an edge of a fifth of its radius.
  struct Disc {
    double x_A = 0, y_A = 0, radius_A = 0;
    report::Rgb fill, edge;
  };
  void draw(const Disc& d) {
    const double cx = margin_px + d.x_A * scale_, cy = margin_px + d.y_A * scale_;
    const double radius = std::max(d.radius_A * scale_, 1.5), inner = 0.8 * radius;
    const auto first = [](double v) { return std::max(0, static_cast<int>(std::floor(v))); };
    const int right = std::min(picture_.width - 1, static_cast<int>(std::ceil(cx + radius)));
    const int bottom = std::min(picture_.height - 1, static_cast<int>(std::ceil(cy + radius)));
    for (int y = first(cy - radius); y <= bottom; ++y) {
      for (int x = first(cx - radius); x <= right; ++x) {
        const double r = std::hypot(x - cx, y - cy);
        // Covered by the part of a pixel's width that lies inside.
        const double inside = std::clamp(radius - r + 0.5, 0.0, 1.0), filled = std::clamp(inner - r + 0.5, 0.0, 1.0);
        auto& pixel = picture_.at(x, y);
        pixel = mixed(pixel, d.edge, inside);
        pixel = mixed(pixel, d.fill, filled);
      }
    }
  }

  report::RgbPicture take() { return std::move(picture_); }

 private:
  int pixels(double length_A) const { return static_cast<int>(std::lround(length_A * scale_)) + 2 * margin_px; }
  double scale_;
  report::RgbPicture picture_;
};

}  // namespace

std::vector<std::pair<int, report::Rgb>> element_colours(const specimen::Structure& structure) {
  std::set<int, std::greater<>> elements;
  for (const auto& site : structure.sites)
    if (site.z > 0) elements.insert(site.z);
  // Of the palette of classes: sky blue for the heaviest, which is the metal in most cells.
  constexpr std::array order = {2, 6, 3, 4, 5, 1, 7};
  std::vector<std::pair<int, report::Rgb>> colours;
  for (const int z : elements) colours.emplace_back(z, report::class_colour(order.at(colours.size() % order.size())));
  return colours;
}

report::RgbPicture structure_picture(const specimen::Structure& structure) {
  const auto colours = element_colours(structure);
  Canvas canvas(structure);
  std::vector<specimen::Site> sites = structure.sites;
  std::ranges::stable_sort(sites, {}, [](const auto& site) { return site.r_A[2]; });
  const auto draw = [&](double x_A, double y_A, const specimen::Site& site) {
    // Radii grow with the cube root of the atomic number: a picture, not a measurement.
    constexpr double smallest_A = 0.25, growth_A = 0.12;
    const auto colour = std::ranges::find(colours, site.z, &std::pair<int, report::Rgb>::first)->second;
    const bool labelled = site.label != specimen::SiteClass::lattice;
    canvas.draw({x_A, y_A, smallest_A + growth_A * std::cbrt(site.z), colour, labelled ? label : outline});
  };
  // Atoms at a face show on both sides of the cell.
  constexpr double face_A = 0.3;
  const auto [lx, ly, lz] = structure.cell_A;
  for (const auto& site : sites)
    for (const double dx : {0.0, lx, -lx})
      for (const double dy : {0.0, ly, -ly}) {
        const double x = site.r_A[0] + dx, y = site.r_A[1] + dy;
        if (x > -face_A && x < lx + face_A && y > -face_A && y < ly + face_A) draw(x, y, site);
      }
  return canvas.take();
}

}  // namespace twinmill::app

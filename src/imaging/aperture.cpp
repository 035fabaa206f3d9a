#include "aperture.hpp"

#include <cmath>

#include "twinmill/base/error.hpp"

namespace twinmill::imaging {
namespace {

// Area of [0, x] x [0, y] inside the disc, for x, y >= 0.
double quarter(double x, double y, double r) {
  if (x <= 0 || y <= 0) return 0;
  x = std::min(x, r);
  y = std::min(y, r);
  if (x * x + y * y <= r * r) return x * y;
  // The circle leaves the top edge at x = xt; from there on the height is sqrt(r^2 - x^2).
  const double xt = std::sqrt(r * r - y * y);
  const auto primitive = [&](double t) {
    return 0.5 * (t * std::sqrt(std::max(0.0, r * r - t * t)) + r * r * std::asin(std::min(1.0, t / r)));
  };
  return xt * y + primitive(x) - primitive(xt);
}

double signed_quarter(double x, double y, double r) {
  return (x < 0 ? -1 : 1) * (y < 0 ? -1 : 1) * quarter(std::abs(x), std::abs(y), r);
}

}  // namespace

std::array<double, 2> aperture_centre(const Optics& optics, double wavelength_A) {
  return {optics.beam_tilt_mrad[0] * 1e-3 / wavelength_A, optics.beam_tilt_mrad[1] * 1e-3 / wavelength_A};
}

double area_in_disc(double x0, double x1, double y0, double y1, double r) {
  return signed_quarter(x1, y1, r) - signed_quarter(x0, y1, r) - signed_quarter(x1, y0, r) + signed_quarter(x0, y0, r);
}

double aperture_weight(const Optics& optics, const Grid& grid, double wavelength_A, int hx, int hy) {
  const double radius = optics.semiangle_mrad * 1e-3 / wavelength_A;  // 1/A
  const auto centre = aperture_centre(optics, wavelength_A);
  const double kx = hx / grid.lx_A - centre[0], ky = hy / grid.ly_A - centre[1];
  switch (optics.edge) {
    case ApertureEdge::hard:
      // A beam exactly on the edge is in, whatever the rounding of its angle.
      return std::hypot(kx, ky) <= radius * (1 + 1e-12) ? 1 : 0;
    case ApertureEdge::area: {
      const double half_x = 0.5 / grid.lx_A, half_y = 0.5 / grid.ly_A;
      const double share =
          area_in_disc(kx - half_x, kx + half_x, ky - half_y, ky + half_y, radius) * grid.lx_A * grid.ly_A;
      return share < 1e-9 ? 0 : share;  // Below: the rounding of an empty cell.
    }
    case ApertureEdge::count_:
      break;
  }
  throw Error(Fault::bug, "aperture_weight: no such edge");
}

std::vector<Beam> beams_inside(const Optics& optics, const Grid& grid, double wavelength_A) {
  const double radius = optics.semiangle_mrad * 1e-3 / wavelength_A;
  const auto centre = aperture_centre(optics, wavelength_A);
  const auto first = [&](double k, double length) { return static_cast<int>(std::floor((k - radius) * length - 0.5)); };
  const auto last = [&](double k, double length) { return static_cast<int>(std::ceil((k + radius) * length + 0.5)); };
  std::vector<Beam> beams;
  for (int hx = first(centre[0], grid.lx_A); hx <= last(centre[0], grid.lx_A); ++hx) {
    for (int hy = first(centre[1], grid.ly_A); hy <= last(centre[1], grid.ly_A); ++hy) {
      if (aperture_weight(optics, grid, wavelength_A, hx, hy) > 0) beams.push_back({hx, hy});
    }
  }
  return beams;
}

}  // namespace twinmill::imaging

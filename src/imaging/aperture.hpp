#pragma once
// Weights of plane waves in a round aperture.

#include <compare>
#include <vector>

#include "grid.hpp"
#include "twinmill/imaging/simulate.hpp"

namespace twinmill::imaging {

/// Area of a rectangle [x0, x1] x [y0, y1] inside the disc of radius r about the origin.
double area_in_disc(double x0, double x1, double y0, double y1, double r);

/// Frequency of the aperture's centre (1/A), x and y.
std::array<double, 2> aperture_centre(const Optics& optics, double wavelength_A);

/// Amplitude of the beam with harmonics (hx, hy) before normalisation. hard: 1 for an angle <= semiangle, else 0.
/// area: the share of the beam's cell of reciprocal space (1/Lx x 1/Ly) that lies inside the aperture, which is the
/// quadrature weight of the integral over a round aperture.
double aperture_weight(const Optics& optics, const Grid& grid, double wavelength_A, int hx, int hy);

struct Beam {
  int hx = 0, hy = 0;
  friend auto operator<=>(const Beam&, const Beam&) = default;
};
/// All beams of non-zero weight, by hx, then hy.
std::vector<Beam> beams_inside(const Optics& optics, const Grid& grid, double wavelength_A);

}  // namespace twinmill::imaging

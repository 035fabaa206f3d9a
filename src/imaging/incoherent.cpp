// c[q] = P(q) sum_atoms Z^1.7 exp(-2 pi i q.r) / (Lx Ly),  P(q) = sum_g a*(g) a(g - q): the probe's intensity in
// frequencies.
#include <cmath>
#include <numbers>

#include "aberrations.hpp"
#include "aperture.hpp"
#include "constants.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/imaging/field.hpp"

namespace twinmill::imaging {
namespace {

using std::numbers::pi;
using Complex = std::complex<double>;

constexpr double contrast_exponent = 1.7;  // HAADF intensity with the atomic number (Krivanek et al. 2010: about 1.64).

std::vector<Complex> harmonics(double x, double length, int n) {
  std::vector<Complex> e;
  for (int h = -n; h <= n; ++h) e.push_back(std::polar(1.0, -2 * pi * h * x / length));
  return e;
}

}  // namespace

Series incoherent_image(const specimen::Structure& structure, double energy_kev, const Optics& optics) {
  const double lambda = electron_wavelength_A(energy_kev);
  const Grid cell{.nx = 0, .ny = 0, .lx_A = structure.cell_A[0], .ly_A = structure.cell_A[1]};
  const AberrationFunction chi(optics.aberrations, lambda);
  const auto beams = beams_inside(optics, cell, lambda);
  if (beams.empty()) throw Error(Fault::input, "no beam passes the aperture");
  std::vector<Complex> a;
  double intensity = 0;
  int low = beams[0].hy, high = low;
  for (const auto& b : beams) {
    const double weight = aperture_weight(optics, cell, lambda, b.hx, b.hy);
    a.push_back(std::polar(weight, -chi(lambda * b.hx / cell.lx_A, lambda * b.hy / cell.ly_A)));
    intensity += weight * weight;
    low = std::min(low, b.hy);
    high = std::max(high, b.hy);
  }
  Series image{.cell_A = {cell.lx_A, cell.ly_A}, .nx = beams.back().hx - beams.front().hx, .ny = high - low, .c = {}};
  const auto columns = static_cast<std::size_t>(2 * image.ny + 1);
  const auto place = [&](int hx, int hy) {
    return static_cast<std::size_t>(hx + image.nx) * columns + static_cast<std::size_t>(hy + image.ny);
  };
  std::vector<Complex> probe(static_cast<std::size_t>(2 * image.nx + 1) * columns), atoms(probe.size());
  for (std::size_t i = 0; i < beams.size(); ++i)
    for (std::size_t j = 0; j < beams.size(); ++j)
      probe[place(beams[i].hx - beams[j].hx, beams[i].hy - beams[j].hy)] += std::conj(a[i]) * a[j];
  for (const auto& site : structure.sites) {
    if (site.z == 0) continue;
    const double weight = std::pow(site.z, contrast_exponent) / (intensity * cell.lx_A * cell.ly_A);
    const auto ex = harmonics(site.r_A[0], cell.lx_A, image.nx), ey = harmonics(site.r_A[1], cell.ly_A, image.ny);
    for (std::size_t hx = 0; hx < ex.size(); ++hx) {
      const Complex e = weight * ex[hx];
      for (std::size_t hy = 0; hy < columns; ++hy) atoms[hx * columns + hy] += e * ey[hy];
    }
  }
  for (std::size_t q = 0; q < probe.size(); ++q) image.c.emplace_back(probe[q] * atoms[q]);
  return image;
}

}  // namespace twinmill::imaging

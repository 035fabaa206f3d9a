#include "structure_factor.hpp"

#include <cmath>
#include <numbers>

#include "scattering_factors.hpp"
#include "vector_clones.hpp"

namespace twinmill::imaging {
namespace {

using std::numbers::pi;
using Complex = std::complex<double>;

// exp(-2 pi i h x / L); of the highest frequency of an even n the mean over both signs.
Complex phase(int i, int n, double x, double length) {
  const int h = Grid::harmonic(i, n);
  const double angle = -2 * pi * h * x / length;
  return 2 * h == -n ? Complex(std::cos(angle)) : std::polar(1.0, angle);
}

// sum += (re + i im) of the atom x its phase along y.
TWINMILL_EVERY_PROCESSOR
void add_atom(const double* x_re, const double* x_im, double y_re, double y_im, int n, double* re, double* im) {
  for (int i = 0; i < n; ++i) {
    re[i] += x_re[i] * y_re - x_im[i] * y_im;
    im[i] += x_re[i] * y_im + x_im[i] * y_re;
  }
}

}  // namespace

StructureFactor::StructureFactor(const std::vector<specimen::Site>& atoms, const Grid& grid, Scattering table,
                                 double limit)
    : grid_(grid),
      table_(table),
      limit_(limit),
      re_(static_cast<std::size_t>(grid.nx)),
      im_(static_cast<std::size_t>(grid.nx)),
      factor_(static_cast<std::size_t>(grid.nx)) {
  for (const auto& atom : atoms) {
    auto& e = elements_[atom.z];
    e.y_A.push_back(atom.r_A[1]);
    for (int ix = 0; ix < grid.nx; ++ix) {
      const Complex p = phase(ix, grid.nx, atom.r_A[0], grid.lx_A);
      e.x_re.push_back(p.real());
      e.x_im.push_back(p.imag());
    }
  }
}

void StructureFactor::column(int iy, double scale, Complex* to) {
  const auto nx = static_cast<std::size_t>(grid_.nx);
  std::fill(to, to + nx, Complex());
  const double ky = grid_.ky(iy);
  for (const auto& [z, e] : elements_) {
    std::fill(re_.begin(), re_.end(), 0.0);
    std::fill(im_.begin(), im_.end(), 0.0);
    for (std::size_t a = 0; a < e.y_A.size(); ++a) {
      const Complex y = phase(iy, grid_.ny, e.y_A[a], grid_.ly_A);
      add_atom(&e.x_re[a * nx], &e.x_im[a * nx], y.real(), y.imag(), grid_.nx, re_.data(), im_.data());
    }
    for (int ix = 0; ix <= grid_.nx / 2; ++ix) {  // The same for kx and -kx.
      const double kx = grid_.kx(ix);
      const double q2 = kx * kx + ky * ky;
      const double f = q2 < limit_ * limit_ ? scale * scattering_factor(table_, z, q2) : 0;
      factor_[static_cast<std::size_t>(ix)] = f;
      factor_[(nx - static_cast<std::size_t>(ix)) % nx] = f;
    }
    for (std::size_t ix = 0; ix < nx; ++ix) to[ix] += factor_[ix] * Complex(re_[ix], im_[ix]);
  }
}

}  // namespace twinmill::imaging

#include "potential.hpp"

#include <cmath>
#include <map>
#include <numbers>

#include "constants.hpp"
#include "scattering_factors.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::imaging {
namespace {

using std::numbers::pi;
using Complex = std::complex<double>;

// exp(-2 pi i h x / L) for every harmonic h of n.
std::vector<Complex> phases(double x, double length, int n) {
  std::vector<Complex> e(static_cast<std::size_t>(n));
  for (int i = 0; i < n; ++i)
    e[static_cast<std::size_t>(i)] = std::polar(1.0, -2 * pi * Grid::harmonic(i, n) * x / length);
  return e;
}

Plane make_plane(int slice, const std::vector<specimen::Site>& atoms, const Grid& grid, const Multislice& m,
                 const fft::Plan2d<double>& forward, const fft::Plan2d<double>& backward) {
  const double sigma = interaction(m.energy_kev);
  const auto potential = projected_potential(atoms, grid, m.scattering);
  Plane plane{.slice = slice, .transmission = fft::Buffer<double>(grid.size()), .spectrum = {}};
  for (std::size_t i = 0; i < potential.size(); ++i) plane.transmission[i] = std::polar(1.0, sigma * potential[i]);
  forward.execute(plane.transmission);
  const double limit = grid.band_limit();
  for (int ix = 0; ix < grid.nx; ++ix) {
    for (int iy = 0; iy < grid.ny; ++iy) {
      auto& t = plane.transmission[static_cast<std::size_t>(ix) * grid.ny + iy];
      t = std::hypot(grid.kx(ix), grid.ky(iy)) < limit ? t / static_cast<double>(grid.size()) : 0;
    }
  }
  plane.spectrum = plane.transmission;
  backward.execute(plane.transmission);
  return plane;
}

}  // namespace

std::vector<double> projected_potential(const std::vector<specimen::Site>& atoms, const Grid& grid, Scattering table) {
  // Structure factor of each element, from separable phases; then one transform for all.
  std::map<int, fft::Buffer<double>> factors;
  for (const auto& atom : atoms) {
    auto& f = factors.try_emplace(atom.z, grid.size()).first->second;
    const auto ex = phases(atom.r_A[0], grid.lx_A, grid.nx);
    const auto ey = phases(atom.r_A[1], grid.ly_A, grid.ny);
    for (int ix = 0; ix < grid.nx; ++ix) {
      Complex* const row = f.data() + static_cast<std::size_t>(ix) * grid.ny;
      const Complex e = ex[static_cast<std::size_t>(ix)];
      for (int iy = 0; iy < grid.ny; ++iy) {
        const Complex y = ey[static_cast<std::size_t>(iy)];
        row[iy] += Complex(e.real() * y.real() - e.imag() * y.imag(), e.real() * y.imag() + e.imag() * y.real());
      }
    }
  }
  fft::Buffer<double> sum(grid.size());
  for (const auto& [z, f] : factors) {
    for (int ix = 0; ix < grid.nx; ++ix) {
      for (int iy = 0; iy < grid.ny; ++iy) {
        const double kx = grid.kx(ix), ky = grid.ky(iy);
        const auto i = static_cast<std::size_t>(ix) * grid.ny + iy;
        sum[i] += scattering_factor(table, z, kx * kx + ky * ky) * f[i];
      }
    }
  }
  fft::Plan2d<double>(grid.nx, grid.ny, fft::Direction::backward).execute(sum);
  std::vector<double> potential(grid.size());
  const double scale = potential_constant / (grid.lx_A * grid.ly_A);
  for (std::size_t i = 0; i < sum.size(); ++i) potential[i] = scale * sum[i].real();
  return potential;
}

int slice_count(double height_A, double slice_thickness_A) {
  return std::max(1, static_cast<int>(std::ceil(height_A / slice_thickness_A - 1e-9)));
}

int slice_of(double z_A, double height_A, int slices) {
  double z = z_A - height_A * std::floor(z_A / height_A);
  if (z >= height_A * (1 - 1e-12)) z = 0;  // -1e-16 wraps to the top by rounding, but belongs to the bottom.
  return std::min(static_cast<int>(std::floor(z / height_A * slices + 1e-9)), slices - 1);
}

Stack build_stack(const specimen::Structure& structure, const Multislice& m) {
  const auto& cell = structure.cell_A;
  if (!(cell[0] > 0 && cell[1] > 0 && cell[2] > 0))
    throw Error(Fault::input, "the cell must have a positive length in x, y and z");
  if (m.grid[0] < 8 || m.grid[1] < 8)
    throw Error(Fault::input, cat("grid = ", m.grid[0], "x", m.grid[1], " (at least 8x8 is needed)"));
  if (!(m.slice_thickness_A > 0))
    throw Error(Fault::input, cat("slice thickness = ", m.slice_thickness_A, " A (must be positive)"));
  if (!(m.energy_kev > 0)) throw Error(Fault::input, cat("energy = ", m.energy_kev, " keV (must be positive)"));
  const int slices = slice_count(cell[2], m.slice_thickness_A);
  std::map<int, std::vector<specimen::Site>> by_slice;
  for (const auto& site : structure.sites) {
    if (site.z > 0) by_slice[slice_of(site.r_A[2], cell[2], slices)].push_back(site);
  }
  if (by_slice.empty()) throw Error(Fault::input, "the structure has no atoms");
  Stack stack{.grid = {m.grid[0], m.grid[1], cell[0], cell[1]},
              .slices = slices,
              .slice_thickness_A = cell[2] / slices,
              .planes = {}};
  const fft::Plan2d<double> forward(m.grid[0], m.grid[1], fft::Direction::forward);
  const fft::Plan2d<double> backward(m.grid[0], m.grid[1], fft::Direction::backward);
  for (const auto& [slice, atoms] : by_slice)
    stack.planes.push_back(make_plane(slice, atoms, stack.grid, m, forward, backward));
  return stack;
}

}  // namespace twinmill::imaging

// hrtem.cpp with every array in slabs (fft/slab.hpp): rows in space, columns of frequencies.
#include "twinmill/imaging/hrtem_slab.hpp"

#include <cmath>
#include <map>
#include <numbers>

#include "aberrations.hpp"
#include "aperture.hpp"
#include "constants.hpp"
#include "potential.hpp"
#include "scattering_factors.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/fft/slab.hpp"

namespace twinmill::imaging {
namespace {

using std::numbers::pi;
using Complex = std::complex<double>;
using Buffer = fft::Buffer<double>;
using Atoms = std::vector<specimen::Site>;

// Calls f(value, ix, iy) for every frequency that this member holds.
template <class F>
void for_frequencies(const fft::Slab& slab, Buffer& columns, const F& f) {
  Complex* at = columns.data();
  for (int iy = slab.first_column(); iy < slab.first_column() + slab.columns(); ++iy)
    for (int ix = 0; ix < slab.nx(); ++ix) f(*at++, ix, iy);
}

// F(q) += exp(-2 pi i q.r), from separable phases.
void add_phases(const specimen::Site& atom, const Grid& grid, const fft::Slab& slab, Buffer& factor) {
  const auto phase = [](int harmonic, double x, double length) {
    return std::polar(1.0, -2 * pi * harmonic * x / length);
  };
  std::vector<Complex> ex(static_cast<std::size_t>(grid.nx));
  for (int ix = 0; ix < grid.nx; ++ix)
    ex[static_cast<std::size_t>(ix)] = phase(Grid::harmonic(ix, grid.nx), atom.r_A[0], grid.lx_A);
  Complex* at = factor.data();
  for (int iy = slab.first_column(); iy < slab.first_column() + slab.columns(); ++iy) {
    const Complex y = phase(Grid::harmonic(iy, grid.ny), atom.r_A[1], grid.ly_A);
    for (const Complex& x : ex)
      *at++ += Complex(x.real() * y.real() - x.imag() * y.imag(), x.real() * y.imag() + x.imag() * y.real());
  }
}

// exp(i sigma V) of the atoms of one plane, band-limited, as rows; V as projected_potential() has it.
Buffer transmission(const std::map<int, Atoms>& by_element, const Grid& grid, const Multislice& m,
                    const fft::Slab& slab) {
  Buffer t = slab.buffer();
  for (const auto& [z, atoms] : by_element) {
    Buffer factor = slab.buffer();
    for (const auto& atom : atoms) add_phases(atom, grid, slab, factor);
    const Complex* at = factor.data();
    for_frequencies(slab, t, [&, z = z](Complex& value, int ix, int iy) {
      const double kx = grid.kx(ix), ky = grid.ky(iy);
      value += scattering_factor(m.scattering, z, kx * kx + ky * ky) * *at++;
    });
  }
  slab.backward(t);
  const double sigma = interaction(m.energy_kev) * potential_constant / (grid.lx_A * grid.ly_A);
  for (auto& v : t) v = std::polar(1.0, sigma * v.real());
  slab.forward(t);
  const double limit = grid.band_limit();
  for_frequencies(slab, t, [&](Complex& value, int ix, int iy) {
    value = std::hypot(grid.kx(ix), grid.ky(iy)) < limit ? value / static_cast<double>(grid.size()) : 0;
  });
  slab.backward(t);
  return t;
}

struct Layers {
  int slices = 0;
  double slice_thickness_A = 0;
  std::map<int, std::map<int, Atoms>> atoms;  // By slice, then by element.
};

Layers layers_of(const specimen::Structure& structure, const Multislice& m) {
  const auto& cell = structure.cell_A;
  if (!(cell[0] > 0 && cell[1] > 0 && cell[2] > 0))
    throw Error(Fault::input, "the cell must have a positive length in x, y and z");
  if (m.grid[0] < 8 || m.grid[1] < 8)
    throw Error(Fault::input, cat("grid = ", m.grid[0], "x", m.grid[1], " (at least 8x8 is needed)"));
  if (!(m.slice_thickness_A > 0))
    throw Error(Fault::input, cat("slice thickness = ", m.slice_thickness_A, " A (must be positive)"));
  if (!(m.energy_kev > 0)) throw Error(Fault::input, cat("energy = ", m.energy_kev, " keV (must be positive)"));
  Layers layers{.slices = slice_count(cell[2], m.slice_thickness_A), .slice_thickness_A = 0, .atoms = {}};
  layers.slice_thickness_A = cell[2] / layers.slices;
  for (const auto& site : structure.sites) {
    if (site.z > 0) layers.atoms[slice_of(site.r_A[2], cell[2], layers.slices)][site.z].push_back(site);
  }
  if (layers.atoms.empty()) throw Error(Fault::input, "the structure has no atoms");
  return layers;
}

}  // namespace

ExitRows hrtem(const specimen::Structure& structure, const Multislice& multislice, const Optics& objective,
               const fft::Slab& slab) {
  const Layers layers = layers_of(structure, multislice);
  ensure(slab.nx() == multislice.grid[0] && slab.ny() == multislice.grid[1], "the slabs are of another grid");
  const Grid grid{multislice.grid[0], multislice.grid[1], structure.cell_A[0], structure.cell_A[1]};
  const double lambda = electron_wavelength_A(multislice.energy_kev);
  const AberrationFunction chi(objective.aberrations, lambda);
  const double limit = grid.band_limit();
  const double scale = 1.0 / static_cast<double>(grid.size());

  Buffer wave = slab.buffer();
  std::fill(wave.begin(), wave.end(), 1.0);
  for (auto plane = layers.atoms.begin(); plane != layers.atoms.end(); ++plane) {
    const Buffer t = transmission(plane->second, grid, multislice, slab);
    for (std::size_t i = 0; i < wave.size(); ++i) wave[i] *= t[i];
    // Every slice propagates after it transmits; the last plane's wave leaves through the empty slices behind it.
    const auto behind = std::next(plane);
    const int next = behind != layers.atoms.end() ? behind->first : layers.slices;
    const double distance = (next - plane->first) * layers.slice_thickness_A;
    slab.forward(wave);
    for_frequencies(slab, wave, [&](Complex& value, int ix, int iy) {
      const double k2 = grid.kx(ix) * grid.kx(ix) + grid.ky(iy) * grid.ky(iy);
      value *= std::sqrt(k2) < limit ? std::polar(scale, -pi * lambda * distance * k2) : 0;
    });
    slab.backward(wave);
  }

  const auto held = static_cast<std::ptrdiff_t>(slab.rows()) * slab.ny();
  ExitRows result{
      .first = slab.first_row(), .rows = slab.rows(), .wave = {wave.begin(), wave.begin() + held}, .image = {}};
  slab.forward(wave);
  for_frequencies(slab, wave, [&](Complex& value, int ix, int iy) {
    const double weight =
        aperture_weight(objective, grid, lambda, Grid::harmonic(ix, grid.nx), Grid::harmonic(iy, grid.ny));
    value *= std::polar(weight * scale, -chi(lambda * grid.kx(ix), lambda * grid.ky(iy)));
  });
  slab.backward(wave);
  result.image.reserve(static_cast<std::size_t>(held));
  for (std::ptrdiff_t i = 0; i < held; ++i) result.image.push_back(std::norm(wave[static_cast<std::size_t>(i)]));
  return result;
}

}  // namespace twinmill::imaging

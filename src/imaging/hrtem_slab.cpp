// hrtem.cpp with every array in slabs (fft/slab.hpp): rows in space, columns of frequencies.
#include "twinmill/imaging/hrtem_slab.hpp"

#include <cmath>
#include <limits>
#include <numbers>

#include "aberrations.hpp"
#include "aperture.hpp"
#include "constants.hpp"
#include "defocus_spread.hpp"
#include "detector.hpp"
#include "overlaps.hpp"
#include "phonons.hpp"
#include "potential.hpp"
#include "structure_factor.hpp"
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

// exp(i sigma V) of the atoms of one plane, band-limited, as rows.
Buffer transmission(const Atoms& atoms, const Grid& grid, const Multislice& m, const fft::Slab& slab) {
  Buffer t = slab.buffer();
  StructureFactor factor(atoms, grid, m.scattering, std::numeric_limits<double>::infinity());
  const double sigma = interaction(m.energy_kev) * potential_constant / (grid.lx_A * grid.ly_A);
  for (int c = 0; c < slab.columns(); ++c)
    factor.column(slab.first_column() + c, sigma, t.data() + static_cast<std::ptrdiff_t>(c) * slab.nx());
  slab.backward(t);
  for (auto& v : t) v = std::polar(1.0, v.real());
  slab.forward(t);
  const double limit = grid.band_limit();
  for_frequencies(slab, t, [&](Complex& value, int ix, int iy) {
    value = std::hypot(grid.kx(ix), grid.ky(iy)) < limit ? value / static_cast<double>(grid.size()) : 0;
  });
  slab.backward(t);
  return t;
}

// The exit wave's frequencies; `tilt` as in WaveStack::transmit.
Buffer exit_wave(const Stack& stack, const Multislice& m, double lambda, std::array<double, 2> tilt,
                 const fft::Slab& slab) {
  const Grid& grid = stack.grid;
  const double limit = grid.band_limit();
  const double scale = 1.0 / static_cast<double>(grid.size());
  const auto propagate = [&](Buffer& wave, int slices) {
    for_frequencies(slab, wave, [&](Complex& value, int ix, int iy) {
      const double kx = grid.kx(ix), ky = grid.ky(iy);
      const double k2 = std::pow(kx + tilt[0], 2) + std::pow(ky + tilt[1], 2);
      value *= std::hypot(kx, ky) < limit ? std::polar(1.0, -pi * lambda * slices * stack.slice_thickness_A * k2) : 0;
    });
  };
  Buffer wave = slab.buffer();
  if (slab.first_column() == 0 && slab.columns() > 0) wave[0] = 1;
  int slice = 0;
  for (const auto& plane : stack.planes) {
    propagate(wave, plane.slice - slice);
    slab.backward(wave);
    const Buffer t = transmission(plane.atoms, grid, m, slab);
    for (std::size_t i = 0; i < wave.size(); ++i) wave[i] *= scale * t[i];
    slab.forward(wave);
    slice = plane.slice;
  }
  propagate(wave, stack.slices - slice);
  return wave;
}

}  // namespace

ExitRows hrtem(const specimen::Structure& structure, const Multislice& multislice, const Optics& objective,
               const fft::Slab& slab) {
  ensure(slab.nx() == multislice.grid[0] && slab.ny() == multislice.grid[1], "the slabs are of another grid");
  if (multislice.oversampling != 1)
    throw Error(Fault::input, "a wave in slabs has its transmission functions on its own grid; oversampling must be 1");
  const Grid grid{multislice.grid[0], multislice.grid[1], structure.cell_A[0], structure.cell_A[1]};
  const double lambda = electron_wavelength_A(multislice.energy_kev);
  build_stack(structure, multislice);  // Finds mistakes as one rank does, in the same order.
  refuse_overlaps(structure);
  check_aperture(grid, lambda, objective);
  const AberrationFunction chi(objective.aberrations, lambda);
  const auto tilt = aperture_centre(objective, lambda);
  Optics shifted = objective;
  shifted.beam_tilt_mrad = {-objective.beam_tilt_mrad[0], -objective.beam_tilt_mrad[1]};
  const int configurations = images_to_average(multislice.phonons);
  const auto spread = defocus_spread(objective.focal_spread_A);

  const auto held = static_cast<std::ptrdiff_t>(slab.rows()) * slab.ny();
  ExitRows result{.first = slab.first_row(), .rows = slab.rows(), .wave = {}, .image = {}};
  result.image.resize(static_cast<std::size_t>(held));
  for (int c = 0; c < configurations; ++c) {
    const Stack stack = build_stack(displaced(structure, multislice.phonons, c), multislice);
    const Buffer wave = exit_wave(stack, multislice, lambda, tilt, slab);
    if (c == 0) {
      Buffer rows = wave;
      slab.backward(rows);
      result.wave.assign(rows.begin(), rows.begin() + held);
    }
    for (const auto& [defocus, share] : spread) {
      Buffer focused = wave;
      for_frequencies(slab, focused, [&, defocus = defocus](Complex& value, int ix, int iy) {
        const double inside =
            aperture_weight(shifted, grid, lambda, Grid::harmonic(ix, grid.nx), Grid::harmonic(iy, grid.ny));
        const double kx = grid.kx(ix) + tilt[0], ky = grid.ky(iy) + tilt[1];
        value *= inside == 0
                     ? 0.0
                     : std::polar(inside, -chi(lambda * kx, lambda * ky) + pi * lambda * defocus * (kx * kx + ky * ky));
      });
      slab.backward(focused);
      for (std::size_t i = 0; i < result.image.size(); ++i)
        result.image[i] += share / configurations * std::norm(focused[i]);
    }
  }
  return result;
}

}  // namespace twinmill::imaging

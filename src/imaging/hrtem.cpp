// Parallel beam: one plane wave through every slice, then the objective lens:
// image = |F^-1[psi(k) A(k) exp(-i chi)]|^2, averaged over phonon configurations and over the focal spread.
#include <cmath>
#include <numbers>

#include "aberrations.hpp"
#include "aperture.hpp"
#include "constants.hpp"
#include "defocus_spread.hpp"
#include "detector.hpp"
#include "overlaps.hpp"
#include "phonons.hpp"
#include "potential.hpp"
#include "wave_stack.hpp"

namespace twinmill::imaging {
ExitWave hrtem(const specimen::Structure& structure, const Multislice& multislice, const Optics& objective) {
  using std::numbers::pi;
  const Grid grid{multislice.grid[0], multislice.grid[1], structure.cell_A[0], structure.cell_A[1]};
  const double lambda = electron_wavelength_A(multislice.energy_kev);
  build_stack(structure, multislice);  // Finds mistakes before memory is taken.
  refuse_overlaps(structure);
  check_aperture(grid, lambda, objective);
  const AberrationFunction chi(objective.aberrations, lambda);
  const fft::Plan2d<double> backward(grid.nx, grid.ny, fft::Direction::backward);
  // The beam's tilt is a frequency that every wave carries; the objective aperture stays on the axis.
  const auto tilt = aperture_centre(objective, lambda);
  Optics shifted = objective;
  shifted.beam_tilt_mrad = {-objective.beam_tilt_mrad[0], -objective.beam_tilt_mrad[1]};
  std::vector<double> inside;
  for (int ix = 0; ix < grid.nx; ++ix)
    for (int iy = 0; iy < grid.ny; ++iy)
      inside.push_back(
          aperture_weight(shifted, grid, lambda, Grid::harmonic(ix, grid.nx), Grid::harmonic(iy, grid.ny)));

  const int configurations = images_to_average(multislice.phonons);
  const auto spread = defocus_spread(objective.focal_spread_A);
  ExitWave result{.grid = multislice.grid, .wave = {}, .image = std::vector<double>(grid.size())};
  for (int c = 0; c < configurations; ++c) {
    const WaveStack stack(displaced(structure, multislice.phonons, c), multislice);
    fft::Buffer<double> wave(grid.size());
    wave[0] = 1;
    stack.transmit(wave, tilt);
    if (c == 0) {
      auto exit = wave;
      backward.execute(exit);
      result.wave.assign(exit.begin(), exit.end());
    }
    for (const auto& [defocus, share] : spread) {
      auto focused = wave;
      for (int ix = 0; ix < grid.nx; ++ix) {
        for (int iy = 0; iy < grid.ny; ++iy) {
          const double kx = grid.kx(ix) + tilt[0], ky = grid.ky(iy) + tilt[1];
          const std::size_t i = static_cast<std::size_t>(ix) * grid.ny + iy;
          const double phase = -chi(lambda * kx, lambda * ky) + pi * lambda * defocus * (kx * kx + ky * ky);
          focused[i] *= inside[i] == 0 ? 0.0 : std::polar(inside[i], phase);
        }
      }
      backward.execute(focused);
      for (std::size_t i = 0; i < focused.size(); ++i)
        result.image[i] += share / configurations * std::norm(focused[i]);
    }
  }
  return result;
}

}  // namespace twinmill::imaging

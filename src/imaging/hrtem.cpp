// Parallel beam: one plane wave through every slice, then the objective lens: image = |F^-1[psi(k) A(k) exp(-i
// chi)]|^2.
#include <cmath>
#include <numbers>

#include "aberrations.hpp"
#include "aperture.hpp"
#include "constants.hpp"
#include "potential.hpp"

namespace twinmill::imaging {

ExitWave hrtem(const specimen::Structure& structure, const Multislice& multislice, const Optics& objective) {
  using std::numbers::pi;
  const Stack stack = build_stack(structure, multislice);
  const Grid& grid = stack.grid;
  const double lambda = electron_wavelength_A(multislice.energy_kev);
  const AberrationFunction chi(objective.aberrations, lambda);
  const fft::Plan2d<double> forward(grid.nx, grid.ny, fft::Direction::forward);
  const fft::Plan2d<double> backward(grid.nx, grid.ny, fft::Direction::backward);
  const double limit = grid.band_limit();
  const double scale = 1.0 / static_cast<double>(grid.size());

  fft::Buffer<double> wave(grid.size(), 1.0);
  for (std::size_t j = 0; j < stack.planes.size(); ++j) {
    for (std::size_t i = 0; i < wave.size(); ++i) wave[i] *= stack.planes[j].transmission[i];
    // Every slice propagates after it transmits; the last plane's wave leaves through the empty slices behind it.
    const int next = j + 1 < stack.planes.size() ? stack.planes[j + 1].slice : stack.slices;
    const double distance = (next - stack.planes[j].slice) * stack.slice_thickness_A;
    forward.execute(wave);
    for (int ix = 0; ix < grid.nx; ++ix) {
      for (int iy = 0; iy < grid.ny; ++iy) {
        const double k2 = grid.kx(ix) * grid.kx(ix) + grid.ky(iy) * grid.ky(iy);
        wave[static_cast<std::size_t>(ix) * grid.ny + iy] *=
            std::sqrt(k2) < limit ? std::polar(scale, -pi * lambda * distance * k2) : 0;
      }
    }
    backward.execute(wave);
  }

  ExitWave result{
      .grid = multislice.grid, .wave = {wave.begin(), wave.end()}, .image = std::vector<double>(grid.size())};
  forward.execute(wave);
  for (int ix = 0; ix < grid.nx; ++ix) {
    for (int iy = 0; iy < grid.ny; ++iy) {
      const int hx = Grid::harmonic(ix, grid.nx), hy = Grid::harmonic(iy, grid.ny);
      const double weight = aperture_weight(objective, grid, lambda, hx, hy);
      wave[static_cast<std::size_t>(ix) * grid.ny + iy] *=
          std::polar(weight * scale, -chi(lambda * grid.kx(ix), lambda * grid.ky(iy)));
    }
  }
  backward.execute(wave);
  for (std::size_t i = 0; i < wave.size(); ++i) result.image[i] = std::norm(wave[i]);
  return result;
}

}  // namespace twinmill::imaging

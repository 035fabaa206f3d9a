#include "wave_stack.hpp"

#include <cmath>
#include <numbers>

#include "constants.hpp"

namespace twinmill::imaging {

WaveStack::WaveStack(const specimen::Structure& structure, const Multislice& m)
    : grid_{m.grid[0], m.grid[1], structure.cell_A[0], structure.cell_A[1]},
      wavelength_(electron_wavelength_A(m.energy_kev)),
      forward_(m.grid[0], m.grid[1], fft::Direction::forward),
      backward_(m.grid[0], m.grid[1], fft::Direction::backward) {
  const Stack stack = build_stack(structure, m);
  const Transmission transmission(grid_, m);
  int slice = 0;
  for (const auto& plane : stack.planes) {
    auto t = transmission.spectrum(plane.atoms);
    backward_.execute(t);
    for (auto& v : t) v /= static_cast<double>(grid_.size());
    transmissions_.push_back(std::move(t));
    before_A_.push_back((plane.slice - slice) * stack.slice_thickness_A);
    slice = plane.slice;
  }
  behind_A_ = (stack.slices - slice) * stack.slice_thickness_A;
}

// P(k) = exp(-i pi lambda d (k + tilt)^2) inside the band limit.
void WaveStack::propagate(fft::Buffer<double>& wave, double distance_A, std::array<double, 2> tilt) const {
  const double limit = grid_.band_limit();
  for (int ix = 0; ix < grid_.nx; ++ix) {
    for (int iy = 0; iy < grid_.ny; ++iy) {
      auto& v = wave[static_cast<std::size_t>(ix) * grid_.ny + iy];
      const double kx = grid_.kx(ix), ky = grid_.ky(iy);
      if (std::sqrt(kx * kx + ky * ky) < limit) {
        const double k2 = std::pow(kx + tilt[0], 2) + std::pow(ky + tilt[1], 2);
        v *= std::polar(1.0, -std::numbers::pi * wavelength_ * distance_A * k2);
      } else {
        v = 0;
      }
    }
  }
}

void WaveStack::transmit(fft::Buffer<double>& wave, std::array<double, 2> tilt) const {
  for (std::size_t j = 0; j < transmissions_.size(); ++j) {
    propagate(wave, before_A_[j], tilt);
    backward_.execute(wave);
    for (std::size_t i = 0; i < wave.size(); ++i) wave[i] *= transmissions_[j][i];
    forward_.execute(wave);
  }
  propagate(wave, behind_A_, tilt);
}

}  // namespace twinmill::imaging

#pragma once
// A wave through all planes of a stack, in double precision.

#include <array>
#include <vector>

#include "potential.hpp"

namespace twinmill::imaging {

class WaveStack {
 public:
  WaveStack(const specimen::Structure& structure, const Multislice& multislice);

  /// In: Fourier coefficients of the incident wave (x slowest, psi(r) = sum_k wave exp(2 pi i k.r)) at the top of the
  /// cell; out: those of the wave at its bottom. Empty slices are one propagation. `tilt` (1/A) is added to every
  /// frequency in the propagator: the wave stands for psi exp(2 pi i tilt.r).
  void transmit(fft::Buffer<double>& wave, std::array<double, 2> tilt) const;

  const Grid& grid() const { return grid_; }

 private:
  void propagate(fft::Buffer<double>& wave, double distance_A, std::array<double, 2> tilt) const;

  Grid grid_;
  double wavelength_;
  std::vector<fft::Buffer<double>> transmissions_;  // In real space, divided by nx ny.
  std::vector<double> before_A_;                    // Distance in front of each plane.
  double behind_A_ = 0;
  fft::Plan2d<double> forward_, backward_;
};

}  // namespace twinmill::imaging

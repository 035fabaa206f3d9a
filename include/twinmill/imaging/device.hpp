#pragma once
// Where the heavy part of a scattering matrix can be computed other than by the processor: waves and products of all
// beams. The imaging module knows no library for it; what implements this is given to it (twinmill/device/device.hpp).

#include <array>
#include <complex>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace twinmill::imaging {

/// One configuration of the atoms as arrays in single precision. Grids are x slowest: ix * ny + iy.
struct BeamWork {
  std::array<int, 2> grid{};              ///< nx, ny
  std::vector<std::array<int, 2>> beams;  ///< Harmonics (hx, hy) of the incident plane waves.
  /// Fourier coefficients of the first plane's transmission function, nx x ny.
  std::vector<std::complex<float>> first;
  /// Of each further plane, in order: its transmission function in real space, and the propagator in front of it in
  /// Fourier space (zero outside the band limit). nx x ny each.
  struct Plane {
    std::vector<std::complex<float>> transmission, propagator;
  };
  std::vector<Plane> planes;
  std::vector<int> pixels;                  ///< Points of the diffraction pattern that detectors hold, sorted by angle.
  std::vector<std::pair<int, int>> ranges;  ///< Per detector: [first, last) of `pixels`.
  std::vector<std::vector<float>> weights;  ///< Per detector over its range; empty: all 1.
};

/// Not thread-safe; may be used for one matrix after the other.
class Device {
 public:
  virtual ~Device() = default;
  /// "LibTorch 2.1 on cuda:0".
  virtual std::string description() const = 0;
  /// Bytes that the work takes at once, at the least (a single beam at a time).
  virtual double least_bytes(const BeamWork& work) const = 0;
  /// Per detector M(g, g') = sum_k D(k) conj(S(k, g)) S(k, g'), beams x beams, where S(k, g) are the Fourier
  /// coefficients of the exit wave of beam g. `progress` gets fractions of this work and may throw to stop it. Throws
  /// Error(system) when not even a single beam fits into the device's memory.
  virtual std::vector<std::vector<std::complex<float>>> products(const BeamWork& work,
                                                                 const std::function<void(double)>& progress) = 0;
};

}  // namespace twinmill::imaging

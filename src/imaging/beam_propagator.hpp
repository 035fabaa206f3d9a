#pragma once
// One row of the scattering matrix: a plane wave through the specimen, by multislice (Kirkland 2010, ch. 6).
//
//   psi_0(r) = exp(2 pi i g.r);   psi_j = P_j * (T_j psi_{j-1});   P(k) = exp(-i pi lambda dz k^2) inside the band
//   limit

#include <span>
#include <vector>

#include "aperture.hpp"
#include "potential.hpp"
#include "twinmill/fft/fft.hpp"

namespace twinmill::imaging {

/// P(k) at all points of the grid, x slowest.
std::vector<std::complex<float>> full_propagator(const Grid& grid, double wavelength_A, double distance_A);

/// Holds what all beams share, in single precision. Only |S|^2 on detector pixels counts, so the last propagation (a
/// phase) is left out, as is the vacuum above the first plane, which is a phase of the beam and left to the caller; the
/// first plane's product with a plane wave is a shift of its spectrum and needs no transform; columns outside the band
/// limit are never touched.
class BeamPropagator {
 public:
  /// `pixels`: the frequencies to keep, as indices ix * ny + iy inside the band limit.
  BeamPropagator(const Stack& stack, const Transmission& transmission, double wavelength_A,
                 const std::vector<int>& pixels);

  /// Real and imaginary parts of S(k, g) for the kept pixels, in their order.
  void propagate(const Beam& g, float* re, float* im);

 private:
  using Wave = fft::Buffer<float>;

  void enter(const Beam& g, int iy, std::complex<float>* to) const;
  void through_rows(const Wave& transmission);
  void load(std::span<const int> columns, Wave& to) const;
  void store(std::span<const int> columns, const Wave& from);
  void pass_columns(const Beam& g, std::size_t plane);
  void leave(const Beam& g, float* re, float* im);
  Wave propagator(double distance_A) const;

  /// A frequency to keep: its place in the column and in the output.
  struct Kept {
    int ix;
    int slot;
  };

  Grid grid_;
  double wavelength_;
  std::vector<int> columns_;               // iy of the columns inside the band.
  int outside_from_ = 0, outside_to_ = 0;  // iy outside the band: [from, to).
  std::vector<int> kept_columns_;          // iy of the columns that hold frequencies to keep...
  std::vector<std::vector<Kept>> kept_;    // ... and these frequencies, per such column.
  Wave first_;                             // Spectrum of the first plane, y slowest.
  std::vector<Wave>
      transmissions_;              // Of the further planes, x slowest, divided by nx ny: transforms are not normalised.
  std::vector<Wave> propagators_;  // Behind each plane but the last one, per column of the band, x fastest.
  Wave wave_;
  Wave columns_in_, columns_out_;  // One block of columns before and after a transform.
  Wave rows_in_real_space_;        // One block of rows.
  fft::Plan1d<float> rows_back_, rows_forward_, columns_back_, columns_forward_;
};

}  // namespace twinmill::imaging

#pragma once
// The specimen as a stack of thin phase gratings with vacuum between them.

#include <vector>

#include "grid.hpp"
#include "twinmill/fft/fft.hpp"
#include "twinmill/imaging/simulate.hpp"

namespace twinmill::imaging {

/// The atoms of one slice, all taken to stand in one plane.
struct Plane {
  int slice = 0;  ///< floor(z / dz).
  std::vector<specimen::Site> atoms;
};

struct Stack {
  Grid grid;
  int slices = 0;                ///< Including empty ones.
  double slice_thickness_A = 0;  ///< As used: height / slices.
  std::vector<Plane> planes;     ///< Those that hold atoms, by slice.
};

/// Sorts the atoms into planes; the specimen's tilt shears them (an atom moves by its slice's depth x tan(tilt)).
/// Throws Error(input) when there is no atom, or the cell or the grid is not usable.
Stack build_stack(const specimen::Structure& structure, const Multislice& multislice);

/// Transmission functions T = exp(i sigma V) of planes, from exact atom positions:
///   V(r) = C / (Lx Ly) sum_q exp(2 pi i q.r) sum_atoms f_e(|q|) exp(-2 pi i q.r_atom)
/// V and T are formed on a grid that is finer by multislice.oversampling. With oversampling V ends at 2/3 of the finer
/// grid's Nyquist frequency, so that what folds back of V^2, V^3, ... stays outside the band, and T is cut off at the
/// band limit of the grid itself. Without (1) V fills the grid and T folds into the band (docs/physics.md).
class Transmission {
 public:
  Transmission(const Grid& grid, const Multislice& multislice);

  /// Fourier coefficients of T on the grid (x slowest), zero from the band limit on: T(r) = sum_q t exp(2 pi i q.r).
  fft::Buffer<double> spectrum(const std::vector<specimen::Site>& atoms) const;
  /// V (V A) at the points of the finer grid, x slowest.
  std::vector<double> potential(const std::vector<specimen::Site>& atoms) const;

 private:
  template <class Take>
  void for_row_pairs(const std::vector<specimen::Site>& atoms, const Take& take) const;

  Grid grid_, fine_;
  double sigma_;
  Scattering scattering_;
  double potential_limit_;
  fft::Plan1d<double> columns_back_, rows_back_, rows_forward_, columns_forward_;
};

/// Number of equal slices that a cell is cut into: the fewest that are not thicker than asked.
int slice_count(double height_A, double slice_thickness_A);
/// The slice of a height: floor(z / dz), where a height within 1e-9 slices of a slice's bottom belongs to that slice,
/// and heights outside the cell are wrapped.
int slice_of(double z_A, double height_A, int slices);

}  // namespace twinmill::imaging

#pragma once
// The specimen as a stack of thin phase gratings with vacuum between them.

#include <vector>

#include "grid.hpp"
#include "twinmill/fft/fft.hpp"
#include "twinmill/imaging/simulate.hpp"

namespace twinmill::imaging {

/// One slice that holds atoms.
struct Plane {
  int slice = 0;                     ///< floor(z / dz).
  fft::Buffer<double> transmission;  ///< exp(i sigma V), band-limited; x slowest.
  fft::Buffer<double> spectrum;      ///< Its Fourier coefficients: T(r) = sum_q spectrum exp(2 pi i q.r).
};

struct Stack {
  Grid grid;
  int slices = 0;                ///< Including empty ones.
  double slice_thickness_A = 0;  ///< As used: height / slices.
  std::vector<Plane> planes;     ///< By slice.
};

/// Projected potential (V A) of some atoms on the grid:
///   V(r) = C / (Lx Ly) Re sum_q exp(2 pi i q.r) sum_atoms f_e(|q|) exp(-2 pi i q.r_atom).
std::vector<double> projected_potential(const std::vector<specimen::Site>& atoms, const Grid& grid, Scattering table);

/// Builds all planes. Throws Error(input) when there is no atom or the cell or the grid is not usable.
Stack build_stack(const specimen::Structure& structure, const Multislice& multislice);

/// Number of equal slices that a cell is cut into: the fewest that are not thicker than asked.
int slice_count(double height_A, double slice_thickness_A);
/// The slice of a height: floor(z / dz), where a height within 1e-9 slices of a slice's bottom belongs to that slice,
/// and heights outside the cell are wrapped.
int slice_of(double z_A, double height_A, int slices);

}  // namespace twinmill::imaging

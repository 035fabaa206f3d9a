#pragma once
// Structure factor of some atoms, column by column.

#include <complex>
#include <map>
#include <vector>

#include "grid.hpp"
#include "twinmill/imaging/simulate.hpp"

namespace twinmill::imaging {

/// sum over atoms of f_e(|q|) exp(-2 pi i q.r_atom), with the highest frequency of an even number of points made
/// symmetric (the mean of its two signs), so that the coefficients are those of a real function.
class StructureFactor {
 public:
  /// `limit`: frequency (1/A) from which on the coefficients are 0; may be infinite.
  StructureFactor(const std::vector<specimen::Site>& atoms, const Grid& grid, Scattering table, double limit);

  /// scale x the coefficients of column iy, nx values by x index.
  void column(int iy, double scale, std::complex<double>* to);

 private:
  /// Atoms of one element: exp(-2 pi i h x / Lx) of each atom by rows of nx, real and imaginary parts apart.
  struct Element {
    std::vector<double> x_re, x_im;
    std::vector<double> y_A;
  };

  Grid grid_;
  Scattering table_;
  double limit_;
  std::map<int, Element> elements_;
  std::vector<double> re_, im_, factor_;
};

}  // namespace twinmill::imaging

#pragma once
// M = S^H S over a range of detector pixels, in single precision.

#include <complex>
#include <vector>

namespace twinmill::imaging {

/// Rows of a complex matrix as two real ones: row g holds S(k, g) for all kept pixels k.
struct SplitRows {
  int rows = 0;
  int columns = 0;
  std::vector<float> re, im;  ///< rows x columns.
};

/// M(g, g') = sum over k in [first, last) of conj(S(k, g)) S(k, g'); rows x rows, row-major, Hermitian by construction.
std::vector<std::complex<float>> hermitian_product(const SplitRows& s, int first, int last);

}  // namespace twinmill::imaging

#pragma once
// Blocks of M = S^H S, in single precision.

namespace twinmill::imaging {

/// Rows of a complex matrix as two real ones, `stride` values apart: row g holds S(k, g) for all kept pixels k.
struct Rows {
  const float* re = nullptr;
  const float* im = nullptr;
  int count = 0;
  int stride = 0;
};

/// M(i, j) += sum over k in [first, last) of conj(S(k, i)) S(k, j) for rows i of `a` and j of `b`; `re` and `im` hold
/// a.count rows, `stride` values apart. The same bits for the same rows and counts, wherever and whenever it is called.
void add_product(const Rows& a, const Rows& b, int first, int last, float* re, float* im, int stride);

}  // namespace twinmill::imaging

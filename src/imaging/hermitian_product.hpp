#pragma once
// Blocks of M = S^H S, in single precision, from three real products instead of four:
//   A = Re S Re S^T,  B = Im S Im S^T,  C = (Re S + Im S)(Re S - Im S)^T;  Re M = A + B,  Im M = A - B - C.

#include <vector>

namespace twinmill::imaging {

/// Rows of a complex matrix as two real ones, `stride` values apart: row g holds S(k, g) for all kept pixels k.
struct Rows {
  const float* re = nullptr;
  const float* im = nullptr;
  int count = 0;
  int stride = 0;
};

/// The three sums, `stride` values a row.
struct Products {
  float* a = nullptr;
  float* b = nullptr;
  float* c = nullptr;
  int stride = 0;
};

/// Adds the products of rows i of `left` and j of `right` over k in [first, last). The same bits for the same rows and
/// counts, wherever and whenever it is called. `scratch`: memory that is kept between calls.
void add_products(const Rows& left, const Rows& right, int first, int last, const Products& to,
                  std::vector<float>& scratch);

}  // namespace twinmill::imaging

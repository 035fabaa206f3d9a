#pragma once
// A supercell as a lattice: what stands in one cell, and which site of the supercell is where.

#include <array>
#include <cstdint>
#include <vector>

#include "twinmill/specimen/parents.hpp"

namespace twinmill::specimen {

/// Place of the first metal of H and T in units of a. Rows of atoms are a/2 apart along x and a sqrt(3)/6 along y, so
/// this keeps every atom well inside the cell's faces and off the nodes of any regular grid.
inline constexpr double offset_x = 0.23, offset_y = 0.13;

/// The three atoms of the hexagonal unit cell, not wrapped; z from the mid-plane.
std::array<BasisAtom, 3> hexagonal_basis(const Parent& parent);

/// A cell of the lattice: i a1 + j a2.
struct Cell {
  int i = 0, j = 0;
};

class Lattice {
 public:
  /// H and T: the hexagonal lattice with three atoms a cell, a2 at 60 degrees; others: Parent::unit_A. The supercell
  /// as pristine() takes it.
  Lattice(const Parent& parent, std::array<int, 2> supercell);

  std::array<int, 2> cells() const { return supercell_; }
  const std::vector<BasisAtom>& basis() const { return basis_; }
  /// i a1 + j a2, A.
  std::array<double, 2> vector(Cell cell) const;
  /// Index in pristine() of basis atom `k` of a cell, periodic images included.
  int site(Cell cell, int k) const;
  /// The cell of a site, and its number in the basis.
  Cell cell_of(int site) const;
  int basis_of(int site) const { return site % static_cast<int>(basis_.size()); }
  int sites() const;

 private:
  std::array<int, 2> supercell_{};
  std::array<double, 2> a1_{}, a2_{};
  bool hexagonal_ = false;
  std::vector<BasisAtom> basis_;
};

}  // namespace twinmill::specimen

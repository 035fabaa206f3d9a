#pragma once
// Atoms that stand above one another, along the beam.

#include <array>
#include <utility>
#include <vector>

#include "point_grid.hpp"

namespace twinmill::specimen {

/// Joins atoms into columns, one after the other.
class Columns {
 public:
  Columns();
  /// An atom at q (A), by a number of the caller's.
  void add(std::array<double, 2> q, std::size_t atom);
  /// Every atom with its column; columns count from 0 in the order in which their first atoms were added.
  std::vector<std::pair<std::size_t, int>> numbered() const;

 private:
  std::size_t first_of(std::size_t member) const;
  PointGrid grid_;
  std::vector<std::size_t> atoms_;
  mutable std::vector<std::size_t> parent_;  // Of disjoint sets; a set's root is its first member.
};

}  // namespace twinmill::specimen

#pragma once
// Distances in structures, for tests.

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "twinmill/specimen/structure.hpp"

namespace twinmill::testing {

/// Nearest periodic image of b seen from a; only the plane is periodic.
inline std::array<double, 3> apart(const specimen::Structure& s, const specimen::Site& a, const specimen::Site& b) {
  std::array<double, 3> d{};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    d[axis] = b.r_A[axis] - a.r_A[axis];
    if (axis < 2) d[axis] -= s.cell_A[axis] * std::round(d[axis] / s.cell_A[axis]);
  }
  return d;
}

inline double distance(const specimen::Structure& s, const specimen::Site& a, const specimen::Site& b) {
  const auto d = apart(s, a, b);
  return std::hypot(d[0], d[1], d[2]);
}

inline double distance_in_plane(const specimen::Structure& s, const specimen::Site& a, const specimen::Site& b) {
  const auto d = apart(s, a, b);
  return std::hypot(d[0], d[1]);
}

inline std::vector<specimen::Site> labelled(const specimen::Structure& s) {
  std::vector<specimen::Site> sites;
  std::copy_if(s.sites.begin(), s.sites.end(), std::back_inserter(sites),
               [](const specimen::Site& site) { return site.label != specimen::SiteClass::lattice; });
  return sites;
}

}  // namespace twinmill::testing

#pragma once
// A small specimen and its microscope. Small cells, coarse grids: identities hold at any sampling.

#include <gtest/gtest.h>

#include <cmath>

#include "twinmill/imaging/simulate.hpp"

namespace twinmill::imaging {

/// Three elements at generic heights.
inline specimen::Structure small() {
  using specimen::Site;
  return {
      .cell_A = {6.4, 5.5, 9},
      .sites = {Site{.z = 42, .r_A = {1.0, 1.2, 4.1}, .index = 0}, Site{.z = 16, .r_A = {2.6, 3.1, 2.5}, .index = 1},
                Site{.z = 16, .r_A = {2.6, 3.1, 5.7}, .index = 2}, Site{.z = 34, .r_A = {4.9, 0.7, 5.75}, .index = 3}}};
}
inline const Multislice coarse{.energy_kev = 80, .grid = {80, 72}, .slice_thickness_A = 0.5};
inline const Optics lens{.semiangle_mrad = 22,
                         .edge = ApertureEdge::area,
                         .aberrations = {{"C10", -40}, {"C30", 4e5}, {"C12", 20}, {"phi12", 0.4}}};
inline const std::vector<Detector> haadf = {{"haadf", 50, 160}};

/// Relative rms: rms of the difference over the mean of `b`.
inline double difference(const Image<double>& a, const Image<double>& b) {
  EXPECT_EQ(a.size(), b.size());
  double sum = 0, mean = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += (a.data[i] - b.data[i]) * (a.data[i] - b.data[i]);
    mean += b.data[i];
  }
  const double n = static_cast<double>(a.size());
  return std::sqrt(sum / n) / std::abs(mean / n);
}

}  // namespace twinmill::imaging

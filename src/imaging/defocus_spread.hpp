#pragma once

#include <cmath>
#include <utility>
#include <vector>

namespace twinmill::imaging {

/// Defoci (A, about 0) and weights (sum 1) that stand for a normal distribution: equal steps converge faster than any
/// power (trapezoidal rule). One defocus without spread.
inline std::vector<std::pair<double, double>> defocus_spread(double sigma_A) {
  if (sigma_A <= 0) return {{0.0, 1.0}};
  constexpr int reach = 16, steps_per_sigma = 4;
  std::vector<std::pair<double, double>> points;
  double sum = 0;
  for (int i = -reach; i <= reach; ++i) {
    const double u = static_cast<double>(i) / steps_per_sigma;
    points.emplace_back(u * sigma_A, std::exp(-u * u / 2));
    sum += points.back().second;
  }
  for (auto& [defocus, weight] : points) weight /= sum;
  return points;
}

}  // namespace twinmill::imaging

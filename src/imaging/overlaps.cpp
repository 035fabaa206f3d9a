#include "overlaps.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::imaging {
namespace {

constexpr std::size_t most_named = 5;
constexpr double bin_A = 1.0;  // Any pair nearer than this stands in neighbouring bins.

}  // namespace

void refuse_overlaps(const specimen::Structure& structure) {
  const auto& cell = structure.cell_A;
  const std::array<int, 2> bins = {std::max(1, static_cast<int>(cell[0] / bin_A)),
                                   std::max(1, static_cast<int>(cell[1] / bin_A))};
  const auto bin_of = [&](double r, std::size_t axis) {
    const double u = r / cell[axis] - std::floor(r / cell[axis]);
    return std::min(static_cast<int>(u * bins[axis]), bins[axis] - 1);
  };
  std::unordered_map<int, std::vector<std::size_t>> by_bin;
  Problems problems;
  std::size_t found = 0;
  for (std::size_t i = 0; i < structure.sites.size(); ++i) {
    const auto& a = structure.sites[i];
    if (a.z == 0) continue;
    const int bx = bin_of(a.r_A[0], 0), by = bin_of(a.r_A[1], 1);
    std::vector<int> near;  // Each bin once, also in cells of one or two bins.
    for (int dx = -1; dx <= 1; ++dx)
      for (int dy = -1; dy <= 1; ++dy)
        near.push_back((bx + dx + bins[0]) % bins[0] * bins[1] + (by + dy + bins[1]) % bins[1]);
    std::sort(near.begin(), near.end());
    near.erase(std::unique(near.begin(), near.end()), near.end());
    for (const int bin : near) {
      for (const std::size_t j : by_bin[bin]) {
        const auto& b = structure.sites[j];
        double square = 0;
        for (std::size_t axis = 0; axis < 3; ++axis) {
          double d = a.r_A[axis] - b.r_A[axis];
          if (axis < 2) d -= cell[axis] * std::round(d / cell[axis]);
          square += d * d;
        }
        if (square >= least_distance_A * least_distance_A || ++found > most_named) continue;
        problems.add(
            cat("atoms ", j + 1, " (", specimen::symbol(b.z), ") and ", i + 1, " (", specimen::symbol(a.z), ")"),
            cat("stand ", rounded_text(std::sqrt(square), 3), " A apart; at least ", least_distance_A, " A is needed"));
      }
    }
    by_bin[bx * bins[1] + by].push_back(i);
  }
  if (found > most_named) problems.add(cat(found - most_named, " more pairs"), "stand too near");
  problems.throw_if_any();
}

}  // namespace twinmill::imaging

#pragma once
// Points of a plane, found by their place.

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace twinmill::specimen {

/// Bins as wide as the reach: what is near stands in the same bin or beside it.
class PointGrid {
 public:
  explicit PointGrid(double reach_A) : reach_A_(reach_A) {}

  void add(std::array<double, 2> p, std::size_t number) { bins_[bin(place(p[0]), place(p[1]))].push_back({p, number}); }

  /// Calls see(number) for every point within the reach of p.
  template <class See>
  void near(std::array<double, 2> p, See see) const {
    for (std::int64_t by = place(p[1]) - 1; by <= place(p[1]) + 1; ++by) {
      for (std::int64_t bx = place(p[0]) - 1; bx <= place(p[0]) + 1; ++bx) {
        const auto found = bins_.find(bin(bx, by));
        if (found == bins_.end()) continue;
        for (const auto& point : found->second) {
          const double dx = point.p[0] - p[0], dy = point.p[1] - p[1];
          if (dx * dx + dy * dy <= reach_A_ * reach_A_) see(point.number);
        }
      }
    }
  }

 private:
  struct Point {
    std::array<double, 2> p{};
    std::size_t number = 0;
  };
  std::int64_t place(double r_A) const { return static_cast<std::int64_t>(std::floor(r_A / reach_A_)); }
  static std::uint64_t bin(std::int64_t x, std::int64_t y) {
    return (static_cast<std::uint64_t>(x) << 32) ^ (static_cast<std::uint64_t>(y) & 0xffffffff);
  }
  double reach_A_;
  std::unordered_map<std::uint64_t, std::vector<Point>> bins_;
};

}  // namespace twinmill::specimen

// Where an atom off the lattice starts: score(r) = min over atoms of (|r - r_atom| - R - R_atom), R the covalent radii.
#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "motifs.hpp"
#include "radii.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::specimen {
namespace {

using Point = std::array<double, 3>;

constexpr double grid_A = 0.2;
constexpr double same_score = 1e-6;       // A
constexpr double same_coordinate = 1e-4;  // A
constexpr double worth_refining = 0.15;   // A: a grid point is at most so far below the hole that it belongs to.
constexpr double bond_factor = 0.95;

struct Ball {
  Point r{};
  double radius = 0;
};

/// All atoms within near_A of the first cell, as balls of the sum of the covalent radii: no bond is longer.
std::vector<Ball> balls_around(const Lattice& lattice, int z) {
  constexpr double near_A = 4.5;
  const auto a1 = lattice.vector({.i = 1}), a2 = lattice.vector({.j = 1});
  const double length = std::max(std::hypot(a1[0], a1[1]), std::hypot(a2[0], a2[1]));
  const double height = std::abs(a1[0] * a2[1] - a1[1] * a2[0]) / length;
  const int n = 1 + static_cast<int>(std::ceil(near_A / height));
  const Point centre{(a1[0] + a2[0]) / 2, (a1[1] + a2[1]) / 2, 0};
  const double corner =
      std::max(std::hypot(a1[0] + a2[0], a1[1] + a2[1]), std::hypot(a1[0] - a2[0], a1[1] - a2[1])) / 2;
  const double farthest = near_A + corner;
  std::vector<Ball> balls;
  for (int j = -n; j <= n; ++j) {
    for (int i = -n; i <= n; ++i) {
      const auto shift = lattice.vector({.i = i, .j = j});
      for (const auto& atom : lattice.basis()) {
        const Point r{atom.r_A[0] + shift[0], atom.r_A[1] + shift[1], atom.r_A[2]};
        if (std::hypot(r[0] - centre[0], r[1] - centre[1]) < farthest)
          balls.push_back({.r = r, .radius = covalent_radius_A(z) + covalent_radius_A(atom.z)});
      }
    }
  }
  return balls;
}

class Holes {
 public:
  Holes(const Lattice& lattice, int z, double low, double high)
      : lattice_(lattice), balls_(balls_around(lattice, z)), low_(low), high_(high) {
    const auto points = [](double length) { return std::max(2, static_cast<int>(std::ceil(length / grid_A))); };
    const auto a1 = lattice.vector({.i = 1}), a2 = lattice.vector({.j = 1});
    n_ = {points(std::hypot(a1[0], a1[1])), points(std::hypot(a2[0], a2[1])), points(high - low) + 1};
    fill();
  }

  Point largest() const {
    std::vector<Point> holes;
    for (const auto& point : peaks()) holes.push_back(refined(point));
    double best = -std::numeric_limits<double>::infinity();
    for (const auto& hole : holes) best = std::max(best, score(hole));
    std::vector<Point> largest;
    for (const auto& hole : holes) {
      if (score(hole) > best - same_score) largest.push_back(rounded(hole));
    }
    return *std::min_element(largest.begin(), largest.end(), [](const Point& a, const Point& b) {
      return std::tie(a[2], a[1], a[0]) < std::tie(b[2], b[1], b[0]);
    });
  }

 private:
  double score(const Point& r) const {
    double least = std::numeric_limits<double>::infinity();
    for (const auto& ball : balls_) {
      const double dx = r[0] - ball.r[0], dy = r[1] - ball.r[1], dz = r[2] - ball.r[2];
      least = std::min(least, std::sqrt(dx * dx + dy * dy + dz * dz) - ball.radius);
    }
    return least;
  }

  Point point(int u, int v, int w) const {
    const auto a1 = lattice_.vector({.i = 1}), a2 = lattice_.vector({.j = 1});
    const double fu = static_cast<double>(u) / n_[0], fv = static_cast<double>(v) / n_[1];
    return {fu * a1[0] + fv * a2[0], fu * a1[1] + fv * a2[1], low_ + (high_ - low_) * w / (n_[2] - 1)};
  }

  // Periodic in u and v.
  std::size_t index(int u, int v, int w) const {
    return static_cast<std::size_t>((((u + n_[0]) % n_[0]) * n_[1] + (v + n_[1]) % n_[1]) * n_[2] + w);
  }

  void fill() {
    grid_.resize(static_cast<std::size_t>(n_[0] * n_[1] * n_[2]));
    for (int u = 0; u < n_[0]; ++u)
      for (int v = 0; v < n_[1]; ++v)
        for (int w = 0; w < n_[2]; ++w) grid_[index(u, v, w)] = score(point(u, v, w));
  }

  bool is_peak(int u, int v, int w) const {
    for (int du = -1; du <= 1; ++du)
      for (int dv = -1; dv <= 1; ++dv)
        for (int other = std::max(w - 1, 0); other <= std::min(w + 1, n_[2] - 1); ++other)
          if (grid_[index(u + du, v + dv, other)] > grid_[index(u, v, w)] + same_score) return false;
    return true;
  }

  // Grid points as high as all around them, near the highest.
  std::vector<Point> peaks() const {
    const double highest = *std::max_element(grid_.begin(), grid_.end());
    std::vector<Point> found;
    for (int u = 0; u < n_[0]; ++u)
      for (int v = 0; v < n_[1]; ++v)
        for (int w = 0; w < n_[2]; ++w)
          if (grid_[index(u, v, w)] > highest - worth_refining && is_peak(u, v, w)) found.push_back(point(u, v, w));
    return found;
  }

  // Uphill on ever finer boxes of points: the score has edges, so no derivatives.
  Point refined(Point at) const {
    double here = score(at);
    for (double step = grid_A; step > 1e-7;) {
      Point best = at;
      for (int k = 0; k < 125; ++k) {
        const int i = k % 5 - 2, j = k / 5 % 5 - 2, l = k / 25 - 2;
        const Point r{at[0] + step * i / 2, at[1] + step * j / 2, std::clamp(at[2] + step * l / 2, low_, high_)};
        const double there = score(r);
        if (there <= here + 1e-12) continue;
        here = there;
        best = r;
      }
      if (best == at) step /= 2;
      at = best;
    }
    return at;
  }

  // In the first cell, to four decimals: rounding decides about nothing that follows.
  Point rounded(const Point& r) const {
    const auto a1 = lattice_.vector({.i = 1}), a2 = lattice_.vector({.j = 1});
    const double area = a1[0] * a2[1] - a1[1] * a2[0];
    const auto whole = [](double f) { return std::floor(f + same_coordinate); };
    const double i = whole((r[0] * a2[1] - r[1] * a2[0]) / area), j = whole((a1[0] * r[1] - a1[1] * r[0]) / area);
    const auto four = [](double x) { return std::round(x / same_coordinate) * same_coordinate + 0.0; };
    return {four(r[0] - i * a1[0] - j * a2[0]), four(r[1] - i * a1[1] - j * a2[1]), four(r[2])};
  }

  const Lattice& lattice_;
  std::vector<Ball> balls_;
  double low_ = 0, high_ = 0;
  std::array<int, 3> n_{};
  std::vector<double> grid_;
};

}  // namespace

BasisAtom largest_hole(const Lattice& lattice, int z, double low_A, double high_A) {
  ensure(low_A < high_A, "a hole needs room between two heights");
  return {.z = z, .r_A = Holes(lattice, z, low_A, high_A).largest()};
}

double landing_height(const Lattice& lattice, std::array<double, 2> at, int z, Side side) {
  const double up = side == Side::top ? 1 : -1;
  double height = -std::numeric_limits<double>::infinity();
  for (const auto& ball : balls_around(lattice, z)) {
    const double bond = bond_factor * ball.radius;
    const double aside = std::hypot(ball.r[0] - at[0], ball.r[1] - at[1]);
    if (aside < bond) height = std::max(height, up * ball.r[2] + std::sqrt(bond * bond - aside * aside));
  }
  ensure(std::isfinite(height), "an adatom finds no atom to land on");
  return up * height;
}

}  // namespace twinmill::specimen

#include "defects.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <tuple>

#include "twinmill/base/error.hpp"

namespace twinmill::train {
namespace {

using Point = std::array<double, 2>;

double distance(const Point& a, const Point& b) { return std::hypot(a[0] - b[0], a[1] - b[1]); }

// Of the nearest two points.
double distance(const Defect& a, const Defect& b) {
  double least = std::numeric_limits<double>::infinity();
  for (const auto& p : a.where)
    for (const auto& q : b.where) least = std::min(least, distance(p, q));
  return least;
}

bool near_border(const Point& p, const PixelGrid& grid, double margin_A) {
  return p[0] < margin_A || p[1] < margin_A || p[0] > grid.width * grid.pixel_x_A - margin_A ||
         p[1] > grid.height * grid.pixel_y_A - margin_A;
}

Point centre_of(std::span<const Point> points) {
  Point sum = {0, 0};
  for (const auto& p : points) sum = {sum[0] + p[0], sum[1] + p[1]};
  const auto n = static_cast<double>(points.size());
  return {sum[0] / n, sum[1] / n};
}

Defect defect_at(std::uint8_t label, const std::vector<Point>& sites, const PixelGrid& grid, double margin_A) {
  Defect defect{.label = label, .where = {centre_of(sites)}};
  if (sites.size() > 1) defect.where.insert(defect.where.end(), sites.begin(), sites.end());
  defect.at_border = std::any_of(defect.where.begin(), defect.where.end(),
                                 [&](const Point& p) { return near_border(p, grid, margin_A); });
  return defect;
}

}  // namespace

std::vector<Defect> true_defects(std::span<const store::AtomRow> atoms, const PixelGrid& grid,
                                 const DefectRules& rules) {
  // Two discs whose rims are a pixel apart touch on the grid.
  const double reach = 2 * rules.label_radius_A + std::max(grid.pixel_x_A, grid.pixel_y_A);
  std::vector<std::uint8_t> labels;
  std::vector<Point> at;
  for (const auto& atom : atoms) {
    if (atom.label == 0) continue;
    labels.push_back(atom.label);
    at.push_back({(atom.x_px + 0.5) * grid.pixel_x_A, (atom.y_px + 0.5) * grid.pixel_y_A});
  }
  std::vector<Defect> defects;
  std::vector<bool> taken(at.size(), false);
  for (std::size_t first = 0; first < at.size(); ++first) {
    if (taken[first]) continue;
    std::vector<std::size_t> members = {first};
    taken[first] = true;
    for (std::size_t m = 0; m < members.size(); ++m) {
      for (std::size_t other = first + 1; other < at.size(); ++other) {
        if (taken[other] || labels[other] != labels[first] || distance(at[members[m]], at[other]) > reach) continue;
        taken[other] = true;
        members.push_back(other);
      }
    }
    std::vector<Point> sites;
    for (const std::size_t m : members) sites.push_back(at[m]);
    defects.push_back(defect_at(labels[first], sites, grid, rules.label_radius_A));
  }
  return defects;
}

std::vector<Defect> found_defects(std::span<const std::uint8_t> mask, const PixelGrid& grid, const DefectRules& rules) {
  const int width = grid.width, height = grid.height;
  ensure(mask.size() == static_cast<std::size_t>(width) * static_cast<std::size_t>(height), "a mask fits its grid");
  ensure(grid.pixel_x_A > 0 && grid.pixel_y_A > 0, "pixels have a size");
  const double disc = std::numbers::pi * rules.label_radius_A * rules.label_radius_A;
  const double smallest = rules.smallest_area * disc / (grid.pixel_x_A * grid.pixel_y_A);  // pixels
  std::vector<Defect> defects;
  std::vector<bool> seen(mask.size(), false);
  std::vector<int> region;
  for (int start = 0; start < width * height; ++start) {
    if (seen[static_cast<std::size_t>(start)] || mask[static_cast<std::size_t>(start)] == 0) continue;
    const std::uint8_t label = mask[static_cast<std::size_t>(start)];
    region.assign(1, start);
    seen[static_cast<std::size_t>(start)] = true;
    double sum_x = 0, sum_y = 0;
    for (std::size_t i = 0; i < region.size(); ++i) {
      const int x = region[i] % width, y = region[i] / width;
      sum_x += x;
      sum_y += y;
      for (int ny = std::max(0, y - 1); ny <= std::min(height - 1, y + 1); ++ny) {
        for (int nx = std::max(0, x - 1); nx <= std::min(width - 1, x + 1); ++nx) {
          const auto at = static_cast<std::size_t>(ny * width + nx);
          if (seen[at] || mask[at] != label) continue;
          seen[at] = true;
          region.push_back(static_cast<int>(at));
        }
      }
    }
    const auto pixels = static_cast<double>(region.size());
    if (pixels < smallest) continue;
    const Point centre = {(sum_x / pixels + 0.5) * grid.pixel_x_A, (sum_y / pixels + 0.5) * grid.pixel_y_A};
    defects.push_back(defect_at(label, {centre}, grid, rules.label_radius_A));
  }
  return defects;
}

std::vector<DefectPair> match_defects(std::span<const Defect> truth, std::span<const Defect> found,
                                      const DefectRules& rules) {
  const double radius = rules.match_radius_A > 0 ? rules.match_radius_A : rules.label_radius_A;
  struct Candidate {
    bool other_class = false;
    double distance = 0;
    std::size_t truth = 0, found = 0;
  };
  std::vector<Candidate> candidates;
  for (std::size_t t = 0; t < truth.size(); ++t) {
    for (std::size_t f = 0; f < found.size(); ++f) {
      const double d = distance(truth[t], found[f]);
      if (d <= radius)
        candidates.push_back({.other_class = truth[t].label != found[f].label, .distance = d, .truth = t, .found = f});
    }
  }
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return std::tie(a.other_class, a.distance, a.truth, a.found) <
           std::tie(b.other_class, b.distance, b.truth, b.found);
  });
  std::vector<bool> true_taken(truth.size(), false), found_taken(found.size(), false);
  std::vector<DefectPair> pairs;
  for (const auto& c : candidates) {
    if (true_taken[c.truth] || found_taken[c.found]) continue;
    true_taken[c.truth] = found_taken[c.found] = true;
    if (!truth[c.truth].at_border) pairs.push_back({.truth = truth[c.truth].label, .found = found[c.found].label});
  }
  for (std::size_t t = 0; t < truth.size(); ++t)
    if (!true_taken[t] && !truth[t].at_border) pairs.push_back({.truth = truth[t].label, .found = 0});
  for (std::size_t f = 0; f < found.size(); ++f)
    if (!found_taken[f] && !found[f].at_border) pairs.push_back({.truth = 0, .found = found[f].label});
  return pairs;
}

}  // namespace twinmill::train

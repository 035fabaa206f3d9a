#include "twinmill/specimen/summary.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "point_grid.hpp"
#include "raw.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::specimen {
namespace {

using Vector = std::array<double, 3>;

double dot(const Vector& a, const Vector& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
double length(const Vector& a) { return std::sqrt(dot(a, a)); }
Vector cross(const Vector& a, const Vector& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}
double angle_deg(const Vector& a, const Vector& b) {
  return std::acos(std::clamp(dot(a, b) / (length(a) * length(b)), -1.0, 1.0)) * 180 / std::numbers::pi;
}

Vector position_A(const RawStructure& raw, const Site& site) {
  if (!raw.direct) return site.r_A;
  Vector r{};
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t k = 0; k < 3; ++k) r[k] += site.r_A[i] * raw.vectors[i][k];
  return r;
}

std::string formula_of(const std::map<int, int>& atoms) {
  std::map<std::string, int> by_symbol;
  for (const auto& [z, count] : atoms) by_symbol[std::string(symbol(z))] = count;
  std::string formula;
  for (const auto& [text, count] : by_symbol) formula += cat(text, count > 1 ? std::to_string(count) : "");
  return formula;
}

// A sheet may lie across the cell's face: its thickness is the cell's height without the widest gap.
double thickness_of(std::vector<double> heights, double period_A) {
  if (heights.empty()) return 0;
  std::ranges::sort(heights);
  if (!(period_A > 0)) return heights.back() - heights.front();
  for (double& z : heights) z -= period_A * std::floor(z / period_A);
  std::ranges::sort(heights);
  double widest = heights.front() + period_A - heights.back();
  for (std::size_t i = 0; i + 1 < heights.size(); ++i) widest = std::max(widest, heights[i + 1] - heights[i]);
  return period_A - widest;
}

struct Atom {
  int z = 0;
  Vector r_A{};
};

/// Shifts by cell vectors that can bring an atom of one cell within reach of another one.
std::vector<Vector> shifts_of(const RawStructure& raw) {
  const Vector a = raw.vectors[0], b = raw.vectors[1], c = raw.vectors[2];
  const double volume = std::abs(dot(a, cross(b, c)));
  const std::array<double, 3> height{volume / length(cross(b, c)), volume / length(cross(c, a)),
                                     volume / length(cross(a, b))};
  std::array<int, 3> n{};
  // Positions are not wrapped: one cell more.
  for (std::size_t i = 0; i < 3; ++i)
    n[i] = raw.periodic[i] ? static_cast<int>(std::ceil(distances_up_to_A / height[i])) + 1 : 0;
  std::vector<Vector> shifts;
  for (int i = -n[0]; i <= n[0]; ++i)
    for (int j = -n[1]; j <= n[1]; ++j)
      for (int k = -n[2]; k <= n[2]; ++k)
        shifts.push_back(
            {i * a[0] + j * b[0] + k * c[0], i * a[1] + j * b[1] + k * c[1], i * a[2] + j * b[2] + k * c[2]});
  return shifts;
}

std::vector<NearestDistance> distances_of(const RawStructure& raw, const std::vector<Atom>& atoms) {
  if (atoms.empty()) return {};
  Vector low = atoms.front().r_A, high = low;
  for (const auto& atom : atoms) {
    for (std::size_t k = 0; k < 3; ++k) {
      low[k] = std::min(low[k], atom.r_A[k] - distances_up_to_A);
      high[k] = std::max(high[k], atom.r_A[k] + distances_up_to_A);
    }
  }
  PointGrid grid(distances_up_to_A);
  std::vector<Atom> images;
  for (const auto& shift : shifts_of(raw)) {
    for (const auto& atom : atoms) {
      Atom image = atom;
      bool near = true;
      for (std::size_t k = 0; k < 3; ++k) {
        image.r_A[k] += shift[k];
        near = near && image.r_A[k] >= low[k] && image.r_A[k] <= high[k];
      }
      if (!near) continue;
      grid.add({image.r_A[0], image.r_A[1]}, images.size());
      images.push_back(image);
    }
  }
  std::map<std::pair<int, int>, double> least;
  constexpr double itself_A = 1e-6;
  for (const auto& atom : atoms) {
    grid.near({atom.r_A[0], atom.r_A[1]}, [&](std::size_t other) {
      const auto& image = images[other];
      const double d = std::hypot(image.r_A[0] - atom.r_A[0], image.r_A[1] - atom.r_A[1], image.r_A[2] - atom.r_A[2]);
      if (d < itself_A || d > distances_up_to_A) return;
      const auto [found, fresh] = least.try_emplace({std::max(atom.z, image.z), std::min(atom.z, image.z)}, d);
      if (!fresh) found->second = std::min(found->second, d);
    });
  }
  std::vector<NearestDistance> all;
  for (const auto& [pair, d] : least) all.push_back({pair.first, pair.second, d});
  std::ranges::sort(all, {}, &NearestDistance::distance_A);
  return all;
}

const char* format_text(const std::filesystem::path& path) {
  switch (format_of_file(path)) {
    case Format::extxyz:
      return "extxyz";
    case Format::poscar:
      return "POSCAR";
    case Format::cif:
      return "CIF";
    case Format::unknown:
      break;
  }
  return "unknown";
}

}  // namespace

Summary summary(const std::filesystem::path& path) {
  const RawStructure raw = read_raw(path);
  Summary s;
  s.format = format_text(path);
  s.periodic = raw.periodic;
  for (std::size_t i = 0; i < 3; ++i) {
    s.lengths_A[i] = length(raw.vectors[i]);
    s.angles_deg[i] = angle_deg(raw.vectors[(i + 1) % 3], raw.vectors[(i + 2) % 3]);
  }
  std::vector<Atom> atoms;
  std::vector<double> heights;
  for (const auto& site : raw.sites) {
    ++s.labels[site.label];
    ++s.atoms[site.z];
    atoms.push_back({site.z, position_A(raw, site)});
    heights.push_back(atoms.back().r_A[2]);
  }
  s.formula = formula_of(s.atoms);
  const Vector normal = cross(raw.vectors[0], raw.vectors[1]);
  const double period_A = raw.periodic[2] ? std::abs(dot(raw.vectors[2], normal)) / length(normal) : 0;
  s.thickness_A = thickness_of(std::move(heights), period_A);
  s.distances = distances_of(raw, atoms);
  try {
    s.structure = read_structure(path);
  } catch (const Error& e) {
    s.refusal = e.what();
  }
  try {
    s.parent = read_parent(path);
  } catch (const Error&) {
    // Most structures are no parents: that is no mistake.
    s.parent.reset();
  }
  return s;
}

}  // namespace twinmill::specimen

// A random sequential arrangement: each defect takes one of the free places, in random order; where none is left, the
// one before moves on. Sites are taken once, and atoms off the lattice keep clear of each other.
#include "arrange.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "cell.hpp"
#include "radii.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::specimen {
namespace {

// Atoms off the lattice stand at least so far apart, in sums of covalent radii.
constexpr double clearance = 0.7;
// How long to look for room: places tried in one go, some for each site, and new starts.
constexpr std::int64_t least_tries = 20'000, tries_per_site = 20;
constexpr int most_starts = 5;

}  // namespace

struct Arranger::Search {
  const std::vector<const std::vector<Motif>*>& slots;
  RandomStream& random;
  std::int64_t tries_left = 0;
};

Arranger::Arranger(const Lattice& lattice, Structure pristine, double min_distance_A)
    : lattice_(lattice),
      structure_(std::move(pristine)),
      min_distance_A_(min_distance_A),
      taken_(structure_.sites.size(), 0) {}

Arranger::Placed Arranger::at(const Motif& motif, Cell cell) const {
  Placed placed{.sites = {}, .extras = {}, .points = {}, .label = motif.label};
  for (const auto& p : motif.places) {
    const int site = lattice_.site({.i = cell.i + p.cell.i, .j = cell.j + p.cell.j}, p.k);
    const auto& r = structure_.sites[static_cast<std::size_t>(site)].r_A;
    placed.sites.emplace_back(site, p.z);
    placed.points.push_back({r[0], r[1]});
  }
  if (motif.extra) {
    const auto shift = lattice_.vector(cell);
    Site extra{.z = motif.extra->z, .label = motif.label};
    for (std::size_t axis = 0; axis < 2; ++axis)
      extra.r_A[axis] = wrap(motif.extra->r_A[axis] + shift[axis], structure_.cell_A[axis]);
    extra.r_A[2] = structure_.cell_A[2] / 2 + motif.extra->r_A[2];
    placed.extras.push_back(extra);
    placed.points.push_back({extra.r_A[0], extra.r_A[1]});
  }
  return placed;
}

std::array<double, 2> Arranger::apart(const std::array<double, 2>& a, const std::array<double, 2>& b) const {
  std::array<double, 2> d{};
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const double length = structure_.cell_A[axis];
    d[axis] = a[axis] - b[axis];
    d[axis] -= length * std::round(d[axis] / length);
  }
  return d;
}

bool Arranger::fits(const Placed& candidate) const {
  for (const auto& [site, z] : candidate.sites) {
    if (taken_[static_cast<std::size_t>(site)] != 0) return false;
  }
  constexpr double rounding = 1e-9;
  for (const auto& other : placed_) {
    if (min_distance_A_ > 0) {
      for (const auto& p : candidate.points) {
        for (const auto& q : other.points) {
          const auto d = apart(p, q);
          if (std::hypot(d[0], d[1]) < min_distance_A_ - rounding) return false;
        }
      }
    }
    for (const auto& a : candidate.extras) {
      for (const auto& b : other.extras) {
        const auto d = apart({a.r_A[0], a.r_A[1]}, {b.r_A[0], b.r_A[1]});
        const double bond = covalent_radius_A(a.z) + covalent_radius_A(b.z);
        if (std::hypot(d[0], d[1], a.r_A[2] - b.r_A[2]) < clearance * bond) return false;
      }
    }
  }
  return true;
}

void Arranger::push(Placed placed) {
  for (const auto& [site, z] : placed.sites) taken_[static_cast<std::size_t>(site)] = 1;
  placed_.push_back(std::move(placed));
}

void Arranger::pop() {
  for (const auto& [site, z] : placed_.back().sites) taken_[static_cast<std::size_t>(site)] = 0;
  placed_.pop_back();
}

bool Arranger::search(Search& search, std::size_t level) {
  if (level == search.slots.size()) return true;
  const auto& motifs = *search.slots[level];
  const auto [nx, ny] = lattice_.cells();
  const std::size_t cells = placed_.empty() ? 1 : static_cast<std::size_t>(nx) * static_cast<std::size_t>(ny);
  std::vector<std::uint32_t> candidates(motifs.size() * cells);
  std::iota(candidates.begin(), candidates.end(), 0U);
  for (std::size_t left = candidates.size(); left > 0; --left) {
    if (--search.tries_left < 0) return false;
    std::swap(candidates[left - 1], candidates[search.random.below(left)]);
    const auto chosen = candidates[left - 1];
    const auto cell = static_cast<int>(chosen / motifs.size());
    Placed candidate = at(motifs[chosen % motifs.size()], {.i = cell % nx, .j = cell / nx});
    if (!fits(candidate)) continue;
    push(std::move(candidate));
    if (this->search(search, level + 1)) return true;
    pop();
  }
  return false;
}

bool Arranger::place(const std::vector<const std::vector<Motif>*>& slots, RandomStream& random) {
  for (int start = 0; start < most_starts; ++start) {
    Search search{.slots = slots,
                  .random = random,
                  .tries_left = least_tries + tries_per_site * static_cast<std::int64_t>(structure_.sites.size())};
    if (this->search(search, 0)) {
      apply();
      return true;
    }
    if (search.tries_left >= 0) break;  // Every possibility was tried.
  }
  return false;
}

void Arranger::apply() {
  for (; applied_ < placed_.size(); ++applied_) {
    const auto& placed = placed_[applied_];
    for (const auto& [index, z] : placed.sites) {
      auto& site = structure_.sites[static_cast<std::size_t>(index)];
      site.z = z;
      site.label = placed.label;
    }
    for (auto extra : placed.extras) {
      extra.index = static_cast<int>(structure_.sites.size());
      structure_.sites.push_back(extra);
    }
  }
}

}  // namespace twinmill::specimen

// Rotations, boundaries and damage: which of them a structure gets.

#include <algorithm>
#include <cmath>

#include "plan_parts.hpp"
#include "twinmill/base/random.hpp"

namespace twinmill::campaign {
namespace {

constexpr int most_tries = 1000;  // of drawing an operation that is not there yet

double rounded(double value, double step) { return std::round(value / step) * step; }

double between(RandomStream& random, double low, double high) { return low + (high - low) * random.uniform(); }

template <class T>
const T& one_of(RandomStream& random, const std::vector<T>& list) {
  return list[random.below(list.size())];
}

/// What the axes leave open is drawn by a stream of the operation's own: where the boundary runs, how many atoms go.
void complete(Operation& o, const Spec& spec, const Hash128& structure, bool damaged) {
  const auto& g = spec.geometry;
  Hasher hash;
  hash.add("operation").add(structure).add(o.rotation_deg).add(o.boundary ? 1 : 0);
  hash.add(o.boundary_rotation_deg).add(o.gap_A).add(damaged ? 1 : 0);
  o.key = hash.digest();
  RandomStream random(o.key, "geometry");
  if (o.boundary) {
    // Both grains are seen in any field: its centre is never farther from the boundary than a sixth of a side.
    const double reach = std::min(spec.scan.field_A[0], spec.scan.field_A[1]) / 6;
    o.angle_deg = rounded(between(random, 0, 360), 0.01);
    o.offset_A = rounded(between(random, -reach, reach), 0.01);
  }
  if (damaged) {
    const auto least = static_cast<std::uint64_t>(g.damage_atoms[0]),
               most = static_cast<std::uint64_t>(g.damage_atoms[1]);
    o.damage_atoms = static_cast<int>(least + random.below(most - least + 1));
  }
}

std::vector<Operation> all_of(const Spec& spec, const Hash128& structure) {
  const auto& g = spec.geometry;
  std::vector<Operation> all;
  for (const auto& damage : g.damage) {
    const auto add = [&](Operation o) {
      complete(o, spec, structure, damage == "beam");
      all.push_back(o);
    };
    for (const double rotation : g.rotations_deg) add({.rotation_deg = rotation});
    for (const double rotation : g.boundary_rotations_deg)
      for (const double gap : g.boundary_gaps_A)
        add({.boundary = true, .boundary_rotation_deg = rotation, .gap_A = gap});
  }
  return all;
}

Operation drawn(const Spec& spec, const Hash128& structure, RandomStream& random) {
  const auto& g = spec.geometry;
  Operation o;
  o.boundary = !g.boundary_rotations_deg.empty() && random.below(2) == 1;
  if (o.boundary) {
    o.boundary_rotation_deg = one_of(random, g.boundary_rotations_deg);
    const auto [low, high] = std::ranges::minmax(g.boundary_gaps_A);
    o.gap_A = rounded(between(random, low, high), 0.01);
  } else {
    o.rotation_deg = one_of(random, g.rotations_deg);
  }
  complete(o, spec, structure, one_of(random, g.damage) == "beam");
  return o;
}

std::vector<Operation> drawn_of(const Spec& spec, const Hash128& structure) {
  RandomStream random(structure, "operations");
  std::vector<Operation> all;
  for (int tries = 0; static_cast<int>(all.size()) < spec.geometry.draws && tries < most_tries; ++tries) {
    const Operation o = drawn(spec, structure, random);
    if (std::ranges::find(all, o) == all.end()) all.push_back(o);
  }
  return all;
}

auto order(const Operation& o) {
  return std::tuple(o.field(), o.boundary, o.rotation_deg, o.boundary_rotation_deg, o.gap_A, o.damage_atoms);
}

}  // namespace

double operation_count(const Spec& spec) {
  const auto& g = spec.geometry;
  if (g.choice == "draw") return g.draws;
  const auto size = [](const auto& list) { return static_cast<double>(list.size()); };
  return (size(g.rotations_deg) + size(g.boundary_rotations_deg) * size(g.boundary_gaps_A)) * size(g.damage);
}

std::vector<Operation> operations_of(const Spec& spec, const Hash128& structure) {
  auto all = spec.geometry.choice == "draw" ? drawn_of(spec, structure) : all_of(spec, structure);
  std::ranges::sort(all, [](const Operation& a, const Operation& b) { return order(a) < order(b); });
  return all;
}

}  // namespace twinmill::campaign

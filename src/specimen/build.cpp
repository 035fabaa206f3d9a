// The orthogonal supercell. The hexagonal lattice has a1 = a (1, 0) and a2 = a (1/2, sqrt(3)/2); row j of the supercell
// holds the points j a2 + i a1, brought back into [0, nx a). Each carries, relative to the metal at (0, 0, 0),
//   H: anions at ((a1 + a2)/3, +t/2) and ((a1 + a2)/3, -t/2)
//   T: anions at ((a1 + a2)/3, +t/2) and (2 (a1 + a2)/3, -t/2)
// so that every metal has six anions at d = sqrt(a^2/3 + t^2/4).
#include "twinmill/specimen/build.hpp"

#include <cmath>
#include <cstdint>
#include <vector>

#include "cell.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/random.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::specimen {
namespace {

// Place of the first metal, in units of a. Rows of atoms are a/2 apart along x and a sqrt(3)/6 along y, so this keeps
// every atom well inside the cell's faces and off the nodes of any regular grid.
constexpr double offset_x = 0.23, offset_y = 0.13;
constexpr std::int64_t most_atoms = 10'000'000;

enum class Sublattice { metal, anion };

bool is_transition_metal(int z) {
  return (z >= 21 && z <= 30) || (z >= 39 && z <= 48) || z == 57 || (z >= 71 && z <= 80);
}

int dopant_number(const Recipe& recipe, const Parent& host) {
  const std::string what = recipe.dopant.empty() ? "dopant is missing" : cat("dopant = ", recipe.dopant);
  if (recipe.defect != SiteClass::dopant) {
    if (recipe.dopant.empty()) return 0;
    throw Error(Fault::input, cat(what, " (the defect is ", name(recipe.defect), "). Leave it out?"));
  }
  if (recipe.dopant.empty()) throw Error(Fault::input, cat(what, " (the defect is a dopant). Name an element?"));
  const int z = atomic_number(recipe.dopant);
  if (z == 0) {
    const std::string likely = nearest(recipe.dopant, symbols());
    throw Error(Fault::input,
                cat(what, " (no such element)", likely.empty() ? "" : cat(". Did you mean ", likely, "?")));
  }
  if (!is_transition_metal(z)) throw Error(Fault::input, cat(what, " (not a transition metal)"));
  if (recipe.dopant == host.metal) throw Error(Fault::input, cat(what, " (", host.id, " has this metal already)"));
  return z;
}

Sublattice sublattice_of(SiteClass defect) {
  switch (defect) {
    case SiteClass::anion_vacancy:
    case SiteClass::metal_on_anion:
      return Sublattice::anion;
    case SiteClass::metal_vacancy:
    case SiteClass::anion_on_metal:
    case SiteClass::dopant:
      return Sublattice::metal;
    case SiteClass::lattice:
    case SiteClass::count_:
      break;
  }
  throw Error(Fault::bug, "this class has no sublattice");
}

int occupant(SiteClass defect, const Parent& host, int dopant) {
  switch (defect) {
    case SiteClass::anion_vacancy:
    case SiteClass::metal_vacancy:
      return 0;
    case SiteClass::metal_on_anion:
      return atomic_number(host.metal);
    case SiteClass::anion_on_metal:
      return atomic_number(host.anion);
    case SiteClass::dopant:
      return dopant;
    case SiteClass::lattice:
    case SiteClass::count_:
      break;
  }
  throw Error(Fault::bug, "this class has no occupant");
}

}  // namespace

Structure pristine(const Parent& host, std::array<int, 2> supercell) {
  const auto [nx, ny] = supercell;
  const std::string what = cat("supercell = ", nx, "x", ny);
  if (nx < 1 || ny < 1) throw Error(Fault::input, cat(what, " (both numbers must be positive)"));
  if (ny % 2 != 0)
    throw Error(Fault::input,
                cat(what, " (the second number must be even for an orthogonal cell). Use ", nx, "x", ny + 1, "?"));
  if (std::int64_t{3} * nx * ny > most_atoms)
    throw Error(Fault::input, cat(what, " (more than ", count_text(most_atoms), " atoms)"));
  const double a = host.a_A, t = host.thickness_A, row = a * std::sqrt(3.0) / 2;
  const double hollow = a / (2 * std::sqrt(3.0));  // y of (a1 + a2)/3, whose x is a/2.
  const double middle = cell_height_A / 2;
  const int metal = atomic_number(host.metal), anion = atomic_number(host.anion);
  Structure structure{.cell_A = {nx * a, ny * row, cell_height_A}, .sites = {}};
  structure.sites.reserve(std::size_t{3} * static_cast<std::size_t>(nx) * static_cast<std::size_t>(ny));
  const auto add = [&](int z, double x, double y, double height) {
    structure.sites.push_back({.z = z,
                               .r_A = {wrap(x, structure.cell_A[0]), wrap(y, structure.cell_A[1]), height},
                               .index = static_cast<int>(structure.sites.size())});
  };
  for (int j = 0; j < ny; ++j) {
    for (int i = 0; i < nx; ++i) {
      const double x = (offset_x + i + 0.5 * (j % 2)) * a, y = offset_y * a + j * row;
      add(metal, x, y, middle);
      add(anion, x + a / 2, y + hollow, middle + t / 2);
      if (host.phase == Phase::H)
        add(anion, x + a / 2, y + hollow, middle - t / 2);
      else
        add(anion, x + a, y + 2 * hollow, middle - t / 2);
    }
  }
  return structure;
}

Structure build(const Recipe& recipe) {
  const Parent& host = parent(recipe.parent);
  Structure structure = pristine(host, recipe.supercell);
  const int dopant = dopant_number(recipe, host);
  if (recipe.defect == SiteClass::lattice) return structure;
  const int wanted = atomic_number(sublattice_of(recipe.defect) == Sublattice::metal ? host.metal : host.anion);
  std::vector<std::size_t> candidates;
  for (std::size_t i = 0; i < structure.sites.size(); ++i) {
    if (structure.sites[i].z == wanted) candidates.push_back(i);
  }
  RandomStream random(recipe.key, "defect sites");
  Site& site = structure.sites[candidates[random.below(candidates.size())]];
  site.z = occupant(recipe.defect, host, dopant);
  site.label = recipe.defect;
  return structure;
}

}  // namespace twinmill::specimen

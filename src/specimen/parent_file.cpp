// Parents from files, and what makes a cell of atoms a parent.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "rectangle.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/specimen/parents.hpp"

namespace twinmill::specimen {
namespace {

// Two layers, or something else.
constexpr double thickest_A = 6.0;

[[noreturn]] void fail(const std::string& name, const std::string& problem) {
  throw Error(Fault::input, cat(name, ": ", problem));
}

struct Elements {
  int metal = 0, anion = 0;
};

Elements elements_of(const Structure& cell, const std::string& name) {
  std::map<int, int> count;
  for (const auto& site : cell.sites) ++count[site.z];
  std::vector<std::string> words;
  for (const auto& [z, n] : count) words.push_back(cat(n, " ", symbol(z)));
  if (count.size() == 2) {
    const auto [first, second] = std::pair(*count.begin(), *std::next(count.begin()));
    if (second.second == 2 * first.second) return {.metal = first.first, .anion = second.first};
    if (first.second == 2 * second.second) return {.metal = second.first, .anion = first.first};
  }
  fail(name, cat(list_text(words), " atoms (no layer MX2: one metal for two others is needed)"));
}

// Where to cut a stack of sheets that repeats along z: in the middle of the widest gap between anions.
double cut_of(const Structure& cell, int anion) {
  std::vector<std::pair<double, int>> atoms;
  for (const auto& site : cell.sites) atoms.emplace_back(site.r_A[2], site.z);
  std::sort(atoms.begin(), atoms.end());
  double widest = -1, at = 0;
  for (std::size_t i = 0; i < atoms.size(); ++i) {
    const auto& below = atoms[i];
    auto above = atoms[(i + 1) % atoms.size()];
    if (i + 1 == atoms.size()) above.first += cell.cell_A[2];
    if (below.second != anion || above.second != anion || above.first - below.first <= widest + 1e-6) continue;
    widest = above.first - below.first;
    at = (above.first + below.first) / 2;
  }
  return at;
}

// Where a face of a periodic cell is farthest from the atoms: near the middle of the widest gap, a little off it so
// that a face is no plane of symmetry and atoms stay off the nodes of regular grids.
double face_of(const std::vector<BasisAtom>& atoms, std::size_t axis, double length) {
  constexpr double off_middle = 0.46, same = 1e-6;
  std::vector<double> places;
  for (const auto& atom : atoms) places.push_back(atom.r_A[axis]);
  std::sort(places.begin(), places.end());
  places.push_back(places.front() + length);
  double widest = 0, face = 0;
  for (std::size_t i = 0; i + 1 < places.size(); ++i) {
    const double gap = places[i + 1] - places[i];
    if (gap <= widest + same) continue;
    widest = gap;
    face = places[i] + off_middle * gap;
  }
  return face;
}

}  // namespace

Parent parent_of(const RectangularCell& cell, const std::string& name) {
  const auto& structure = cell.structure;
  const auto elements = elements_of(structure, name);
  Parent p;
  p.id = name;
  p.phase = Phase::file;
  p.strain = cell.strain;
  p.metal = symbol(elements.metal);
  p.anion = symbol(elements.anion);
  p.formula = cat(p.metal, p.anion, "2");
  p.formation_energy = std::numeric_limits<double>::quiet_NaN();
  p.unit_A = {structure.cell_A[0], structure.cell_A[1]};
  p.a_A = p.unit_A[0];
  const double cut = cut_of(structure, elements.anion);
  double lowest = std::numeric_limits<double>::infinity(), highest = -lowest;
  for (const auto& site : structure.sites) {
    const double z = wrap(site.r_A[2] - cut, structure.cell_A[2]);
    p.basis.push_back({.z = site.z, .r_A = {site.r_A[0], site.r_A[1], z}});
    if (site.z != elements.anion) continue;
    lowest = std::min(lowest, z);
    highest = std::max(highest, z);
  }
  p.thickness_A = highest - lowest;
  if (p.thickness_A > thickest_A)
    fail(name,
         cat("atoms over ", rounded_text(p.thickness_A, 3), " A along z (more than one layer). Keep a single one?"));
  const double mid = (lowest + highest) / 2;
  const std::array<double, 2> face{face_of(p.basis, 0, p.unit_A[0]), face_of(p.basis, 1, p.unit_A[1])};
  for (auto& atom : p.basis) {
    for (std::size_t axis = 0; axis < 2; ++axis) atom.r_A[axis] = wrap(atom.r_A[axis] - face[axis], p.unit_A[axis]);
    atom.r_A[2] -= mid;
  }
  return p;
}

bool is_parent_file(const std::string& name) { return format_of_name(name) != Format::unknown; }

Parent read_parent(const std::filesystem::path& path) {
  Parent p = parent_of(rectangular(read_raw(path), most_parent_strain), path.string());
  p.source = path.filename().string();
  return p;
}

}  // namespace twinmill::specimen

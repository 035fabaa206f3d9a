#include "twinmill/specimen/field.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>
#include <tuple>

#include "cut.hpp"
#include "periodic_images.hpp"
#include "point_grid.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/random.hpp"

namespace twinmill::specimen {
namespace {

constexpr double vacuum_A = 3;            // At least, above a lifted grain.
constexpr double same_distance_A = 1e-6;  // Neighbours of a lattice are as far as one another but for rounding.

void check_finite(double value, std::string_view what, std::string_view unit) {
  if (!std::isfinite(value)) throw Error(Fault::input, cat(what, " = ", value, unit, " (must be finite)"));
}

void check(const FieldRecipe& recipe) {
  if (recipe.damage_atoms < 0)
    throw Error(Fault::input, cat("damage = ", recipe.damage_atoms, " atoms (must not be negative)"));
  if (!recipe.boundary) return;
  check_finite(recipe.boundary->rotation_deg, "rotation of the second grain", " degrees");
  check_finite(recipe.boundary->gap_A, "gap between the grains", " A");
  check_finite(recipe.boundary->angle_deg, "angle of the boundary", " degrees");
  check_finite(recipe.boundary->offset_A, "offset of the boundary", " A");
}

// Where the boundary runs in the field's cell.
class Line {
 public:
  Line(const Boundary& boundary, const std::array<double, 3>& cell)
      : normal_(cos_sin(boundary.angle_deg)), centre_{cell[0] / 2, cell[1] / 2}, boundary_(boundary) {}

  // Distance beyond the line, towards the second grain.
  double beyond(const Site& site) const {
    return normal_[0] * (site.r_A[0] - centre_[0]) + normal_[1] * (site.r_A[1] - centre_[1]) - boundary_.offset_A;
  }

  // What stands on an edge by all but rounding stands there exactly.
  bool keeps(const Site& site) const {
    const double s = beyond(site), half = boundary_.gap_A / 2;
    return site.grain == 0 ? s < -half - same_length : s >= half - same_length;
  }

 private:
  std::array<double, 2> normal_;
  std::array<double, 2> centre_;
  Boundary boundary_;
};

// A field in the making, and what its grains have lost within the cell.
struct Draft {
  Structure field;
  std::vector<Site> lost;
};

double height_above_overlap(const Draft& draft, const Line& line, double overlap_A) {
  const double reach = overlap_A / 2 + label_clearance_A;
  double top = -std::numeric_limits<double>::infinity(), bottom = -top;
  for (const auto& site : draft.field.sites) {
    if (site.z == 0 || std::abs(line.beyond(site)) > reach) continue;
    if (site.grain == 0)
      top = std::max(top, site.r_A[2]);
    else
      bottom = std::min(bottom, site.r_A[2]);
  }
  return std::max(0.0, top - bottom + interlayer_gap_A);  // Not finite where they do not meet: 0.
}

void lift_second_grain(Draft& draft, const Line& line, double overlap_A) {
  const double lift = height_above_overlap(draft, line, overlap_A);
  double highest = 0;
  for (auto& site : draft.field.sites) {
    if (site.grain > 0) site.r_A[2] += lift;
    if (site.z > 0) highest = std::max(highest, site.r_A[2]);
  }
  // A whole number of angstrom, so that the slices are those of the sheet alone.
  if (lift > 0) draft.field.cell_A[2] = std::max(draft.field.cell_A[2], std::ceil(highest + vacuum_A));
}

Draft two_grains(const Structure& sheet, const View& view, const FieldRecipe& recipe) {
  const Boundary& boundary = *recipe.boundary;
  RandomStream random(recipe.key, "second grain");
  View second = view;
  second.rotation_deg += boundary.rotation_deg;
  for (std::size_t axis = 0; axis < 2; ++axis) second.origin_A[axis] = random.uniform() * sheet.cell_A[axis];

  Draft draft{.field = covered(sheet, view, recipe.margin_A), .lost = {}};
  for (auto& site : covered(sheet, second, recipe.margin_A).sites) {
    site.grain = 1;
    draft.field.sites.push_back(site);
  }
  auto& sites = draft.field.sites;
  const Line line(boundary, draft.field.cell_A);
  const auto cut_off = std::stable_partition(sites.begin(), sites.end(), [&](const Site& s) { return line.keeps(s); });
  draft.lost.assign(cut_off, sites.end());
  sites.erase(cut_off, sites.end());
  if (boundary.gap_A < 0) lift_second_grain(draft, line, -boundary.gap_A);
  const auto displaced = thin_out(draft.field);
  draft.lost.insert(draft.lost.end(), displaced.begin(), displaced.end());
  return draft;
}

// Atoms inside the field, without its margin; of all sites, their numbers.
std::vector<std::size_t> atoms_inside(const Structure& field, double margin_A) {
  const auto inside = [&](double p, double cell) {
    return p >= margin_A - same_length && p < cell - margin_A - same_length;
  };
  std::vector<std::size_t> atoms;
  for (std::size_t i = 0; i < field.sites.size(); ++i) {
    const Site& site = field.sites[i];
    if (site.z > 0 && inside(site.r_A[0], field.cell_A[0]) && inside(site.r_A[1], field.cell_A[1])) atoms.push_back(i);
  }
  return atoms;
}

double distance(const Site& a, const Site& b) {
  return std::hypot(a.r_A[0] - b.r_A[0], a.r_A[1] - b.r_A[1], a.r_A[2] - b.r_A[2]);
}

void damage(Draft& draft, const FieldRecipe& recipe) {
  auto atoms = atoms_inside(draft.field, recipe.margin_A);
  const auto wanted = static_cast<std::size_t>(recipe.damage_atoms);
  if (atoms.size() < wanted)
    throw Error(Fault::input, cat("damage = ", wanted, " atoms (the field of ", recipe.field_A[0], " x ",
                                  recipe.field_A[1], " A holds ", atoms.size(), "). Take a larger field?"));
  auto& sites = draft.field.sites;
  RandomStream random(recipe.key, "beam damage");
  const Site first = sites[atoms[random.below(atoms.size())]];
  const auto order = [&](std::size_t i) {
    const Site& s = sites[i];
    return std::tuple(std::llround(distance(s, first) / same_distance_A), s.grain, s.index, s.image);
  };
  const auto last = atoms.begin() + static_cast<std::ptrdiff_t>(wanted);
  std::partial_sort(atoms.begin(), last, atoms.end(),
                    [&](std::size_t a, std::size_t b) { return order(a) < order(b); });
  for (auto atom = atoms.begin(); atom != last; ++atom) {
    Site& site = sites[*atom];
    draft.lost.push_back(site);
    site.z = 0;  // Its label goes as those around it do.
  }
}

// Takes the label from what is not the only thing that is special about its place.
void clear_labels(Draft& draft) {
  auto& sites = draft.field.sites;
  PointGrid lost(label_clearance_A + same_distance_A), atoms(label_clearance_A + same_distance_A);
  for (std::size_t i = 0; i < draft.lost.size(); ++i) lost.add({draft.lost[i].r_A[0], draft.lost[i].r_A[1]}, i);
  for (std::size_t i = 0; i < sites.size(); ++i)
    if (sites[i].z > 0) atoms.add({sites[i].r_A[0], sites[i].r_A[1]}, i);
  for (auto& site : sites) {
    if (site.label == SiteClass::lattice) continue;
    bool clear = true;
    const std::array<double, 2> p = {site.r_A[0], site.r_A[1]};
    lost.near(p, [&](std::size_t i) { clear = clear && draft.lost[i].grain != site.grain; });
    atoms.near(p, [&](std::size_t i) { clear = clear && sites[i].grain == site.grain; });
    if (!clear) site.label = SiteClass::lattice;
  }
}

}  // namespace

Structure compose(const Structure& sheet, std::array<double, 2> origin_A, const FieldRecipe& recipe) {
  check(recipe);
  const View view{
      .field_A = recipe.field_A, .pixels = {1, 1}, .rotation_deg = recipe.rotation_deg, .origin_A = origin_A};
  Draft draft;
  if (recipe.boundary)
    draft = two_grains(sheet, view, recipe);
  else
    draft.field = cut(sheet, view, recipe.margin_A);
  if (recipe.boundary && atoms_inside(draft.field, recipe.margin_A).empty())
    throw Error(Fault::input,
                cat("gap between the grains = ", recipe.boundary->gap_A, " A (leaves no atom in the field of ",
                    recipe.field_A[0], " x ", recipe.field_A[1], " A). Make it smaller?"));
  if (recipe.damage_atoms > 0) damage(draft, recipe);
  clear_labels(draft);
  return draft.field;
}

}  // namespace twinmill::specimen

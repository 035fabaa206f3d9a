#include "twinmill/specimen/build.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "arrange.hpp"
#include "cell.hpp"
#include "lattice.hpp"
#include "motifs.hpp"
#include "recipe.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/random.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::specimen {
namespace {

Parent host_of(const Recipe& recipe) {
  return is_parent_file(recipe.parent) ? read_parent(recipe.parent) : parent(recipe.parent);
}

std::vector<Motif> single(Motif motif) { return {std::move(motif)}; }

// What one defect of a kind may be, on one side or on any.
std::vector<Motif> motifs_of(const Motifs& motifs, const Defect& defect, int z, Side side) {
  switch (defect.kind) {
    case SiteClass::anion_vacancy:
    case SiteClass::metal_on_anion:
      return motifs.on_anion(z, side, defect.kind);
    case SiteClass::metal_vacancy:
    case SiteClass::anion_on_metal:
    case SiteClass::dopant:
      return motifs.on_metal(z, defect.kind);
    case SiteClass::metal_interstitial:
      return single(motifs.in_metal_plane(z, defect.kind));
    case SiteClass::anion_interstitial:
      return motifs.in_anion_plane(z, side, defect.kind);
    case SiteClass::adatom:
      return motifs.on_sheet(z, side, defect.kind);
    case SiteClass::antisite_vacancy:
      return motifs.antisite_vacancies(side);
    case SiteClass::lattice:
    case SiteClass::count_:
      break;
  }
  throw Error(Fault::bug, "this class is no defect");
}

std::vector<Motif> motifs_of(const Motifs& motifs, const Impurity& impurity) {
  const int z = atomic_number(impurity.element);
  switch (impurity.place) {
    case Place::metal:
      return motifs.on_metal(z, SiteClass::lattice);
    case Place::anion:
      return motifs.on_anion(z, Side::any, SiteClass::lattice);
    case Place::interstitial:
      return single(motifs.in_metal_plane(z, SiteClass::lattice));
    case Place::adatom:
      return motifs.on_sheet(z, Side::any, SiteClass::lattice);
    case Place::count_:
      break;
  }
  throw Error(Fault::bug, "no such place");
}

/// The motifs of all defects, and one slot for each of them.
class Slots {
 public:
  Slots(const Recipe& recipe, const Lattice& lattice, const Parent& host)
      : recipe_(recipe), lattice_(lattice), host_(host), motifs_(lattice, host) {}

  void add(const Defect& defect, RandomStream& random) {
    if (defect.cluster != Cluster::random) {
      repeat(1, cluster_of(defect));
    } else if (defect.side == Side::both) {
      const int z = occupant(defect, host_);
      const Side first = random.below(2) == 0 ? Side::top : Side::bottom;
      const Side second = first == Side::top ? Side::bottom : Side::top;
      repeat((defect.count + 1) / 2, motifs_of(motifs_, defect, z, first));
      repeat(defect.count / 2, motifs_of(motifs_, defect, z, second));
    } else {
      repeat(defect.count, motifs_of(motifs_, defect, occupant(defect, host_), defect.side));
    }
  }

  void add(const Impurity& impurity) { repeat(impurity.count, motifs_of(motifs_, impurity)); }

  std::vector<const std::vector<Motif>*> all() const {
    std::vector<const std::vector<Motif>*> slots;
    for (const auto& group : groups_) slots.insert(slots.end(), static_cast<std::size_t>(group.count), &group.motifs);
    return slots;
  }

 private:
  struct Group {
    int count = 0;
    std::vector<Motif> motifs;
  };

  void repeat(int count, std::vector<Motif> motifs) {
    for (const auto& motif : motifs) {
      if (motif.extra && std::abs(motif.extra->r_A[2]) > cell_height_A / 2 - 0.5)
        refuse(recipe_, cat("an atom would stand ", rounded_text(std::abs(motif.extra->r_A[2]), 3),
                            " A from the mid-plane (the cell is ", cell_height_A, " A high)"));
    }
    groups_.push_back({.count = count, .motifs = std::move(motifs)});
  }

  std::vector<Motif> cluster_of(const Defect& defect) const {
    auto found = clusters(lattice_, host_, defect.cluster, defect.count, defect.side);
    const std::string what = cat("cluster = ", name(defect.cluster));
    if (found.wrapped)
      refuse(recipe_,
             cat(what, " (", defect.count, " vacancies would meet their own periodic images). Take more unit cells?"));
    if (found.motifs.empty()) refuse(recipe_, cat(what, " (no anions of ", host_.id, " lie to each other like that)"));
    return std::move(found.motifs);
  }

  const Recipe& recipe_;
  const Lattice& lattice_;
  const Parent& host_;
  Motifs motifs_;
  std::vector<Group> groups_;
};

void check_number(const Recipe& recipe, const Parent& host, const Lattice& lattice) {
  const auto& basis = lattice.basis();
  const auto metals_a_cell =
      std::count_if(basis.begin(), basis.end(), [&](const BasisAtom& b) { return b.z == atomic_number(host.metal); });
  const auto cells = lattice.sites() / static_cast<std::int64_t>(basis.size());
  const std::int64_t metals = cells * metals_a_cell, anions = lattice.sites() - metals;
  std::int64_t on_metal = 0, on_anion = 0;
  for (const auto& d : recipe.defects) {
    if (d.kind == SiteClass::metal_vacancy || d.kind == SiteClass::anion_on_metal || d.kind == SiteClass::dopant)
      on_metal += d.count;
    if (d.kind == SiteClass::anion_vacancy || d.kind == SiteClass::metal_on_anion) on_anion += d.count;
    if (d.kind == SiteClass::antisite_vacancy) on_anion += std::int64_t{2} * d.count;
  }
  for (const auto& i : recipe.impurities) {
    if (i.place == Place::metal) on_metal += i.count;
    if (i.place == Place::anion) on_anion += i.count;
  }
  const auto check = [&](std::int64_t wanted, std::int64_t there, const char* what) {
    if (wanted > there)
      refuse(recipe, cat(count_text(wanted), " ", what, " sites are asked for (the supercell has ", count_text(there),
                         "). Take more unit cells?"));
  };
  check(on_metal, metals, "metal");
  check(on_anion, anions, "anion");
}

[[noreturn]] void refuse_full(const Recipe& recipe, const char* what) {
  refuse(recipe, cat("no room for all ", what, " (",
                     recipe.min_distance_A > 0 ? cat("at least ", number_text(recipe.min_distance_A), " A apart")
                                               : std::string("each on a site of its own"),
                     "). Take more unit cells, or fewer?"));
}

// Where a site of the lattice stands in the pristine cell, and how far it has been moved from there.
double moved(double from, double to, double length) {
  const double d = to - from;
  return d - length * std::round(d / length);
}

}  // namespace

Structure arranged(const Recipe& recipe) {
  const Parent host = host_of(recipe);
  check_recipe(recipe, host);
  Structure perfect = pristine(host, recipe.supercell);
  if (recipe.defects.empty() && recipe.impurities.empty()) return perfect;
  const Lattice lattice(host, recipe.supercell);
  check_number(recipe, host, lattice);
  Arranger arranger(lattice, std::move(perfect), recipe.min_distance_A);
  Slots defects(recipe, lattice, host);
  RandomStream defect_sites(recipe.arrangement, "defect sites");
  for (const auto& d : recipe.defects) defects.add(d, defect_sites);
  if (!arranger.place(defects.all(), defect_sites)) refuse_full(recipe, "defects");
  Slots impurities(recipe, lattice, host);
  RandomStream impurity_sites(recipe.arrangement, "impurity sites");
  for (const auto& i : recipe.impurities) impurities.add(i);
  if (!arranger.place(impurities.all(), impurity_sites)) refuse_full(recipe, "impurities");
  return arranger.structure();
}

Structure placed(const Structure& arranged, const Recipe& recipe) {
  const Parent host = host_of(recipe);
  const Structure perfect = pristine(host, recipe.supercell);
  const Lattice lattice(host, recipe.supercell);
  for (std::size_t axis = 0; axis < 3; ++axis)
    ensure(std::abs(arranged.cell_A[axis] - perfect.cell_A[axis]) < 1e-6, "this structure is not of that recipe");
  RandomStream random(recipe.placement, "placement");
  const Cell shift{.i = static_cast<int>(random.below(static_cast<std::uint64_t>(recipe.supercell[0]))),
                   .j = static_cast<int>(random.below(static_cast<std::uint64_t>(recipe.supercell[1])))};
  const auto vector = lattice.vector(shift);
  Structure result{.cell_A = perfect.cell_A, .sites = arranged.sites};
  for (auto& site : result.sites) {
    ensure(site.index >= 0, "a site without an index");
    if (site.index >= lattice.sites()) {
      for (std::size_t axis = 0; axis < 2; ++axis)
        site.r_A[axis] = wrap(site.r_A[axis] + vector[axis], result.cell_A[axis]);
      continue;
    }
    // By way of the pristine places, so that atoms which never moved stand exactly where pristine() puts them.
    const auto& before = perfect.sites[static_cast<std::size_t>(site.index)].r_A;
    const Cell cell = lattice.cell_of(site.index);
    site.index = lattice.site({.i = cell.i + shift.i, .j = cell.j + shift.j}, lattice.basis_of(site.index));
    const auto& after = perfect.sites[static_cast<std::size_t>(site.index)].r_A;
    for (std::size_t axis = 0; axis < 2; ++axis)
      site.r_A[axis] =
          wrap(after[axis] + moved(before[axis], site.r_A[axis], result.cell_A[axis]), result.cell_A[axis]);
  }
  std::stable_sort(result.sites.begin(), result.sites.end(),
                   [](const Site& a, const Site& b) { return a.index < b.index; });
  return result;
}

Structure build(const Recipe& recipe) { return placed(arranged(recipe), recipe); }

}  // namespace twinmill::specimen

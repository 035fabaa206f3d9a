#include "motifs.hpp"

#include <algorithm>
#include <cmath>

#include "twinmill/base/error.hpp"

namespace twinmill::specimen {

bool on_side(const BasisAtom& atom, Side side) {
  switch (side) {
    case Side::top:
      return atom.r_A[2] > 0;
    case Side::bottom:
      return atom.r_A[2] <= 0;
    case Side::any:
    case Side::both:
      return true;
    case Side::count_:
      break;
  }
  throw Error(Fault::bug, "no such side");
}

Motifs::Motifs(const Lattice& lattice, const Parent& host)
    : lattice_(lattice), host_(host), metal_(atomic_number(host.metal)), anion_(atomic_number(host.anion)) {}

std::vector<Motif> Motifs::on_metal(int z, SiteClass label) const {
  std::vector<Motif> motifs;
  for (std::size_t k = 0; k < lattice_.basis().size(); ++k) {
    if (lattice_.basis()[k].z == metal_)
      motifs.push_back({.places = {{.k = static_cast<int>(k), .z = z}}, .label = label});
  }
  return motifs;
}

std::vector<Motif> Motifs::on_anion(int z, Side side, SiteClass label) const {
  std::vector<Motif> motifs;
  for (std::size_t k = 0; k < lattice_.basis().size(); ++k) {
    const auto& atom = lattice_.basis()[k];
    if (atom.z == anion_ && on_side(atom, side))
      motifs.push_back({.places = {{.k = static_cast<int>(k), .z = z}}, .label = label});
  }
  return motifs;
}

std::vector<Motif> Motifs::antisite_vacancies(Side side) const {
  std::vector<Motif> motifs;
  for (const auto& antisite : on_anion(metal_, side, SiteClass::antisite_vacancy)) {
    for (const auto& across : nearest_across(lattice_, antisite.places[0].k)) {
      motifs.push_back(antisite);
      motifs.back().places.push_back(across);
    }
  }
  return motifs;
}

Motif Motifs::in_metal_plane(int z, SiteClass label) const {
  const double quarter = host_.thickness_A / 4;
  return {.extra = largest_hole(lattice_, z, -quarter, quarter), .label = label};
}

std::vector<Motif> Motifs::in_anion_plane(int z, Side side, SiteClass label) const {
  std::vector<Motif> motifs;
  const double inner = host_.thickness_A / 4, outer = host_.thickness_A / 2 + behind_anions_A;
  if (side != Side::bottom) motifs.push_back({.extra = largest_hole(lattice_, z, inner, outer), .label = label});
  if (side != Side::top) motifs.push_back({.extra = largest_hole(lattice_, z, -outer, -inner), .label = label});
  return motifs;
}

std::vector<Motif> Motifs::on_sheet(int z, Side side, SiteClass label) const {
  std::vector<Motif> motifs;
  for (const auto& atom : lattice_.basis()) {
    if (atom.z != metal_) continue;
    for (const Side s : {Side::top, Side::bottom}) {
      if (side != Side::any && side != s) continue;
      const double height = landing_height(lattice_, {atom.r_A[0], atom.r_A[1]}, z, s);
      motifs.push_back({.extra = BasisAtom{.z = z, .r_A = {atom.r_A[0], atom.r_A[1], height}}, .label = label});
    }
  }
  return motifs;
}

}  // namespace twinmill::specimen

#pragma once
// Defects as they repeat over the lattice.

#include <optional>
#include <vector>

#include "lattice.hpp"
#include "twinmill/specimen/build.hpp"

namespace twinmill::specimen {

/// One way to put a defect into the first cell; every lattice vector moves it to an equivalent place.
struct Motif {
  struct Place {
    Cell cell = {};
    int k = 0;  ///< Of the lattice's basis.
    int z = 0;  ///< What stands there; 0: nothing.
  };
  std::vector<Place> places = {};
  std::optional<BasisAtom> extra = {};  ///< An atom off the lattice, z from the mid-plane.
  SiteClass label = SiteClass::lattice;
};

/// What a sheet offers to defects. `side` is any, top or bottom here.
class Motifs {
 public:
  Motifs(const Lattice& lattice, const Parent& host);

  /// One site of the metals or of an anion plane, taken by `z`.
  std::vector<Motif> on_metal(int z, SiteClass label) const;
  std::vector<Motif> on_anion(int z, Side side, SiteClass label) const;
  /// A metal on an anion's site and a vacancy on the nearest one across the sheet.
  std::vector<Motif> antisite_vacancies(Side side) const;
  /// `z` in the largest hole of the metal plane: |height| <= t/4.
  Motif in_metal_plane(int z, SiteClass label) const;
  /// `z` in the largest hole of an anion plane: t/4 <= |height| <= t/2 + 0.5 A.
  std::vector<Motif> in_anion_plane(int z, Side side, SiteClass label) const;
  /// `z` above or below each metal.
  std::vector<Motif> on_sheet(int z, Side side, SiteClass label) const;

 private:
  const Lattice& lattice_;
  const Parent& host_;
  int metal_ = 0, anion_ = 0;
};

/// How far behind the anions the hole of an anion plane may lie, A.
inline constexpr double behind_anions_A = 0.5;

/// Side of an atom of the first cell, by its height.
bool on_side(const BasisAtom& atom, Side side);

/// Basis atoms of the other anion plane that are nearest to anion `k`, with their cells (all that are as near).
std::vector<Motif::Place> nearest_across(const Lattice& lattice, int k);

/// All vacancies of a shape; empty when the sheet has none, or, with `wrapped` set, when all are too large for the
/// supercell: they would be neighbours of their own images.
struct Clusters {
  std::vector<Motif> motifs;
  bool wrapped = false;
};
Clusters clusters(const Lattice& lattice, const Parent& host, Cluster shape, int count, Side side);

/// Place of the largest hole for an atom `z` between two heights over the mid-plane, in the first cell: where the
/// smallest (distance - sum of covalent radii) is largest. Of holes as large, the one with the smallest coordinates.
BasisAtom largest_hole(const Lattice& lattice, int z, double low_A, double high_A);

/// Height over the mid-plane at which an atom `z` that comes from above (side top) or below first is as near to an atom
/// as 0.95 of the sum of the covalent radii.
double landing_height(const Lattice& lattice, std::array<double, 2> at, int z, Side side);

}  // namespace twinmill::specimen

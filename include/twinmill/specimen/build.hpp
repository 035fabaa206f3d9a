#pragma once
// Supercells and defects.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "twinmill/base/hash.hpp"
#include "twinmill/specimen/parents.hpp"
#include "twinmill/specimen/structure.hpp"

namespace twinmill::specimen {

/// Anion plane of a defect. any: drawn for each site; both: as evenly as the number allows.
enum class Side : std::uint8_t { any, top, bottom, both, count_ };
std::string_view name(Side side);
/// Throws Error(input) with the nearest name.
Side side(std::string_view name);

/// How several anion vacancies lie to each other; all but `random` and `column` in one plane, by nearest neighbours.
enum class Cluster : std::uint8_t {
  random,           ///< Anywhere, at least Recipe::min_distance_A apart.
  column,           ///< Two: the anions nearest to each other across the sheet (H: one above the other).
  pair,             ///< Two nearest neighbours of a plane.
  line,             ///< Two to four in a straight row.
  bent,             ///< Three in a row with an angle of 120 degrees.
  triangle_metal,   ///< Three mutual neighbours around a metal.
  triangle_hollow,  ///< Three mutual neighbours around no metal.
  count_
};
std::string_view name(Cluster cluster);
/// Throws Error(input) with the nearest name.
Cluster cluster(std::string_view name);

/// Defects of one class.
struct Defect {
  SiteClass kind = SiteClass::anion_vacancy;
  int count = 1;
  std::string element =
      {};                 ///< dopant, adatom: a transition metal (an adatom's may be the host's own, and is if empty).
  Side side = Side::any;  ///< Of anion sites, interstitial anions and adatoms.
  Cluster cluster = Cluster::random;  ///< anion_vacancy only.
};

/// Where an impurity sits.
enum class Place : std::uint8_t { metal, anion, interstitial, adatom, count_ };
std::string_view name(Place place);
Place place(std::string_view name);

/// Foreign atoms without a label: seen in the image, not in the mask.
struct Impurity {
  std::string element;  ///< Any of the table; not the atom that it replaces.
  Place place = Place::metal;
  int count = 1;
};

/// What to build; small, printable, and all that the result depends on.
struct Recipe {
  std::string parent = {};             ///< Id, "MoS2-H", or the path of a parent file.
  std::array<int, 2> supercell{4, 4};  ///< Unit cells along a and b; for H and T the second one even.
  std::vector<Defect> defects = {};    ///< Empty: pristine.
  std::vector<Impurity> impurities = {};
  double min_distance_A = 0;  ///< In the plane, between any two sites of different defects (not inside a cluster).
  Hash128 arrangement = {};   ///< Names the random stream that chooses how the defects lie to each other.
  Hash128 placement = {};     ///< Names the random stream that shifts all of it by a lattice vector.
};

/// Height of the simulated cell: vacuum below and above the sheet.
inline constexpr double cell_height_A = 12.0;

/// The pristine orthogonal supercell, mid-plane at half of its height. H and T: nx a x ny a sqrt(3)/2, 3 nx ny atoms;
/// others: nx x ny of Parent::unit_A. Throws Error(input) when ny is odd (H, T) or a number is not positive.
Structure pristine(const Parent& parent, std::array<int, 2> supercell);

/// The supercell with its defects, the first of them in the first unit cell: what is relaxed, once for all placements.
/// Throws Error(input), naming the structure, for what cannot be: more defects than sites (or than fit at the minimum
/// distance), a dopant or impurity equal to the atom that it replaces, an element that is none...
Structure arranged(const Recipe& recipe);

/// A supercell shifted by the lattice vector that `placement` draws; Site::index moves along (an atom of the lattice
/// gets the index of the pristine site at which it then stands).
Structure placed(const Structure& arranged, const Recipe& recipe);

/// placed(arranged(recipe), recipe).
Structure build(const Recipe& recipe);

/// "anion_vacancy x3 line top", for messages and tables; "pristine" without defects.
std::string description(const Recipe& recipe);

}  // namespace twinmill::specimen

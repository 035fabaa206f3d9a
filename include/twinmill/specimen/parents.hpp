#pragma once
// The MX2 monolayers inside the program (src/specimen/data, with its sources), and those of the user's files.

#include <array>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace twinmill::specimen {

/// H: trigonal prismatic (P-6m2). T: octahedral (P-3m1). T1: its distortion 1T'. T2: 1T''. P: pentagonal. file: the
/// user's own.
enum class Phase { H, T, T1, T2, P, file, count_ };
/// "H", "T", "T'", "T''", "P", "file".
std::string_view name(Phase phase);

/// An atom of a parent's cell.
struct BasisAtom {
  int z = 0;
  std::array<double, 3> r_A{};  ///< x and y in [0, unit_A), z from the mid-plane.
};

struct Parent {
  std::string id;  ///< "MoS2-H", "MoS2-T'", or a file's path.
  std::string formula, metal, anion;
  Phase phase = Phase::H;
  double a_A = 0;          ///< In-plane lattice constant (rectangular cells: the first side).
  double thickness_A = 0;  ///< Vertical distance of the outermost anions.
  std::string functional, source, confidence, tier;
  double formation_energy = 0;  ///< eV/atom, NaN when unknown.
  /// Orthogonal unit cell. H and T: a x a sqrt(3), which is 1 x 2 cells of a supercell.
  std::array<double, 2> unit_A{};
  std::vector<BasisAtom> basis = {};  ///< Of that cell.
  double strain = 0;                  ///< Largest relative change of a vector that made an oblique cell orthogonal.

  /// Unit cells, as a supercell counts them, in unit_A: {1, 2} for H and T, {1, 1} otherwise.
  std::array<int, 2> cells() const;
};

/// All parents of the tables: H and T, then the distorted ones.
std::span<const Parent> parents();
/// By id; throws Error(input) with the nearest one.
const Parent& parent(const std::string& id);

/// Whether a name in a campaign means a file (.cif, .vasp, .poscar, .contcar, .xyz, .extxyz, POSCAR..., CONTCAR...).
bool is_parent_file(const std::string& name);
/// A monolayer from CIF (all symmetry applied), POSCAR or extxyz. c must be perpendicular to a and b; oblique cells
/// become the smallest orthogonal supercell, strained by at most 3 %. The metal is the element with one atom per two
/// others. Throws Error(input), naming the file, for what is no MX2 layer, has overlapping atoms, or has no cell.
Parent read_parent(const std::filesystem::path& path);

}  // namespace twinmill::specimen

#pragma once
// What a relaxation engine returns, and how it becomes a specimen.

#include <array>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "twinmill/base/hash.hpp"
#include "twinmill/specimen/structure.hpp"

namespace twinmill::specimen {

/// Atoms, in the order of the structure's sites with z > 0.
struct Relaxed {
  std::array<double, 3> cell_A{};
  std::vector<int> z;
  std::vector<std::array<double, 3>> r_A;
  std::vector<std::array<double, 3>> force_eV_per_A;            ///< Empty: not given.
  double energy_eV = std::numeric_limits<double>::quiet_NaN();  ///< NaN: not given.
  int steps = -1;                                               ///< Ionic steps; -1: not given.
  bool converged = true;
  std::string engine;  ///< "gpaw 22.8.0 lcao(dzp) PBE h=0.2 ...": in words.
  Hash128 input = {};  ///< content_key() of what was relaxed, and of the settings.
  double seconds = 0;  ///< Wall time.

  double largest_force() const;  ///< eV/A, NaN when not given.
};

/// Hash of the cell's Lx and Ly, elements, positions (in steps of 1e-6 A, z from the lowest atom, since engines get a
/// vacuum of their own) and of the engine's settings. Vacancies, labels and the thermal motion do not count; the order
/// of the atoms does.
Hash128 content_key(const Structure& structure, const std::string& settings);

/// What an engine gets: the sites with z > 0, the lowest one `vacuum_A` above the bottom of a cell that ends `vacuum_A`
/// above the highest one. Throws Error(input) when there is no atom.
Structure for_engine(const Structure& structure, double vacuum_A);

/// extxyz with `energy`, `forces:R:3` and twinmill's own keys in the comment line, readable by ASE; and back. Reading
/// asks for a lattice, species and pos only, as any engine writes them. Throws Error(input) with file and line.
std::string to_extxyz(const Relaxed& relaxed);
Relaxed parse_relaxed(std::string_view text, const std::string& name);

/// The structure with the atoms at their relaxed places: displacements from the input are taken over (nearest periodic
/// image), so that an engine may wrap atoms. A vacancy moves by the mean displacement of its neighbours within 3 A.
/// Both are in the same frame: that of the input, or that of for_engine(). Throws Error(input) for another number of
/// atoms, other elements, another cell, positions that are not finite, atoms nearer than 0.7 A, or an atom that moved
/// by more than `most_A`.
Structure with_positions(const Structure& input, const Relaxed& relaxed, double most_A = 4.0);

}  // namespace twinmill::specimen

#pragma once
// Atoms in an orthogonal cell, periodic in the plane.

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "twinmill/base/hash.hpp"

namespace twinmill::specimen {

/// What a site is, for labels: lattice, and the nine classes of defects. Stored by name in files, by this number in
/// masks: never renumber.
enum class SiteClass : std::uint8_t {
  lattice = 0,
  anion_vacancy = 1,
  metal_vacancy = 2,
  metal_on_anion = 3,      ///< Antisite: a metal where an anion belongs.
  anion_on_metal = 4,      ///< Antisite: an anion where a metal belongs.
  dopant = 5,              ///< Another transition metal on a metal site.
  metal_interstitial = 6,  ///< A metal in a hole of the metal plane.
  anion_interstitial = 7,  ///< An anion in a hole of an anion plane.
  adatom = 8,              ///< A transition metal on the sheet.
  antisite_vacancy = 9,    ///< A metal where an anion belongs, and a further anion missing beside it.
  count_ = 10
};
std::string_view name(SiteClass c);
/// Throws Error(input) with the nearest name.
SiteClass site_class(std::string_view name);

/// One site: an atom, or the place where one is missing (Z = 0).
struct Site {
  int z = 0;                    ///< Atomic number; 0: vacancy.
  std::array<double, 3> r_A{};  ///< x and y within the cell [0, L), z from the cell's bottom.
  int index = 0;                ///< Number of the site in the pristine cell.
  std::array<int, 2> image{};   ///< Which periodic image of that cell, where several were cut out together.
  int grain = 0;                ///< 1: of a field's second grain, whose index and image count by themselves.
  SiteClass label = SiteClass::lattice;
  double rms_A = -1;  ///< Thermal displacement sqrt(<u_x^2>); negative: from the element's table.
};

struct Structure {
  std::array<double, 3> cell_A{};  ///< Lx, Ly, Lz.
  std::vector<Site> sites;

  std::size_t atoms() const;  ///< Sites with z > 0.
};

/// Reads extxyz (Lattice, pbc, Properties with species and pos, perhaps rms_A:R:1, the thermal displacement) or
/// POSCAR/CONTCAR; by name and content. The cell must be orthogonal (an upper bound of 1e-6 of its length for
/// off-diagonal elements) and periodic in x and y; positions are wrapped. Throws Error(input) with file and line for
/// what is wrong, unknown elements with the nearest symbol.
Structure read_structure(const std::filesystem::path& path);
Structure parse_extxyz(std::string_view text, const std::string& name);
Structure parse_poscar(std::string_view text, const std::string& name);
/// extxyz text of the atoms, columns species, pos, and `site_class`; vacancies are left out.
std::string to_extxyz(const Structure& structure);

/// Atomic number of a symbol, 0 when there is none.
int atomic_number(std::string_view symbol);
/// Symbol of Z = 1..103; throws Error(bug) otherwise.
std::string_view symbol(int z);
/// All symbols, Z = 1..103.
std::vector<std::string> symbols();

}  // namespace twinmill::specimen

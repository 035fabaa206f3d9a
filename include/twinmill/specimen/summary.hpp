#pragma once
// What a structure file holds, for people who want to know before they use it.

#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "twinmill/specimen/parents.hpp"
#include "twinmill/specimen/structure.hpp"

namespace twinmill::specimen {

/// The smallest distance between atoms of two elements, periodic images included.
struct NearestDistance {
  int z = 0, other_z = 0;  ///< Atomic numbers, z >= other_z.
  double distance_A = 0;
};

struct Summary {
  std::string format;                  ///< "extxyz", "POSCAR" or "CIF".
  std::string formula;                 ///< "Mo16S31": elements by symbol.
  std::map<int, int> atoms;            ///< Number by atomic number.
  std::array<double, 3> lengths_A{};   ///< Of the cell's vectors as the file has them.
  std::array<double, 3> angles_deg{};  ///< alpha, beta, gamma.
  std::array<bool, 3> periodic{};
  double thickness_A = 0;                  ///< Between the lowest and the highest atom along z, across the widest gap.
  std::map<SiteClass, int> labels;         ///< Sites by class; lattice alone when the file labels none.
  std::vector<NearestDistance> distances;  ///< Of pairs nearer than distances_up_to_A.
  std::optional<Structure> structure;      ///< As `simulate` takes it; none when it does not.
  std::string refusal;                     ///< Why it does not.
  std::optional<Parent> parent;            ///< As a campaign takes it as a parent; none when it does not.
};
inline constexpr double distances_up_to_A = 5;

/// Reads extxyz, POSCAR or CIF, with any cell. Throws Error(input) for what is no readable structure.
Summary summary(const std::filesystem::path& path);

}  // namespace twinmill::specimen

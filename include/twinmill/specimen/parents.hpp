#pragma once
// The 316 MX2 monolayers inside the program (src/specimen/data, with its sources).

#include <span>
#include <string>

namespace twinmill::specimen {

/// H: trigonal prismatic (P-6m2). T: octahedral (P-3m1).
enum class Phase { H, T, count_ };
std::string_view name(Phase phase);

struct Parent {
  std::string id;  ///< "MoS2-H"
  std::string formula, metal, anion;
  Phase phase = Phase::H;
  double a_A = 0;          ///< In-plane lattice constant.
  double thickness_A = 0;  ///< Vertical anion-anion distance.
  std::string functional, source, confidence, tier;
  double formation_energy = 0;  ///< eV/atom, NaN when unknown.
};

/// All parents, in the table's order.
std::span<const Parent> parents();
/// By id; throws Error(input) with the nearest one.
const Parent& parent(const std::string& id);

}  // namespace twinmill::specimen

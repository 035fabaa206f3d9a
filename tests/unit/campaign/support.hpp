#pragma once
// A small catalogue and small specs.

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "twinmill/base/error.hpp"
#include "twinmill/campaign/plan.hpp"
#include "twinmill/campaign/spec.hpp"

namespace twinmill::campaign {

inline ParentEntry parent(const std::string& formula, const std::string& metal, const std::string& anion,
                          const std::string& phase, double a_A, double thickness_A, double formation_energy) {
  return {.id = formula + "-" + phase,
          .formula = formula,
          .metal = metal,
          .anion = anion,
          .phase = phase,
          .tier = "A",
          .a_A = a_A,
          .thickness_A = thickness_A,
          .formation_energy = formation_energy,
          .unit_A = {a_A, a_A * std::sqrt(3.0)},
          .unit_cells = {1, 2},
          .unit_atoms = 6};
}

/// Five sheets; FeX2 has two phases of unknown energy.
inline Catalogue small_catalogue() {
  const double unknown = std::nan("");
  Catalogue c;
  c.parents = {parent("MoS2", "Mo", "S", "T", 3.1934, 3.1662, -0.567),
               parent("MoS2", "Mo", "S", "H", 3.1841, 3.1271, -0.842),
               parent("WSe2", "W", "Se", "H", 3.3190, 3.3589, -0.547),
               parent("PtSe2", "Pt", "Se", "T", 3.7458, 2.6237, -0.364),
               parent("FeCl2", "Fe", "Cl", "T", 3.4875, 2.8286, unknown),
               parent("FeCl2", "Fe", "Cl", "H", 3.4, 2.9, unknown)};
  c.files = {{.path = "a.extxyz", .content = {1, 2}, .lx_A = 12, .ly_A = 11, .atoms = 47},
             {.path = "b.extxyz", .content = {3, 4}, .lx_A = 25, .ly_A = 22, .atoms = 188},
             {.path = "copy of a.extxyz", .content = {1, 2}, .lx_A = 12, .ly_A = 11, .atoms = 47}};
  c.elements = {"V", "Nb", "Mo", "W", "Re"};
  return c;
}

inline Spec small_spec() {
  Spec spec;
  spec.specimen.parents = {"MoS2-H", "WSe2-H"};
  spec.specimen.defects = {"pristine", "anion_vacancy"};
  return spec;
}

/// The message of the Error(input) that `call` throws, or "nothing thrown".
template <class Call>
std::string message_of(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::input);
    return error.what();
  }
  return "nothing thrown";
}

inline std::string read_message(const std::string& text) {
  return message_of([&] { parse_spec(text, "c.toml"); });
}

inline std::string plan_message(const Spec& spec, const Catalogue& catalogue = small_catalogue()) {
  return message_of([&] { expand(spec, catalogue); });
}

}  // namespace twinmill::campaign

#pragma once
// What a recipe says, checked.

#include "twinmill/specimen/build.hpp"

namespace twinmill::specimen {

/// "MoS2-H 4x4 anion_vacancy x2": the structure, for messages.
std::string structure_name(const Recipe& recipe);

/// Throws Error(input), the message starting with structure_name(): `problem`.
[[noreturn]] void refuse(const Recipe& recipe, const std::string& problem);

/// What can be said against a recipe before any site is chosen. Throws Error(input).
void check_recipe(const Recipe& recipe, const Parent& host);

/// Atomic number of what a defect puts in: the dopant, the adatom, an antisite's atom; 0 for vacancies.
int occupant(const Defect& defect, const Parent& host);

}  // namespace twinmill::specimen

#pragma once
// The tables behind parents().

#include <string_view>
#include <vector>

#include "twinmill/specimen/parents.hpp"

namespace twinmill::specimen {

/// data/mx2_monolayers.csv as it was when the library was built.
extern const std::string_view parents_csv;

/// data/mx2_distorted.csv likewise.
extern const std::string_view distorted_csv;

/// Reads such a table. The table is a part of the program, so whatever is wrong with it throws Error(bug) with the
/// line.
std::vector<Parent> parse_parents(std::string_view csv);
/// The same for the table of distorted cells, one row an atom.
std::vector<Parent> parse_distorted(std::string_view csv);

}  // namespace twinmill::specimen

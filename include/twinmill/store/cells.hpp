#pragma once
// Rows of the tables as text, for tools that read no HDF5.

#include <string>
#include <string_view>
#include <vector>

#include "twinmill/store/layout.hpp"

namespace twinmill::store {

/// One column of a row.
struct Cell {
  std::string_view name;
  std::string_view unit;  ///< Empty: a text, or a number without unit.
  std::string text;       ///< Numbers as the shortest text that reads back as the same number; "inf".
};

/// All columns, in the order that they have on disk.
std::vector<Cell> cells(const SampleRow& row);
std::vector<Cell> cells(const AtomRow& row);

}  // namespace twinmill::store

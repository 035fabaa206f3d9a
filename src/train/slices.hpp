#pragma once
// The parts of a set of samples whose scores are told apart: by dose, rotation, boundary, damage, parent, defect,
// impurities.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "twinmill/store/layout.hpp"

namespace twinmill::train {

struct Slice {
  std::string axis, value;
  std::int64_t images = 0, structures = 0;
  double number = 0;  ///< The value of an axis of numbers; where its range starts, if it is one.
};

/// Slices by axis and value, and which of them each sample belongs to. An axis on which all samples agree is left out,
/// except "all" (the first slice) and "dose". An axis of angles with more than 12 values is divided into ranges of 15
/// degrees, "15 to 30" (the upper end belongs to the next range).
struct Slices {
  std::vector<Slice> slices;
  std::vector<std::vector<std::size_t>> of_sample;  ///< In the order of `rows`.
};
Slices slices_of(std::span<const store::SampleRow> rows);

}  // namespace twinmill::train

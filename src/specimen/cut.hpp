#pragma once
// The two steps of cut(), for pieces that more than one grain fills.

#include <vector>

#include "twinmill/specimen/view.hpp"

namespace twinmill::specimen {

/// What lies under a view and `margin_A` around it, as cut() has it, but with every atom.
Structure covered(const Structure& structure, const View& view, double margin_A);

/// Leaves out every atom that stands too near to one before it in the list: nearer than seam_distance_A through a face
/// of the cell, or nearer than grain_distance_A where they are of different grains. Returns those that another grain
/// displaced, not counting what came through a face.
std::vector<Site> thin_out(Structure& piece);

}  // namespace twinmill::specimen

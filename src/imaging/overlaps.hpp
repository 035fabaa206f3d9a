#pragma once
// Atoms that stand in one another.

#include "twinmill/specimen/structure.hpp"

namespace twinmill::imaging {

/// No two nuclei of a real structure come nearer (H2: 0.74 A).
inline constexpr double least_distance_A = 0.3;

/// Throws Error(input) naming the pairs of atoms (at most five) that are nearer than least_distance_A, periodic images
/// in the plane included.
void refuse_overlaps(const specimen::Structure& structure);

}  // namespace twinmill::imaging

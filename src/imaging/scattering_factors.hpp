#pragma once
// Electron scattering factors of neutral atoms, Z = 1..103 (src/imaging/data/SOURCES.md).

#include "twinmill/imaging/simulate.hpp"

namespace twinmill::imaging {

/// f_e(q) in A (first Born, rest mass), q^2 in 1/A^2 with q = 1/d. Throws Error(input) for a Z without a factor.
double scattering_factor(Scattering table, int z, double q2);

}  // namespace twinmill::imaging

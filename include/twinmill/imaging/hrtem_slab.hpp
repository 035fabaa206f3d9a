#pragma once
// Parallel-beam images that are too large, or take too long, for one rank.

#include <complex>
#include <vector>

#include "twinmill/imaging/simulate.hpp"

namespace twinmill::fft {
class Slab;
}

namespace twinmill::imaging {

/// One member's rows of an ExitWave: value (ix, iy) at (ix - first) * ny + iy.
struct ExitRows {
  int first = 0, rows = 0;
  std::vector<std::complex<double>> wave;
  std::vector<double> image;
};

/// hrtem() by all members of `slab`, whose size must be the grid's; each holds its rows of the wave and of one plane's
/// transmission at a time, never the whole. Collective. Throws Error(input) on all members as hrtem() does.
ExitRows hrtem(const specimen::Structure& structure, const Multislice& multislice, const Optics& objective,
               const fft::Slab& slab);

}  // namespace twinmill::imaging

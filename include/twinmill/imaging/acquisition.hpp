#pragma once
#include "twinmill/base/image.hpp"
#include "twinmill/base/random.hpp"

namespace twinmill::imaging {

/// Electrons per pixel of a dose (e/A^2) and a pixel area (A^2).
double electrons_per_pixel(double dose_e_per_A2, double pixel_area_A2);

/// Poisson counts of `fraction` x electrons, divided by electrons: still a fraction of the beam, and counts = image x
/// electrons exactly to rounding. Infinite electrons: the image itself. Negative values (round-off) count as 0.
Image<float> poisson(const Image<double>& fraction, double electrons, RandomStream& stream);

}  // namespace twinmill::imaging

#pragma once
// The noise-free image of an exposure, from the Fourier series that the store keeps.

#include <complex>
#include <span>

#include "twinmill/base/image.hpp"
#include "twinmill/store/layout.hpp"

namespace twinmill::report {

/// I(r) = sum_q c[q] exp(2 pi i q.r), q = (hx / Lx, hy / Ly), at r = origin + R(-rotation) (p - field/2), where
/// p = ((ix + 1/2) field_x / width, (iy + 1/2) field_y / height); field and origin are those of `view`. Coefficients
/// lie hx slowest, zero frequency in the middle of a box of shapes.series_x times shapes.series_y. Fraction of the
/// beam.
Image<float> series_image(std::span<const std::complex<float>> series, const store::Shapes& shapes,
                          const store::ExposureRow& exposure, const store::SampleRow& view);

}  // namespace twinmill::report

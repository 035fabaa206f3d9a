#pragma once

#include <complex>
#include <cstddef>

namespace twinmill::imaging {

/// wave[i] *= factor[i] for finite values, vectorised for the processor at hand; the same bits on each.
void multiply_in_place(std::complex<float>* wave, const std::complex<float>* factor, std::size_t count);

}  // namespace twinmill::imaging

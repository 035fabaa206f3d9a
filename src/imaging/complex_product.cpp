#include "complex_product.hpp"

#include "vector_clones.hpp"

namespace twinmill::imaging {

// std::complex's own product checks for infinities; written out it vectorises.
TWINMILL_EVERY_PROCESSOR
void multiply_in_place(std::complex<float>* wave, const std::complex<float>* factor, std::size_t count) {
  const auto* const f = reinterpret_cast<const float*>(factor);
  auto* const w = reinterpret_cast<float*>(wave);
  for (std::size_t i = 0; i < 2 * count; i += 2) {
    const float re = w[i] * f[i] - w[i + 1] * f[i + 1];
    const float im = w[i] * f[i + 1] + w[i + 1] * f[i];
    w[i] = re;
    w[i + 1] = im;
  }
}

}  // namespace twinmill::imaging

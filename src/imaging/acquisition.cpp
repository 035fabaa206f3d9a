#include "twinmill/imaging/noise.hpp"

#include <cmath>

#include "twinmill/base/error.hpp"

namespace twinmill::imaging {

double electrons_per_pixel(double dose_e_per_A2, double pixel_area_A2) { return dose_e_per_A2 * pixel_area_A2; }

Image<float> poisson(const Image<double>& fraction, double electrons, RandomStream& stream) {
  ensure(electrons > 0, "poisson: the number of electrons must be positive");
  Image<float> image(fraction.width, fraction.height);
  for (std::size_t i = 0; i < fraction.size(); ++i) {
    const double mean = std::max(0.0, fraction.data[i]);
    image.data[i] = static_cast<float>(
        std::isinf(electrons) ? mean : static_cast<double>(stream.poisson(mean * electrons)) / electrons);
  }
  return image;
}

}  // namespace twinmill::imaging

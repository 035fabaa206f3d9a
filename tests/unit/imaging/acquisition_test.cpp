#include "twinmill/imaging/acquisition.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace twinmill::imaging {
namespace {

TEST(Noise, DoseIsElectronsPerSquareAngstrom) {
  // 16 A x 16 A at 128 x 128: (1/8 A)^2 a pixel.
  EXPECT_DOUBLE_EQ(electrons_per_pixel(6400, 0.125 * 0.125), 100);
}

TEST(Noise, VarianceEqualsTheMeanAtEveryDose) {
  for (const double electrons : {10.0, 1e3, 1e6}) {
    const Image<double> flat(300, 300, 0.02);
    RandomStream stream({1, 1}, "noise");
    const auto noisy = poisson(flat, electrons, stream);
    double sum = 0, squares = 0;
    for (const double v : noisy.data) {
      const double counts = v * electrons;
      EXPECT_NEAR(counts, std::round(counts), 1e-3 + 1e-6 * counts);  // Whole electrons.
      sum += counts;
      squares += (counts - 0.02 * electrons) * (counts - 0.02 * electrons);
    }
    const double n = 90000, mean = 0.02 * electrons;
    EXPECT_NEAR(sum / n, mean, 5 * std::sqrt(mean / n));
    EXPECT_NEAR(squares / n, mean, 5 * std::sqrt((2 * mean * mean + mean) / n));
  }
}

TEST(Noise, InfiniteDoseIsTheImageItself) {
  Image<double> image(3, 1);
  image.data = {0.5, 0.25, -1e-12};
  RandomStream stream({1, 1}, "noise");
  EXPECT_EQ(poisson(image, std::numeric_limits<double>::infinity(), stream).data, (std::vector<double>{0.5, 0.25, 0}));
}

}  // namespace
}  // namespace twinmill::imaging

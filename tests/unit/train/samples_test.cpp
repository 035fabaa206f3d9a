#include "samples.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

namespace twinmill::train {
namespace {

TEST(Normalise, GivesZeroMeanAndUnitVarianceWhateverTheScale) {
  for (const float scale : {1e-6F, 1.0F, 1e4F}) {
    std::vector<float> image = {1 * scale, 2 * scale, 3 * scale, 6 * scale};
    normalise(image);
    // mean 3, variance (4 + 1 + 0 + 9) / 4
    EXPECT_NEAR(image[0], -2 / std::sqrt(3.5), 1e-6);
    EXPECT_NEAR(image[1], -1 / std::sqrt(3.5), 1e-6);
    EXPECT_NEAR(image[2], 0, 1e-6);
    EXPECT_NEAR(image[3], 3 / std::sqrt(3.5), 1e-6);
  }
}

TEST(Normalise, AConstantImageBecomesZero) {
  std::vector<float> image(1000, 0.1F);
  normalise(image);
  EXPECT_THAT(image, ::testing::Each(0.0F));
}

TEST(Normalise, DoesNotHideWhatIsNotANumber) {
  std::vector<float> image = {1, 2, std::numeric_limits<float>::quiet_NaN()};
  normalise(image);
  EXPECT_TRUE(std::isnan(image[0]));
}

}  // namespace
}  // namespace twinmill::train

#include "conditions.hpp"

#include <gmock/gmock.h>

#include <limits>

namespace twinmill::train {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatEq;

store::Header header() {
  store::Header h;
  h.detectors = {"haadf", "bf"};
  h.detector_inner_mrad = {50, 0};
  h.detector_outer_mrad = {200, 10};
  return h;
}

store::SampleRow row() {
  store::SampleRow r;
  r.formula = "MoS2";
  r.energy_kev = 80;
  r.semiangle_mrad = 24;
  r.defocus_A = -40;
  r.dose_e_per_A2 = 1e4;
  r.pixel_x_A = 0.1;
  r.pixel_y_A = 0.25;
  return r;
}

TEST(Conditions, AreTheScaledMetadata) {
  EXPECT_THAT(
      condition_values(header(), row()),
      ElementsAre(FloatEq(0.42F), FloatEq(0.16F), FloatEq(2.0F / 3), FloatEq(0.8F), FloatEq(0.8F), FloatEq(-0.4F),
                  FloatEq(0.8F), 0, FloatEq(0.5F), FloatEq(1.25F), FloatEq(0.5F), FloatEq(2), 0, FloatEq(0.1F)));
  EXPECT_THAT(condition_names(header()),
              ElementsAre("metal_z", "anion_z", "anion_part", "energy", "semiangle", "defocus", "log_dose", "no_noise",
                          "pixel_x", "pixel_y", "haadf_inner", "haadf_outer", "bf_inner", "bf_outer"));
}

TEST(Conditions, AnImageWithoutNoiseSaysSo) {
  auto r = row();
  r.dose_e_per_A2 = std::numeric_limits<double>::infinity();
  const auto values = condition_values(header(), r);
  EXPECT_EQ(values[6], 0);
  EXPECT_EQ(values[7], 1);
}

TEST(Conditions, CompositionFollowsTheFormula) {
  auto r = row();
  r.formula = "WSSe";  // Z: 74, 16, 34
  EXPECT_FLOAT_EQ(condition_values(header(), r)[0], 0.74F);
  EXPECT_FLOAT_EQ(condition_values(header(), r)[1], 0.25F);
  EXPECT_FLOAT_EQ(condition_values(header(), r)[2], 2.0F / 3);
  for (const char* unknown : {"", "mine", "Xx2"}) {
    r.formula = unknown;
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(condition_values(header(), r)[i], 0) << unknown;
  }
}

}  // namespace
}  // namespace twinmill::train

#include <gmock/gmock.h>

#include <numbers>

#include "support.hpp"
#include "twinmill/base/electron.hpp"
#include "twinmill/base/friendly_size.hpp"

namespace twinmill::campaign {
namespace {

TEST(Wavelength, IsThatOfTables) {
  // Kirkland, Advanced Computing in Electron Microscopy, table of wavelengths; 80 kV to seven digits from CODATA.
  EXPECT_NEAR(electron_wavelength_A(80), 0.0417572, 5e-8);
  EXPECT_NEAR(electron_wavelength_A(100), 0.0370144, 1e-6);
  EXPECT_NEAR(electron_wavelength_A(200), 0.0250793, 1e-6);
  EXPECT_NEAR(electron_wavelength_A(300), 0.0196875, 1e-6);
}

TEST(FriendlySize, IsEvenSmoothAndMinimal) {
  EXPECT_EQ(friendly_size(0), 2);
  EXPECT_EQ(friendly_size(254.7), 256);
  EXPECT_EQ(friendly_size(220.6), 240);  // 224 has a factor 7
  EXPECT_EQ(friendly_size(256.5), 270);
  EXPECT_EQ(friendly_size(16 / 0.05), 320);  // the quotient is a rounding above 320
  for (double minimum = 0.5; minimum < 700; minimum += 3.25) {
    const int n = friendly_size(minimum);
    EXPECT_GE(n, minimum);
    const auto smooth = [](int m) {
      for (const int f : {2, 3, 5})
        while (m % f == 0) m /= f;
      return m == 1;
    };
    EXPECT_TRUE(n % 2 == 0 && smooth(n)) << n;
    for (int smaller = n - 2; smaller >= minimum; smaller -= 2) EXPECT_FALSE(smooth(smaller)) << minimum;
  }
}

TEST(Grid, IsFriendlyAndFineEnough) {
  const Plan plan = expand(small_spec(), small_catalogue());
  const Simulation& s = plan.simulations.front();
  EXPECT_EQ(plan.structure_of(s).parent_id, "MoS2-H");
  EXPECT_EQ(s.grid, (std::array<int, 2>{256, 240}));  // 12.7364 x 11.0300 A at 0.05 A
}

TEST(Grid, MustHoldDetectorsAndAperture) {
  Spec spec = small_spec();
  spec.imaging.sampling_A = 0.08;
  spec.detectors = {{"haadf", 50, 200}, {"maadf", 30, 60}};
  EXPECT_EQ(plan_message(spec),
            "detector[0].outer_mrad (haadf) = 200: reaches beyond the 174 mrad that the potential's grid holds at 80 "
            "keV with "
            "imaging.sampling_A = 0.08. Write imaging.sampling_A = 0.069?");
  spec.imaging.sampling_A = 0.069;  // the advice works
  EXPECT_EQ(plan_message(spec), "nothing thrown");

  spec.imaging.sampling_A = 0.2;
  spec.microscope.semiangle_mrad = 90;
  spec.detectors = {{"bf", 0, 10}};
  EXPECT_EQ(plan_message(spec),
            "microscope.semiangle_mrad = 90: reaches beyond the 69 mrad that the potential's grid holds at 80 keV with "
            "imaging.sampling_A = 0.2. Write imaging.sampling_A = 0.154?");
}

TEST(Grid, MustBeOfAReasonableSize) {
  Spec spec = small_spec();
  spec.specimen.supercell = {200, 2};
  spec.imaging.sampling_A = 0.005;
  EXPECT_THAT(plan_message(spec),
              ::testing::StartsWith("imaging.sampling_A = 0.005: needs a grid of more than 16,384 points a side for "));
}

TEST(Shapes, BoxOfCoefficientsHoldsEveryPairOfBeams) {
  Spec spec = small_spec();
  const Plan plan = expand(spec, small_catalogue());
  // Beams by brute force: a reciprocal pixel h +- 1/2 that touches the aperture; an image coefficient is a difference.
  const double k = 25e-3 / electron_wavelength_A(80);
  int reach_x = 0, reach_y = 0;
  for (const auto& s : plan.structures)
    for (int h = 0; h < 100; ++h) {
      if ((h - 0.5) / s.lx_A < k) reach_x = std::max(reach_x, h);
      if ((h - 0.5) / s.ly_A < k) reach_y = std::max(reach_y, h);
    }
  EXPECT_GE(plan.shapes.series_x, 2 * 2 * reach_x + 1);
  EXPECT_LE(plan.shapes.series_x, 2 * (2 * reach_x + 1) + 1);
  EXPECT_GE(plan.shapes.series_y, 2 * 2 * reach_y + 1);
  EXPECT_EQ(plan.shapes.series_x % 2, 1);
  EXPECT_EQ(plan.shapes.series_x, 2 * static_cast<int>(2 * (k * 4 * 3.3190 + 0.5)) + 1);
}

TEST(Shapes, FollowFromTheSpec) {
  Spec spec = small_spec();
  spec.scan.pixels = {64, 32};
  spec.detectors = {{"bf", 0, 10}, {"haadf", 60, 180}};
  spec.geometry.rotations_deg = {0, 30, 45};
  const Shapes s = expand(spec, small_catalogue()).shapes;
  EXPECT_EQ(s.width, 64);
  EXPECT_EQ(s.height, 32);
  EXPECT_EQ(s.detectors, 2);
  EXPECT_EQ(s.simulations, 4);
  EXPECT_EQ(s.exposures, 12);
  EXPECT_EQ(s.samples, 12);
}

// Counts the sites of the sheet (metal and two anions) in an image, the hard way.
int sites_in_image(double a, double fx, double fy, double degrees, double shift_x, double shift_y) {
  const double angle = degrees * std::numbers::pi / 180, c = std::cos(angle), s = std::sin(angle);
  int count = 0;
  for (int i = -60; i <= 60; ++i)
    for (int j = -60; j <= 60; ++j)
      for (int kind = 0; kind < 2; ++kind) {
        const double x = a * (i + 0.5 * j) + shift_x + kind * a / 2;
        const double y = a * j * std::numbers::sqrt3 / 2 + shift_y + kind * a / (2 * std::numbers::sqrt3);
        if (std::abs(c * x - s * y) <= fx / 2 && std::abs(s * x + c * y) <= fy / 2) count += kind == 0 ? 1 : 2;
      }
  return count;
}

TEST(Shapes, MaxAtomsBoundsTheSitesOfAnyImage) {
  for (const double field : {3.0, 8.0, 16.0, 40.0}) {
    Spec spec = small_spec();
    spec.specimen.parents = {"PtSe2-T"};
    spec.scan.field_A = {field, 0.7 * field};
    spec.geometry.rotations_deg = {0, 17, 30};
    const int bound = expand(spec, small_catalogue()).shapes.max_atoms;
    int most = 0;
    for (const double degrees : spec.geometry.rotations_deg)
      for (double x = 0; x < 3.7; x += 0.37)
        for (double y = 0; y < 3.7; y += 0.37)
          most = std::max(most, sites_in_image(3.7458, field, 0.7 * field, degrees, x, y));
    EXPECT_LE(most, bound);
    EXPECT_LT(bound, 2.5 * most + 30);
  }
}

TEST(Shapes, MaxAtomsOfFilesCountsPeriodicCopies) {
  Spec spec = small_spec();
  spec.specimen.parents = {};
  spec.specimen.files = {"b.extxyz"};
  EXPECT_EQ(expand(spec, small_catalogue()).shapes.max_atoms, 188);  // 16 x 16 A lies within 25 x 22 A
  spec.specimen.files = {"a.extxyz"};
  EXPECT_EQ(expand(spec, small_catalogue()).shapes.max_atoms, 4 * 47);  // 12 x 11 A: two copies each way
}

TEST(Estimate, CountsBytesAndSeconds) {
  Spec spec = small_spec();
  const Plan plan = expand(spec, small_catalogue());
  const Shapes& s = plan.shapes;
  const double sample = 128 * 128 * (4 + 1) + s.max_atoms * 24.0 + 24 + 520;
  const double exposure = 8.0 * s.series_x * s.series_y + 24 + 520;
  EXPECT_DOUBLE_EQ(estimate(plan).store_bytes, 4 * sample + 4 * exposure + 4 * 520);

  // The cell of 25.4 x 22.0 A took one core 3.4 s of transforms and 0.45 s for the product.
  spec.specimen.parents = {"MoS2-H"};
  spec.specimen.defects = {"anion_vacancy"};
  spec.specimen.supercell = {8, 8};
  const double seconds = estimate(expand(spec, small_catalogue())).core_seconds;
  EXPECT_GT(seconds, 2);
  EXPECT_LT(seconds, 8);
}

TEST(Estimate, MoreDosesRotationsAndDefociCostNoSimulation) {
  Spec spec = small_spec();
  const double once = estimate(expand(spec, small_catalogue())).core_seconds;
  spec.dose.e_per_A2 = {1, 2, 3};
  spec.geometry.rotations_deg = {0, 30};
  spec.microscope.defocus_A = {0, 10};
  EXPECT_DOUBLE_EQ(estimate(expand(spec, small_catalogue())).core_seconds, once);
}

}  // namespace
}  // namespace twinmill::campaign

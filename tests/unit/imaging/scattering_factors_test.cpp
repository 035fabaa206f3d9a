#include "scattering_factors.hpp"

#include <gtest/gtest.h>

#include <numbers>

#include "constants.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::imaging {
namespace {

TEST(ScatteringFactors, PublishedValues) {
  // f_e(0) and f_e(1/A) in A: src/imaging/data/SOURCES.md.
  struct Row {
    int z;
    double k0, l0, k1, l1;
  };
  for (const auto& r : {Row{42, 10.289, 10.854, 1.9350, 1.9296}, Row{74, 12.482, 12.637, 2.8993, 2.8979},
                        Row{16, 5.172, 5.254, 0.8606, 0.8609}, Row{3, 3.290, 3.286, 0.1882, 0.1883}}) {
    EXPECT_NEAR(scattering_factor(Scattering::kirkland, r.z, 0), r.k0, 6e-4);
    EXPECT_NEAR(scattering_factor(Scattering::lobato, r.z, 0), r.l0, 6e-4);
    EXPECT_NEAR(scattering_factor(Scattering::kirkland, r.z, 1), r.k1, 6e-5);
    EXPECT_NEAR(scattering_factor(Scattering::lobato, r.z, 1), r.l1, 6e-5);
  }
}

// Mott: f_e -> Z / (2 pi^2 a0 q^2) for large q, which is Lobato's sum rule 2 pi^2 a0 sum(a/b) = Z.
TEST(ScatteringFactors, LobatoObeysItsSumRuleForEveryElement) {
  const double a0 = 0.529177210903;
  for (int z = 1; z <= 103; ++z) {
    const double q2 = 1e9;
    EXPECT_NEAR(2 * std::numbers::pi * std::numbers::pi * a0 * q2 * scattering_factor(Scattering::lobato, z, q2) / z, 1,
                1e-6)
        << z;
  }
}

TEST(ScatteringFactors, UnknownElementIsRefused) {
  EXPECT_THROW(scattering_factor(Scattering::lobato, 0, 1), Error);
  EXPECT_THROW(scattering_factor(Scattering::lobato, 104, 1), Error);
}

// Kirkland (2010), table 5.2.
TEST(Constants, WavelengthAndInteraction) {
  EXPECT_NEAR(electron_wavelength_A(80), 0.0417572, 1e-7);
  const std::pair<double, double> sigma[] = {{10, 2.599},   {60, 1.1356},  {80, 1.00871}, {100, 0.9244},
                                             {200, 0.7288}, {300, 0.6526}, {800, 0.5503}};
  for (const auto& [kev, value] : sigma) EXPECT_NEAR(interaction(kev) * 1e3, value, kev == 10 ? 6e-4 : 1e-4) << kev;
  EXPECT_NEAR(potential_constant, 47.878, 1e-3);
}

}  // namespace
}  // namespace twinmill::imaging

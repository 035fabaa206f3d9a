#include "aperture.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace twinmill::imaging {
namespace {

TEST(AreaInDisc, WholePartAndNothing) {
  EXPECT_DOUBLE_EQ(area_in_disc(-0.1, 0.1, -0.2, 0.2, 1), 0.08);
  EXPECT_NEAR(area_in_disc(-2, 2, -2, 2, 1), std::numbers::pi, 1e-12);
  EXPECT_NEAR(area_in_disc(0, 2, 0, 2, 1), std::numbers::pi / 4, 1e-12);
  EXPECT_NEAR(area_in_disc(0.8, 1.5, 0.8, 1.5, 1), 0, 1e-12);
  // Against counting points.
  int hits = 0;
  constexpr int n = 1000;
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) hits += std::hypot(0.5 + 0.6 * (i + 0.5) / n, -0.3 + 0.9 * (j + 0.5) / n) <= 1 ? 1 : 0;
  EXPECT_NEAR(area_in_disc(0.5, 1.1, -0.3, 0.6, 1), 0.54 * hits / (n * n), 1e-3 * 0.54);
}

TEST(Aperture, AreaWeightsAddUpToTheDisc) {
  const Grid grid{256, 224, 12.736, 11.03};
  const Optics optics{.semiangle_mrad = 25, .edge = ApertureEdge::area, .aberrations = {}};
  const double lambda = 0.0417572;
  double sum = 0;
  for (const auto& b : beams_inside(optics, grid, lambda)) sum += aperture_weight(optics, grid, lambda, b.hx, b.hy);
  EXPECT_NEAR(sum, std::numbers::pi * std::pow(0.025 / lambda, 2) * grid.lx_A * grid.ly_A, 1e-6);
}

TEST(Aperture, HardEdgeIncludesTheBeamOnIt) {
  const Grid grid{64, 64, 10, 10};
  const Optics optics{.semiangle_mrad = 30, .edge = ApertureEdge::hard, .aberrations = {}};
  EXPECT_EQ(aperture_weight(optics, grid, 0.1, 3, 0), 1);  // 3 / 10 x 0.1 = 30 mrad
  EXPECT_EQ(aperture_weight(optics, grid, 0.1, 3, 1), 0);
}

}  // namespace
}  // namespace twinmill::imaging

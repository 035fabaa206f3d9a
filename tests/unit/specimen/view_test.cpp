#include "twinmill/specimen/view.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <numbers>

#include "frame.hpp"
#include "twinmill/base/random.hpp"

namespace twinmill::specimen {
namespace {

TEST(CosSin, ExactAtQuarterTurnsAndRightElsewhere) {
  using Pair = std::array<double, 2>;
  for (int turns = -3; turns <= 3; ++turns) {
    EXPECT_EQ(cos_sin(360.0 * turns), (Pair{1, 0}));
    EXPECT_EQ(cos_sin(360.0 * turns + 90), (Pair{0, 1}));
    EXPECT_EQ(cos_sin(360.0 * turns + 180), (Pair{-1, 0}));
    EXPECT_EQ(cos_sin(360.0 * turns + 270), (Pair{0, -1}));
  }
  for (double degrees = -720; degrees <= 720; degrees += 7.3) {
    const auto [c, s] = cos_sin(degrees);
    EXPECT_NEAR(c, std::cos(degrees * std::numbers::pi / 180), 1e-14);
    EXPECT_NEAR(s, std::sin(degrees * std::numbers::pi / 180), 1e-14);
  }
}

TEST(Views, CentreShowsTheOrigin) {
  const View view{.field_A = {16, 12}, .rotation_deg = 33, .origin_A = {5, -7}};
  const auto r = view.to_structure({8, 6});
  EXPECT_NEAR(r[0], 5, 1e-12);
  EXPECT_NEAR(r[1], -7, 1e-12);
}

TEST(Views, TurnTheSpecimenCounterClockwise) {
  const View view{.field_A = {10, 10}, .rotation_deg = 30};
  const auto p = view.to_image({2, 0});  // A row of atoms along x now points 30 degrees up.
  EXPECT_NEAR(p[0], 5 + 2 * std::cos(std::numbers::pi / 6), 1e-12);
  EXPECT_NEAR(p[1], 5 + 2 * std::sin(std::numbers::pi / 6), 1e-12);
}

TEST(Views, NoRotationIsAShift) {
  const View view{.field_A = {10, 8}, .origin_A = {5, 4}};
  EXPECT_EQ(view.to_image({1.25, 2.5}), (std::array<double, 2>{1.25, 2.5}));
  EXPECT_EQ(view.to_structure({1.25, 2.5}), (std::array<double, 2>{1.25, 2.5}));
}

TEST(Views, ThereAndBack) {
  RandomStream random({1, 2}, "views");
  for (int i = 0; i < 1000; ++i) {
    const View view{.field_A = {1 + 50 * random.uniform(), 1 + 50 * random.uniform()},
                    .rotation_deg = 720 * random.uniform() - 360,
                    .origin_A = {100 * random.uniform() - 50, 100 * random.uniform() - 50}};
    const std::array<double, 2> p = {50 * random.uniform(), 50 * random.uniform()};
    const auto back = view.to_image(view.to_structure(p));
    EXPECT_NEAR(back[0], p[0], 1e-11);
    EXPECT_NEAR(back[1], p[1], 1e-11);
    const auto again = view.to_structure(view.to_image(p));
    EXPECT_NEAR(again[0], p[0], 1e-11);
    EXPECT_NEAR(again[1], p[1], 1e-11);
  }
}

TEST(Views, DriftGrowsWithTheTimeOfTheScan) {
  const View view{.field_A = {10, 8}, .pixels = {20, 10}, .scan = {.drift_A = {2, -1}, .line_A = {}}};
  EXPECT_EQ(view.displacement_A(0, 0), (std::array<double, 2>{0, 0}));
  const auto last = view.displacement_A(19, 9);
  EXPECT_NEAR(last[0], -2 * 199 / 200.0, 1e-12);
  EXPECT_NEAR(last[1], 199 / 200.0, 1e-12);
}

TEST(Views, WithoutDistortionAPointIsSeenWhereItIs) {
  const View view{.field_A = {10, 8}, .pixels = {20, 10}};
  EXPECT_EQ(view.seen_at({1.0 / 3, 7.7}), (std::array<double, 2>{1.0 / 3, 7.7}));
}

// Each pixel's centre is where its own point is seen, however the lines beside it are displaced.
TEST(Views, SeenAtIsTheInverseOfTheDisplacement) {
  RandomStream random({4, 2}, "views");
  for (int i = 0; i < 100; ++i) {
    View view{.field_A = {10 + 10 * random.uniform(), 10 + 10 * random.uniform()}, .pixels = {40, 30}};
    view.scan.drift_A = {view.field_A[0] * (random.uniform() - 0.5), view.field_A[1] * (random.uniform() - 0.5)};
    if (i % 2 == 0)
      for (int line = 0; line < 30; ++line) view.scan.line_A.push_back(0.5 * random.normal());
    const double px = view.field_A[0] / 40, py = view.field_A[1] / 30;
    for (int iy = 0; iy < 30; ++iy)
      for (int ix = 0; ix < 40; ++ix) {
        const auto off = view.displacement_A(ix, iy);
        const auto seen = view.seen_at({(ix + 0.5) * px + off[0], (iy + 0.5) * py + off[1]});
        EXPECT_NEAR(seen[0] / px - 0.5, ix, 1e-9);
        EXPECT_NEAR(seen[1] / py - 0.5, iy, 1e-9);
      }
  }
}

}  // namespace
}  // namespace twinmill::specimen

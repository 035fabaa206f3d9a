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

}  // namespace
}  // namespace twinmill::specimen

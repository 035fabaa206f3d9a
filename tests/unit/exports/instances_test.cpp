#include "instances.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace twinmill::exports {
namespace {

using testing::ElementsAre;

/// A mask of discs: class of the nearest site within the radius.
Image<std::uint8_t> discs(int width, int height, double radius_px, const std::vector<store::AtomRow>& sites) {
  Image<std::uint8_t> mask(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      double least = radius_px;
      for (const auto& site : sites) {
        const double d = std::hypot(x - site.x_px, y - site.y_px);
        if (site.label == 0 || d > least) continue;
        least = d;
        mask.at(x, y) = site.label;
      }
    }
  }
  return mask;
}

store::AtomRow site(float x, float y, std::uint8_t label, int number) {
  return {.x_px = x, .y_px = y, .z_A = 0, .site = number, .z = 0, .label = label};
}

/// The mask that instances make up; fails when a pixel belongs to two.
Image<std::uint8_t> painted(const std::vector<Instance>& all, int width, int height) {
  Image<std::uint8_t> mask(width, height);
  for (const auto& instance : all) {
    for (const auto p : instance.pixels) {
      auto& pixel = mask.at(static_cast<int>(p / height), static_cast<int>(p % height));
      EXPECT_EQ(pixel, 0) << "pixel " << p;
      pixel = static_cast<std::uint8_t>(instance.label);
    }
  }
  return mask;
}

TEST(Instances, SeparateSitesOfOneClassWhoseDiscsTouch) {
  const std::vector<store::AtomRow> sites = {site(8, 10, 1, 3), site(14, 10, 1, 4), site(2, 2, 0, 5)};
  const auto mask = discs(24, 20, 4, sites);
  const auto all = instances(mask, sites, {.pixel_x_A = 0.3, .pixel_y_A = 0.3, .reach_A = 1.2001});
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(painted(all, 24, 20), mask);
  EXPECT_EQ(all[0].sites.at(0).site, 3);
  EXPECT_EQ(all[1].sites.at(0).site, 4);
  EXPECT_THAT(all[0].box, ElementsAre(4, 6, 8, 9));  // The column between the two is as near to the first.
  EXPECT_THAT(all[1].box, ElementsAre(12, 6, 7, 9));
}

TEST(Instances, JoinSitesThatStandOnEachOther) {
  const std::vector<store::AtomRow> sites = {site(8, 10, 2, 3), site(8.5F, 10, 2, 7)};
  const auto mask = discs(24, 20, 4, sites);
  const auto all = instances(mask, sites, {.pixel_x_A = 0.3, .pixel_y_A = 0.3, .reach_A = 1.4});
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].sites.size(), 2U);
  EXPECT_EQ(painted(all, 24, 20), mask);
}

TEST(Instances, KeepPixelsOfSitesBeyondTheBorderApart) {
  const std::vector<store::AtomRow> seen = {site(3, 10, 1, 3)};
  const std::vector<store::AtomRow> drawn = {
      seen.front(),
      site(-2, 14, 1, 4),  // Touches the first one's disc from outside.
      site(25, 3, 2, 5),
  };
  const auto mask = discs(24, 20, 4, drawn);
  const auto all = instances(mask, seen, {.pixel_x_A = 1, .pixel_y_A = 1, .reach_A = 4.001});
  EXPECT_EQ(painted(all, 24, 20), mask);
  ASSERT_EQ(all.size(), 3U);
  int beyond = 0;
  for (const auto& instance : all) beyond += instance.sites.empty() ? 1 : 0;
  EXPECT_EQ(beyond, 2);
}

TEST(Instances, LeaveOutSitesThatOwnNoPixel) {
  const std::vector<store::AtomRow> sites = {site(8, 10, 1, 3), site(8, 10, 2, 4)};
  Image<std::uint8_t> mask = discs(24, 20, 4, {sites[0]});
  const auto all = instances(mask, sites, {.pixel_x_A = 1, .pixel_y_A = 1, .reach_A = 4.001});
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].label, 1);
}

TEST(Instances, KnowThatPixelsNeedNotBeSquare) {
  // In angstrom the second site is nearer to the pixels between the two.
  const std::vector<store::AtomRow> sites = {site(2, 2, 1, 1), site(2, 10, 1, 2)};
  Image<std::uint8_t> mask(12, 12, 1);
  const auto all = instances(mask, sites, {.pixel_x_A = 1, .pixel_y_A = 0.1, .reach_A = 100});
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].pixels.size(), 12U * 7U);  // Rows 0 to 6.
  EXPECT_EQ(painted(all, 12, 12), mask);
}

TEST(Instances, RunLengthsCountColumnByColumn) {
  const Instance instance{.label = 1, .pixels = {0, 1, 5, 6, 7, 11}, .sites = {}};
  EXPECT_THAT(run_lengths(instance, 12), ElementsAre(0, 2, 3, 3, 3, 1));
  EXPECT_THAT(run_lengths(instance, 14), ElementsAre(0, 2, 3, 3, 3, 1, 2));
  const auto runs = run_lengths({.label = 1, .pixels = {4}, .sites = {}}, 9);
  EXPECT_THAT(runs, ElementsAre(4, 1, 4));
}

}  // namespace
}  // namespace twinmill::exports

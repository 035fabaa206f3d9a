#include "defects.hpp"

#include <gmock/gmock.h>

namespace twinmill::train {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr PixelGrid grid{.width = 20, .height = 20, .pixel_x_A = 0.5, .pixel_y_A = 0.5};
// A disc has pi/0.25 = 12.6 pixels, so a region needs 4 of them.
constexpr DefectRules rules{.label_radius_A = 1, .match_radius_A = 0, .smallest_area = 0.25};

store::AtomRow site(double x_A, double y_A, std::uint8_t label) {
  store::AtomRow atom;
  atom.x_px = static_cast<float>(x_A / 0.5 - 0.5);
  atom.y_px = static_cast<float>(y_A / 0.5 - 0.5);
  atom.label = label;
  return atom;
}

Defect at(double x_A, double y_A, std::uint8_t label) { return {.label = label, .where = {{x_A, y_A}}}; }

struct Mask {
  std::vector<std::uint8_t> pixels = std::vector<std::uint8_t>(400, 0);
  Mask& block(int x, int y, int width, int height, std::uint8_t label) {
    for (int j = y; j < y + height; ++j)
      for (int i = x; i < x + width; ++i) pixels[static_cast<std::size_t>(20 * j + i)] = label;
    return *this;
  }
};

TEST(TrueDefects, AreLabelledSitesJoinedWhereTheirDiscsTouch) {
  const std::vector<store::AtomRow> atoms = {site(5, 5, 1), site(3, 7, 0), site(7, 5, 1), site(5, 7.6, 1),
                                             site(5, 5, 2)};
  const auto defects = true_defects(atoms, grid, rules);
  ASSERT_EQ(defects.size(), 3U) << "2 A apart: one; 2.6 A apart, or another class: two";
  EXPECT_EQ(defects[0].label, 1);
  EXPECT_THAT(defects[0].where, ElementsAre(ElementsAre(6, 5), ElementsAre(5, 5), ElementsAre(7, 5)));
  EXPECT_THAT(defects[1].where, ElementsAre(ElementsAre(5, ::testing::DoubleNear(7.6, 1e-5))));
  EXPECT_EQ(defects[2].label, 2);
}

TEST(TrueDefects, AtTheBorderAreMarked) {
  const std::vector<store::AtomRow> atoms = {site(0.9, 5, 1), site(1.1, 8.8, 2), site(9.1, 5, 3), site(5, 9.5, 4)};
  const auto defects = true_defects(atoms, grid, rules);
  ASSERT_EQ(defects.size(), 4U);
  EXPECT_TRUE(defects[0].at_border);
  EXPECT_FALSE(defects[1].at_border);
  EXPECT_TRUE(defects[2].at_border);
  EXPECT_TRUE(defects[3].at_border);
}

TEST(FoundDefects, AreRegionsOfOneClass) {
  const Mask mask = Mask()
                        .block(4, 4, 2, 2, 1)
                        .block(6, 6, 2, 2, 1)
                        .block(8, 6, 2, 2, 2)
                        .block(4, 14, 3, 1, 1)
                        .block(14, 14, 4, 1, 3);
  const auto found = found_defects(mask.pixels, grid, rules);
  ASSERT_EQ(found.size(), 3U) << "three pixels are too few";
  EXPECT_EQ(found[0].label, 1) << "two blocks that touch at a corner";
  EXPECT_THAT(found[0].where, ElementsAre(ElementsAre(3, 3)));
  EXPECT_EQ(found[1].label, 2);
  EXPECT_THAT(found[1].where, ElementsAre(ElementsAre(4.5, 3.5)));
  EXPECT_THAT(found[2].where, ElementsAre(ElementsAre(8, 7.25)));
  EXPECT_THAT(found_defects(Mask().pixels, grid, rules), IsEmpty());
}

TEST(MatchDefects, TheSameClassComesFirst) {
  const std::vector<Defect> truth = {at(5, 5, 1)}, found = {at(5, 5, 2), at(5.8, 5, 1)};
  EXPECT_THAT(match_defects(truth, found, rules),
              UnorderedElementsAre(DefectPair{.truth = 1, .found = 1}, DefectPair{.truth = 0, .found = 2}));
}

TEST(MatchDefects, AnotherClassInItsPlaceIsAConfusion) {
  const std::vector<Defect> truth = {at(5, 5, 1)}, found = {at(5.8, 5, 3)};
  EXPECT_THAT(match_defects(truth, found, rules), ElementsAre(DefectPair{.truth = 1, .found = 3}));
}

TEST(MatchDefects, IsOneToOneAndEndsAtTheRadius) {
  const std::vector<Defect> truth = {at(4.4, 5, 1), at(5.7, 5, 1)}, found = {at(5, 5, 1), at(5, 8, 1)};
  EXPECT_THAT(match_defects(truth, found, rules),
              UnorderedElementsAre(DefectPair{.truth = 1, .found = 1}, DefectPair{.truth = 1, .found = 0},
                                   DefectPair{.truth = 0, .found = 1}));
  DefectRules wide = rules;
  wide.match_radius_A = 3.2;
  EXPECT_THAT(match_defects(truth, found, wide),
              UnorderedElementsAre(DefectPair{.truth = 1, .found = 1}, DefectPair{.truth = 1, .found = 1}));
}

TEST(MatchDefects, WhatLiesAtTheBorderIsNotCounted) {
  Defect edge = at(0.5, 5, 1), found_edge = at(0.9, 5, 2), stray = at(0.5, 9, 1);
  edge.at_border = found_edge.at_border = stray.at_border = true;
  const std::vector<Defect> truth = {edge, at(1.2, 7, 1)}, found = {found_edge, stray};
  EXPECT_THAT(match_defects(truth, found, rules), ElementsAre(DefectPair{.truth = 1, .found = 0}));
  Defect near = at(0.95, 7, 1);
  near.at_border = true;
  const std::vector<Defect> also = {found_edge, near};
  EXPECT_THAT(match_defects(truth, also, rules), ElementsAre(DefectPair{.truth = 1, .found = 1}))
      << "a true defect inside may be found a little outside";
}

TEST(MatchDefects, ADefectOfSeveralSitesIsFoundAtAnyOfThem) {
  const std::vector<store::AtomRow> atoms = {site(4, 5, 1), site(6, 5, 1)};
  const auto truth = true_defects(atoms, grid, rules);
  EXPECT_THAT(match_defects(truth, std::vector<Defect>{at(6.5, 5, 1)}, rules),
              ElementsAre(DefectPair{.truth = 1, .found = 1}));
  EXPECT_THAT(match_defects(truth, std::vector<Defect>{at(5, 5.9, 1)}, rules),
              ElementsAre(DefectPair{.truth = 1, .found = 1}));
}

}  // namespace
}  // namespace twinmill::train

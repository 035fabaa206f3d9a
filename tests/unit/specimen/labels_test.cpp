#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "expect_error.hpp"
#include "twinmill/base/random.hpp"
#include "twinmill/specimen/build.hpp"
#include "twinmill/specimen/view.hpp"

namespace twinmill::specimen {
namespace {

using ::testing::HasSubstr;
using twinmill::testing::message_of;
using Mask = Image<std::uint8_t>;

constexpr std::uint8_t vacancy = 1, dopant = 5;

Site defect(double x, double y, SiteClass label = SiteClass::anion_vacancy, int index = 0) {
  return {.z = label == SiteClass::anion_vacancy ? 0 : 42, .r_A = {x, y, 6}, .index = index, .label = label};
}

// A cell of 20 x 20 A seen whole, 0.1 A a pixel: image and structure have the same coordinates.
Structure cell(std::vector<Site> sites) { return {.cell_A = {20, 20, 12}, .sites = std::move(sites)}; }
const View whole{.field_A = {20, 20}, .pixels = {200, 200}, .origin_A = {10, 10}};

std::ptrdiff_t area(const Mask& m, std::uint8_t label) { return std::count(m.data.begin(), m.data.end(), label); }

// The definition, pixel by pixel, with more periodic images than any test needs.
Mask slow_mask(const Structure& s, const View& view, double radius) {
  Mask m(view.pixels[0], view.pixels[1]);
  for (int iy = 0; iy < m.height; ++iy) {
    for (int ix = 0; ix < m.width; ++ix) {
      const auto off = view.displacement_A(ix, iy);
      const auto r = view.to_structure(
          {(ix + 0.5) * view.field_A[0] / m.width + off[0], (iy + 0.5) * view.field_A[1] / m.height + off[1]});
      double best = radius;
      for (const auto& site : s.sites) {
        if (site.label == SiteClass::lattice) continue;
        const double d = std::hypot(std::remainder(r[0] - site.r_A[0], s.cell_A[0]),
                                    std::remainder(r[1] - site.r_A[1], s.cell_A[1]));
        if (d >= best) continue;
        best = d;
        m.at(ix, iy) = static_cast<std::uint8_t>(site.label);
      }
    }
  }
  return m;
}

View distorted(View view, RandomStream& random) {
  view.scan.drift_A = {view.field_A[0] * (random.uniform() - 0.5), view.field_A[1] * (random.uniform() - 0.5)};
  for (int line = 0; line < view.pixels[1]; ++line) view.scan.line_A.push_back(0.3 * random.normal());
  return view;
}

TEST(Masks, PristineIsAllLattice) {
  const Mask m = mask(pristine(parent("MoS2-H"), {4, 4}), whole, 1.0);
  EXPECT_EQ(m.width, 200);
  EXPECT_EQ(m.height, 200);
  EXPECT_EQ(area(m, 0), 200 * 200);
}

TEST(Masks, ADefectIsADiscOfKnownAreaAndPlace) {
  const Mask m = mask(cell({defect(7.03, 12.41)}), whole, 1.0);
  EXPECT_NEAR(static_cast<double>(area(m, vacancy)), std::numbers::pi * 100, 6);  // pi r^2 in pixels of 0.01 A^2.
  EXPECT_EQ(area(m, 0) + area(m, vacancy), 200 * 200);
  double sum_x = 0, sum_y = 0;
  for (int iy = 0; iy < 200; ++iy) {
    for (int ix = 0; ix < 200; ++ix) {
      const double d = std::hypot((ix + 0.5) * 0.1 - 7.03, (iy + 0.5) * 0.1 - 12.41);
      EXPECT_EQ(m.at(ix, iy), d <= 1.0 ? vacancy : 0) << ix << " " << iy;
      if (m.at(ix, iy) == vacancy) {
        sum_x += (ix + 0.5) * 0.1;
        sum_y += (iy + 0.5) * 0.1;
      }
    }
  }
  EXPECT_NEAR(sum_x / static_cast<double>(area(m, vacancy)), 7.03, 0.02);
  EXPECT_NEAR(sum_y / static_cast<double>(area(m, vacancy)), 12.41, 0.02);
}

TEST(Masks, OblongPixelsAndFields) {
  const View view{.field_A = {20, 10}, .pixels = {100, 200}, .origin_A = {10, 5}};
  const Mask m = mask(cell({defect(7, 4)}), view, 1.5);
  EXPECT_EQ(m.width, 100);
  EXPECT_EQ(m.height, 200);
  EXPECT_NEAR(static_cast<double>(area(m, vacancy)), std::numbers::pi * 2.25 / (0.2 * 0.05), 15);
  EXPECT_EQ(m.at(35, 80), vacancy);  // Centre at (7.1, 4.025).
  EXPECT_EQ(m.at(43, 80), 0);        // 1.7 A along x.
  EXPECT_EQ(m.at(35, 113), 0);       // 1.675 A along y.
}

TEST(Masks, NearestWinsWhereDiscsMeet) {
  const auto s = cell({defect(9.5, 10.02), defect(10.5, 10.02, SiteClass::dopant, 1)});
  const Mask m = mask(s, whole, 1.0);
  for (int iy = 0; iy < 200; ++iy) {
    for (int ix = 0; ix < 200; ++ix) {
      if (m.at(ix, iy) == 0) continue;
      EXPECT_EQ(m.at(ix, iy), ix < 100 ? vacancy : dopant) << ix << " " << iy;
    }
  }
  EXPECT_EQ(area(m, vacancy), area(m, dopant));
  EXPECT_EQ(m, slow_mask(s, whole, 1.0));
}

TEST(Masks, TheFirstSiteWinsATie) {
  const Mask m = mask(cell({defect(10, 10), defect(10, 10, SiteClass::dopant, 1)}), whole, 1.0);
  EXPECT_GT(area(m, vacancy), 300);
  EXPECT_EQ(area(m, dopant), 0);
}

TEST(Masks, DiscsCrossTheCellsFaces) {
  const Mask m = mask(cell({defect(0.02, 19.98)}), whole, 1.0);
  EXPECT_NEAR(static_cast<double>(area(m, vacancy)), std::numbers::pi * 100, 6);
  for (const auto& [x, y] : {std::pair{2, 2}, {197, 2}, {2, 197}, {197, 197}}) EXPECT_EQ(m.at(x, y), vacancy);
  EXPECT_EQ(m.at(100, 100), 0);
}

TEST(Masks, SitesOutsideTheImagePaintTheirPartInside) {
  View view{.field_A = {6, 6}, .pixels = {60, 60}, .origin_A = {10, 10}};  // 7 to 13 A.
  const auto s = cell({defect(6.5, 10)});
  const Mask m = mask(s, view, 1.0);
  EXPECT_TRUE(seen_sites(s, view).empty());
  // Circular segment beyond half of the radius: r^2 acos(1/2) - (r/2) sqrt(r^2 - r^2/4).
  EXPECT_NEAR(static_cast<double>(area(m, vacancy)), 100 * (std::numbers::pi / 3 - std::sqrt(0.75) / 2), 6);
  EXPECT_EQ(m.at(0, 30), vacancy);
  EXPECT_EQ(m.at(59, 30), 0);
  view.origin_A = {10.6, 10};
  EXPECT_EQ(area(mask(s, view, 1.0), vacancy), 0);
}

TEST(Masks, QuarterTurnsPermutePixelsExactly) {
  const auto s = build({.parent = "MoS2-H",
                        .defects = {{.kind = SiteClass::anion_vacancy}},
                        .arrangement = {5, 6},
                        .placement = {5, 6}});
  const auto site = std::find_if(s.sites.begin(), s.sites.end(), [](const Site& x) { return x.z == 0; });
  View view{.field_A = {8, 8}, .pixels = {128, 128}, .origin_A = {site->r_A[0] + 1.1, site->r_A[1] - 0.7}};
  const Mask upright = mask(s, view, 1.0);
  ASSERT_GT(area(upright, vacancy), 500);
  view.rotation_deg = 90;
  const Mask turned = mask(s, view, 1.0);
  view.rotation_deg = 180;
  const Mask upside_down = mask(s, view, 1.0);
  view.rotation_deg = -90;
  const Mask back = mask(s, view, 1.0);
  for (int iy = 0; iy < 128; ++iy) {
    for (int ix = 0; ix < 128; ++ix) {
      EXPECT_EQ(turned.at(127 - iy, ix), upright.at(ix, iy));
      EXPECT_EQ(upside_down.at(127 - ix, 127 - iy), upright.at(ix, iy));
      EXPECT_EQ(back.at(iy, 127 - ix), upright.at(ix, iy));
    }
  }
}

// Fields larger and smaller than the cell, any rotation, several defects: what is painted is the definition.
TEST(Masks, AgreeWithTheDefinitionAnywhere) {
  RandomStream random({3, 4}, "masks");
  for (int i = 0; i < 40; ++i) {
    Structure s{.cell_A = {5 + 5 * random.uniform(), 5 + 5 * random.uniform(), 12}, .sites = {}};
    for (int k = 0; k < 3; ++k)
      s.sites.push_back(defect(s.cell_A[0] * random.uniform(), s.cell_A[1] * random.uniform(),
                               static_cast<SiteClass>(1 + random.below(5)), k));
    const View view{.field_A = {2 + 20 * random.uniform(), 2 + 20 * random.uniform()},
                    .pixels = {37, 53},
                    .rotation_deg = 360 * random.uniform(),
                    .origin_A = {60 * random.uniform() - 30, 60 * random.uniform() - 30}};
    EXPECT_EQ(mask(s, view, 1.3), slow_mask(s, view, 1.3)) << i;
    const View shaken = distorted(view, random);
    EXPECT_EQ(mask(s, shaken, 1.3), slow_mask(s, shaken, 1.3)) << i;
    EXPECT_NE(mask(s, shaken, 1.3), mask(s, view, 1.3)) << i;
  }
}

TEST(Seen, PixelCoordinatesHaveTheFirstPixelsCentreAtZero) {
  const auto s = cell({defect(0.05, 0.15), defect(19.95, 10, SiteClass::dopant, 1)});
  const auto seen = seen_sites(s, whole);
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_NEAR(seen[0].x_px, 0, 1e-9);
  EXPECT_NEAR(seen[0].y_px, 1, 1e-9);
  EXPECT_EQ(seen[0].z_A, 6);
  EXPECT_EQ(seen[0].z, 0);
  EXPECT_EQ(seen[0].index, 0);
  EXPECT_EQ(seen[0].label, SiteClass::anion_vacancy);
  EXPECT_NEAR(seen[1].x_px, 199, 1e-9);
  EXPECT_EQ(seen[1].z, 42);
  EXPECT_EQ(seen[1].index, 1);
  EXPECT_EQ(seen[1].label, SiteClass::dopant);
}

TEST(Seen, BordersAreHalfOpen) {
  // Every corner and edge of the field is the same site of the cell: it is seen once, at the lower end.
  const auto seen = seen_sites(cell({defect(0, 0)}), whole);
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].x_px, -0.5);
  EXPECT_EQ(seen[0].y_px, -0.5);
  const View right{.field_A = {4, 4}, .pixels = {40, 40}, .origin_A = {8, 10}};  // 6 to 10 A.
  EXPECT_TRUE(seen_sites(cell({defect(10, 10)}), right).empty());
  const View left{.field_A = {4, 4}, .pixels = {40, 40}, .origin_A = {12, 10}};  // 10 to 14 A.
  EXPECT_EQ(seen_sites(cell({defect(10, 10)}), left).size(), 1u);
}

TEST(Seen, AFieldOfOneCellHoldsEachSiteOnce) {
  for (const char* id : {"MoS2-H", "PtSe2-T", "WTe2-H", "SnS2-T"}) {
    const auto s = pristine(parent(id), {4, 4});
    RandomStream random({8, 9}, id);
    for (int i = 0; i < 50; ++i) {
      const View view{.field_A = {s.cell_A[0], s.cell_A[1]},
                      .origin_A = {40 * random.uniform() - 20, 40 * random.uniform() - 20}};
      const auto seen = seen_sites(s, view);
      ASSERT_EQ(seen.size(), 48u);
      for (int k = 0; k < 48; ++k) EXPECT_EQ(seen[static_cast<std::size_t>(k)].index, k);
    }
  }
}

// Also where sites fall on the border but for rounding.
TEST(Seen, AFieldOfOneCellCenteredAtAnAtomsEdgeHoldsEachSiteOnce) {
  const auto s = pristine(parent("MoS2-H"), {4, 4});
  for (const auto& site : s.sites) {
    const View view{.field_A = {s.cell_A[0], s.cell_A[1]},
                    .origin_A = {site.r_A[0] + s.cell_A[0] / 2, site.r_A[1] + s.cell_A[1] / 2}};
    EXPECT_EQ(seen_sites(s, view).size(), 48u);
  }
}

TEST(Seen, LargeFieldsHoldDensityTimesArea) {
  const auto s = pristine(parent("MoS2-H"), {4, 4});
  const double density = 48 / (s.cell_A[0] * s.cell_A[1]);
  for (const double rotation : {0.0, 11.0, 45.0, 200.0}) {
    const View view{.field_A = {150, 100}, .rotation_deg = rotation, .origin_A = {3, 4}};
    const double expected = density * 150 * 100;
    // What is uncertain is the border: one spacing of sites along its length, at random.
    EXPECT_NEAR(static_cast<double>(seen_sites(s, view).size()), expected, 2 * 500 * std::sqrt(density)) << rotation;
    EXPECT_NEAR(static_cast<double>(seen_sites(s, view).size()) / expected, 1, 0.03) << rotation;
  }
}

TEST(Seen, PlacesFollowTheViewAndItsPeriodicImages) {
  const auto s = build({.parent = "PtSe2-T",
                        .defects = {{.kind = SiteClass::dopant, .element = "W"}},
                        .arrangement = {2, 2},
                        .placement = {2, 2}});
  const View view{.field_A = {40, 30}, .pixels = {400, 150}, .rotation_deg = 25, .origin_A = {-4, 9}};
  int dopants = 0, last_index = -1;
  double last_y = 0, last_x = 0;
  for (const auto& seen : seen_sites(s, view)) {
    EXPECT_GE(seen.x_px, -0.5);
    EXPECT_LT(seen.x_px, 399.5);
    EXPECT_GE(seen.y_px, -0.5);
    EXPECT_LT(seen.y_px, 149.5);
    const auto r = view.to_structure({(seen.x_px + 0.5) * 0.1, (seen.y_px + 0.5) * 0.2});
    const auto& site = s.sites[static_cast<std::size_t>(seen.index)];
    EXPECT_NEAR(std::remainder(r[0] - site.r_A[0], s.cell_A[0]), 0, 1e-9);
    EXPECT_NEAR(std::remainder(r[1] - site.r_A[1], s.cell_A[1]), 0, 1e-9);
    EXPECT_EQ(seen.label, site.label);
    EXPECT_EQ(seen.z, site.z);
    dopants += seen.label == SiteClass::dopant ? 1 : 0;
    EXPECT_GE(seen.index, last_index);
    EXPECT_TRUE(seen.index != last_index || seen.y_px > last_y || (seen.y_px == last_y && seen.x_px > last_x));
    last_index = seen.index;
    last_y = seen.y_px;
    last_x = seen.x_px;
  }
  const double expected = 40 * 30 / (s.cell_A[0] * s.cell_A[1]);
  EXPECT_NEAR(dopants, expected, 3);
  EXPECT_GT(dopants, 4);
}

// Every seen defect is in the mask at its place.
TEST(Seen, MasksShowWhatIsSeen) {
  const auto s = build({.parent = "MoS2-H",
                        .defects = {{.kind = SiteClass::metal_vacancy}},
                        .arrangement = {2, 3},
                        .placement = {2, 3}});
  const View view{.field_A = {30, 30}, .pixels = {256, 256}, .rotation_deg = 17, .origin_A = {1, 2}};
  const Mask m = mask(s, view, 1.0);
  int defects = 0;
  for (const auto& seen : seen_sites(s, view)) {
    if (seen.label == SiteClass::lattice) continue;
    ++defects;
    EXPECT_EQ(m.at(static_cast<int>(std::floor(seen.x_px + 0.5)), static_cast<int>(std::floor(seen.y_px + 0.5))), 2);
  }
  EXPECT_GT(defects, 4);
}

// Under a displaced probe, too: the pixel at a seen defect shows it, and one that is not seen is under no pixel.
TEST(Seen, DistortedScansSeeWhatIsUnderTheProbe) {
  const auto s = build({.parent = "MoS2-H",
                        .defects = {{.kind = SiteClass::metal_vacancy}},
                        .arrangement = {2, 3},
                        .placement = {2, 3}});
  RandomStream random({7, 7}, "scans");
  for (int i = 0; i < 20; ++i) {
    const View view =
        distorted({.field_A = {30, 25}, .pixels = {256, 200}, .rotation_deg = 17, .origin_A = {1, 2}}, random);
    const double px = 30.0 / 256, py = 25.0 / 200;
    for (const auto& seen : seen_sites(s, view)) {
      const int ix = static_cast<int>(std::floor(seen.x_px + 0.5)), iy = static_cast<int>(std::floor(seen.y_px + 0.5));
      ASSERT_TRUE(ix >= 0 && ix < 256 && iy >= 0 && iy < 200);
      const auto off = view.displacement_A(ix, iy);
      const auto r = view.to_structure({(ix + 0.5) * px + off[0], (iy + 0.5) * py + off[1]});
      const auto& site = s.sites[static_cast<std::size_t>(seen.index)];
      // Half a pixel, and at most as much again where the drift stretches it.
      EXPECT_LT(std::abs(std::remainder(r[0] - site.r_A[0], s.cell_A[0])), 0.2);
      EXPECT_LT(std::abs(std::remainder(r[1] - site.r_A[1], s.cell_A[1])), 0.2);
    }
    // Densities: the scan covers the specimen with the area of its parallelogram.
    const double density = static_cast<double>(s.sites.size()) / (s.cell_A[0] * s.cell_A[1]);
    const double area = 30 * 25 * (1 - view.scan.drift_A[1] / 25);
    EXPECT_NEAR(static_cast<double>(seen_sites(s, view).size()) / (density * area), 1, 0.08);
  }
}

TEST(Views, ImpossibleOnesAreRefused) {
  const auto s = cell({defect(1, 1)});
  const auto complaint = [&](View view, double radius = 1.0) {
    return message_of(Fault::input, [&] { mask(s, view, radius); });
  };
  EXPECT_EQ(complaint({.field_A = {0, 5}}), "field = 0 x 5 A (must be positive, at most 1e+06)");
  EXPECT_EQ(complaint({.pixels = {128, 0}}), "pixels = 128 x 0 (must be positive)");
  EXPECT_THAT(complaint({.rotation_deg = std::nan("")}), HasSubstr("rotation = nan"));
  EXPECT_THAT(complaint({.origin_A = {1e300, 0}}), HasSubstr("origin = 1e+300, 0 A"));
  EXPECT_EQ(complaint({.field_A = {8, 8}, .scan = {.drift_A = {1, -5}, .line_A = {}}}),
            "drift = 1, -5 A (must be at most half the field)");
  message_of(Fault::bug, [&] { mask(s, {.scan = {.line_A = {0.1, 0.2}}}, 1); });
  EXPECT_EQ(complaint({}, 0), "label radius = 0 A (must be positive)");
  message_of(Fault::input, [&] { seen_sites(s, {.field_A = {-1, 5}}); });
  message_of(Fault::bug, [&] { seen_sites({}, {}); });
}

}  // namespace
}  // namespace twinmill::specimen

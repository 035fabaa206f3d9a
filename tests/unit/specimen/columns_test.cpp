#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "twinmill/base/random.hpp"
#include "twinmill/specimen/build.hpp"
#include "twinmill/specimen/view.hpp"

namespace twinmill::specimen {
namespace {

Site atom(int z, double x, double y, double height = 6) { return {.z = z, .r_A = {x, y, height}}; }

// A cell of 20 x 20 A seen whole: image and structure have the same coordinates.
std::vector<SeenSite> seen(std::vector<Site> sites) {
  return seen_sites({.cell_A = {20, 20, 12}, .sites = std::move(sites)},
                    {.field_A = {20, 20}, .pixels = {200, 200}, .origin_A = {10, 10}});
}

std::vector<int> columns_of(const std::vector<SeenSite>& sites) {
  std::vector<int> columns;
  for (const auto& s : sites) columns.push_back(s.column);
  return columns;
}

TEST(Columns, AreCountedByFirstAppearance) {
  const auto sites = seen({atom(42, 5, 5), atom(16, 7, 7), atom(16, 7, 7, 9), atom(0, 7, 7), atom(34, 5.3, 5, 4)});
  EXPECT_EQ(columns_of(sites), (std::vector<int>{0, 1, 1, -1, 0}));
  EXPECT_EQ(column_species(sites), (std::vector<std::string>{"MoSe", "S2"}));
}

TEST(Columns, NearPairsChain) {
  const auto chain = seen({atom(16, 5, 5), atom(16, 5.9, 5), atom(42, 5.45, 5)});
  EXPECT_EQ(columns_of(chain), (std::vector<int>{0, 0, 0}));
  EXPECT_EQ(column_species(chain), (std::vector<std::string>{"MoS2"}));
  EXPECT_EQ(columns_of(seen({atom(16, 5, 5), atom(16, 5.5, 5)})), (std::vector<int>{0, 0}));
  EXPECT_EQ(columns_of(seen({atom(16, 5, 5), atom(16, 5.51, 5)})), (std::vector<int>{0, 1}));
}

TEST(Columns, EndAtTheImagesBorder) {
  const auto sites = seen({atom(16, 0.1, 5), atom(16, 19.9, 5)});
  EXPECT_EQ(columns_of(sites), (std::vector<int>{0, 1}));
}

TEST(Columns, OfASheetAreItsMetalsAndPairsOfAnions) {
  for (const double rotation : {0.0, 17.0}) {
    const View view{.field_A = {40, 30}, .pixels = {400, 300}, .rotation_deg = rotation, .origin_A = {3, 4}};
    const auto sites = seen_sites(pristine(parent("MoS2-H"), {4, 4}), view);
    const auto species = column_species(sites);
    EXPECT_EQ(std::count(species.begin(), species.end(), "Mo"),
              std::count_if(sites.begin(), sites.end(), [](const SeenSite& s) { return s.z == 42; }));
    for (const auto& s : sites) EXPECT_EQ(species[static_cast<std::size_t>(s.column)], s.z == 42 ? "Mo" : "S2");
  }
}

TEST(Columns, OfATSheetAreSingleAtoms) {
  const auto sites = seen_sites(pristine(parent("PtSe2-T"), {4, 4}), {.field_A = {30, 30}, .pixels = {300, 300}});
  for (std::size_t i = 0; i < sites.size(); ++i) EXPECT_EQ(sites[i].column, static_cast<int>(i));
}

// What a scan makes of the picture changes nothing about what stands above what.
TEST(Columns, AreThoseOfTheSpecimenInADistortedScan) {
  View view{.field_A = {20, 20}, .pixels = {100, 100}, .origin_A = {10, 10}};
  RandomStream random({1, 1}, "lines");
  for (int line = 0; line < 100; ++line) view.scan.line_A.push_back(0.5 * random.normal());
  const Structure pairs{.cell_A = {20, 20, 12},
                        .sites = {atom(16, 5, 5), atom(16, 5.2, 5.4), atom(16, 12, 12), atom(16, 12.45, 12.1)}};
  EXPECT_EQ(columns_of(seen_sites(pairs, view)), (std::vector<int>{0, 0, 1, 1}));
}

// The definition, with every pair, on what only chance arranges.
TEST(Columns, AreTheConnectedPartsOfNearPairs) {
  RandomStream random({5, 5}, "gas");
  std::vector<Site> gas;
  for (int i = 0; i < 1500; ++i) gas.push_back(atom(6, 20 * random.uniform(), 20 * random.uniform()));
  const auto sites = seen(gas);
  std::vector<std::size_t> part(sites.size());
  for (std::size_t i = 0; i < part.size(); ++i) part[i] = i;
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t i = 0; i < part.size(); ++i) {
      for (std::size_t j = 0; j < part.size(); ++j) {
        if (part[j] >= part[i] || std::hypot(sites[i].x_px - sites[j].x_px, sites[i].y_px - sites[j].y_px) > 5)
          continue;
        part[i] = part[j];
        changed = true;
      }
    }
  }
  for (std::size_t i = 0; i < part.size(); ++i) EXPECT_EQ(sites[i].column, sites[part[i]].column);
  auto roots = part;
  std::sort(roots.begin(), roots.end());
  roots.erase(std::unique(roots.begin(), roots.end()), roots.end());
  EXPECT_EQ(column_species(sites).size(), roots.size());
  EXPECT_GT(roots.size(), 100u);
  EXPECT_LT(roots.size(), 1200u);
}

TEST(Columns, OfALargeImageTakeNoTime) {
  const View view{.field_A = {600, 500}, .pixels = {100, 100}, .rotation_deg = 10};
  const auto sites = seen_sites(pristine(parent("MoS2-H"), {4, 4}), view);
  EXPECT_GT(sites.size(), 90000u);
  EXPECT_NEAR(static_cast<double>(column_species(sites).size()), static_cast<double>(sites.size()) * 2 / 3, 1000);
}

}  // namespace
}  // namespace twinmill::specimen

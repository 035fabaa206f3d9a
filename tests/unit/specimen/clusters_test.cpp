// Shapes of clusters of vacancies.
#include <gmock/gmock.h>

#include <numbers>

#include "expect_error.hpp"
#include "geometry.hpp"
#include "twinmill/specimen/build.hpp"

namespace twinmill::specimen {
namespace {

using ::testing::HasSubstr;
using twinmill::testing::apart;
using twinmill::testing::distance_in_plane;
using twinmill::testing::labelled;
using twinmill::testing::message_of;

Recipe recipe(const std::string& parent, Cluster cluster, int count, std::uint64_t key = 1, Side side = Side::any,
              std::array<int, 2> supercell = {6, 6}) {
  return {.parent = parent,
          .supercell = supercell,
          .defects = {{.kind = SiteClass::anion_vacancy, .count = count, .side = side, .cluster = cluster}},
          .arrangement = {key, 1},
          .placement = {key, 2}};
}

// How many of the others each vacancy has next to it, sorted.
std::vector<int> neighbours(const Structure& s, double bond) {
  const auto sites = labelled(s);
  std::vector<int> counts;
  for (const auto& a : sites) {
    counts.push_back(0);
    for (const auto& b : sites)
      counts.back() += a.index != b.index && std::abs(distance_in_plane(s, a, b) - bond) < 1e-6 ? 1 : 0;
  }
  std::sort(counts.begin(), counts.end());
  return counts;
}

bool in_one_plane(const std::vector<Site>& sites) {
  return std::all_of(sites.begin(), sites.end(),
                     [&](const Site& s) { return (s.r_A[2] > 6) == (sites[0].r_A[2] > 6); });
}

double largest_distance(const Structure& s) {
  double largest = 0;
  for (const auto& a : labelled(s))
    for (const auto& b : labelled(s)) largest = std::max(largest, distance_in_plane(s, a, b));
  return largest;
}

class Shapes : public ::testing::TestWithParam<const char*> {
 protected:
  template <class Check>
  void for_keys(Cluster cluster, int count, Check check) {
    for (std::uint64_t key = 0; key < 30; ++key) {
      const auto s = build(recipe(GetParam(), cluster, count, key));
      const auto sites = labelled(s);
      ASSERT_EQ(sites.size(), static_cast<std::size_t>(count));
      for (const auto& site : sites) {
        EXPECT_EQ(site.z, 0);
        EXPECT_EQ(site.label, SiteClass::anion_vacancy);
      }
      EXPECT_EQ(in_one_plane(sites), cluster != Cluster::column);
      check(s);
    }
  }
  double a = parent(GetParam()).a_A;
};

TEST_P(Shapes, Pair) {
  for_keys(Cluster::pair, 2, [&](const Structure& s) { EXPECT_EQ(neighbours(s, a), (std::vector{1, 1})); });
}

TEST_P(Shapes, LinesAreStraight) {
  for_keys(Cluster::line, 2, [&](const Structure& s) { EXPECT_NEAR(largest_distance(s), a, 1e-6); });
  for_keys(Cluster::line, 3, [&](const Structure& s) {
    EXPECT_EQ(neighbours(s, a), (std::vector{1, 1, 2}));
    EXPECT_NEAR(largest_distance(s), 2 * a, 1e-6);
  });
  for_keys(Cluster::line, 4, [&](const Structure& s) {
    EXPECT_EQ(neighbours(s, a), (std::vector{1, 1, 2, 2}));
    EXPECT_NEAR(largest_distance(s), 3 * a, 1e-6);
  });
}

TEST_P(Shapes, BentRowsHave120Degrees) {
  for_keys(Cluster::bent, 3, [&](const Structure& s) {
    EXPECT_EQ(neighbours(s, a), (std::vector{1, 1, 2}));
    EXPECT_NEAR(largest_distance(s), std::numbers::sqrt3 * a, 1e-6);
  });
}

TEST_P(Shapes, TrianglesAreAroundAMetalOrNone) {
  for (const auto& [cluster, over_metal] :
       {std::pair{Cluster::triangle_metal, true}, {Cluster::triangle_hollow, false}}) {
    for_keys(cluster, 3, [&, over_metal = over_metal](const Structure& s) {
      EXPECT_EQ(neighbours(s, a), (std::vector{2, 2, 2}));
      const auto sites = labelled(s);
      int around_all = 0;  // Metals as near to each of the three as a metal is to its anions.
      for (const auto& metal : s.sites) {
        if (metal.z != atomic_number(parent(GetParam()).metal)) continue;
        around_all += std::all_of(sites.begin(), sites.end(), [&](const Site& v) {
          return std::abs(distance_in_plane(s, metal, v) - a / std::numbers::sqrt3) < 1e-6;
        });
      }
      EXPECT_EQ(around_all, over_metal ? 1 : 0);
    });
  }
}

TEST_P(Shapes, ColumnsAreTheNearestAcrossTheSheet) {
  const double aside = parent(GetParam()).phase == Phase::H ? 0 : a / std::numbers::sqrt3;
  for_keys(Cluster::column, 2, [&](const Structure& s) {
    EXPECT_FALSE(in_one_plane(labelled(s)));
    EXPECT_NEAR(largest_distance(s), aside, 1e-6);
  });
}

INSTANTIATE_TEST_SUITE_P(Phases, Shapes, ::testing::Values("MoS2-H", "PtSe2-T"));

TEST(Clusters, KeepToTheirSide) {
  for (const Cluster c : {Cluster::triangle_metal, Cluster::bent}) {
    EXPECT_GT(labelled(build(recipe("MoS2-H", c, 3, 1, Side::top))).at(0).r_A[2], 6);
    EXPECT_LT(labelled(build(recipe("MoS2-H", c, 3, 1, Side::bottom))).at(0).r_A[2], 6);
  }
}

// The distortions keep six neighbours to every anion, so all shapes are there, at distances near the ideal ones.
TEST(Clusters, DistortedSheetsHaveThemToo) {
  for (const auto& p : parents()) {
    if (p.phase != Phase::T1 && p.phase != Phase::T2) continue;
    SCOPED_TRACE(p.id);
    const double near =
        std::sqrt(p.unit_A[0] * p.unit_A[1] / static_cast<double>(p.basis.size()) * 3 * 2 / std::numbers::sqrt3);
    const auto size = [&, id = p.id](Cluster c, int n) { return largest_distance(build(recipe(id, c, n))) / near; };
    EXPECT_NEAR(size(Cluster::pair, 2), 1, 0.15);
    EXPECT_NEAR(size(Cluster::line, 3), 2, 0.2);
    EXPECT_NEAR(size(Cluster::line, 4), 3, 0.3);
    EXPECT_NEAR(size(Cluster::bent, 3), std::numbers::sqrt3, 0.25);
    EXPECT_NEAR(size(Cluster::triangle_metal, 3), 1, 0.15);
    EXPECT_NEAR(size(Cluster::triangle_hollow, 3), 1, 0.15);
    EXPECT_LT(size(Cluster::column, 2), 0.9);
  }
}

TEST(Clusters, PentagonalSheetsHaveZigzagRowsOnly) {
  EXPECT_EQ(labelled(build(recipe("PdSe2-P", Cluster::pair, 2))).size(), 2u);
  EXPECT_EQ(labelled(build(recipe("PdSe2-P", Cluster::bent, 3))).size(), 3u);
  EXPECT_THAT(message_of(Fault::input, [] { build(recipe("PdSe2-P", Cluster::triangle_metal, 3)); }),
              HasSubstr("cluster = triangle_metal (no anions of PdSe2-P lie to each other like that)"));
}

TEST(Clusters, MustFitIntoThePeriodicCell) {
  const auto complaint = [](Cluster c, int count, std::array<int, 2> supercell) {
    return message_of(Fault::input, [&] { build(recipe("MoS2-H", c, count, 1, Side::any, supercell)); });
  };
  EXPECT_EQ(complaint(Cluster::pair, 2, {2, 2}),
            "MoS2-H 2x2 anion_vacancy x2 pair: cluster = pair (2 vacancies would meet their own periodic images). Take "
            "more unit cells?");
  EXPECT_THAT(complaint(Cluster::line, 4, {2, 4}), HasSubstr("would meet their own periodic images"));
  EXPECT_THAT(complaint(Cluster::triangle_metal, 3, {2, 2}), HasSubstr("would meet their own periodic images"));
  // Four along x close a ring in a cell of four, but along the other rows they do not.
  for (std::uint64_t key = 0; key < 20; ++key) {
    const auto s = build(recipe("MoS2-H", Cluster::line, 4, key, Side::any, {4, 4}));
    EXPECT_EQ(neighbours(s, parent("MoS2-H").a_A), (std::vector{1, 1, 2, 2}));
  }
}

TEST(Clusters, CountsMustFitTheShape) {
  const auto complaint = [](Cluster c, int count, Side side = Side::any) {
    return message_of(Fault::input, [&] { build(recipe("MoS2-H", c, count, 1, side)); });
  };
  EXPECT_EQ(complaint(Cluster::pair, 3),
            "MoS2-H 6x6 anion_vacancy x3 pair: count = 3 (a cluster of shape pair has 2 vacancies)");
  EXPECT_THAT(complaint(Cluster::column, 1), HasSubstr("(a cluster of shape column has 2 vacancies)"));
  EXPECT_THAT(complaint(Cluster::line, 5), HasSubstr("(a cluster of shape line has 2 to 4 vacancies)"));
  EXPECT_THAT(complaint(Cluster::line, 1), HasSubstr("2 to 4"));
  for (const Cluster c : {Cluster::bent, Cluster::triangle_metal, Cluster::triangle_hollow})
    EXPECT_THAT(complaint(c, 2), HasSubstr("has 3 vacancies)"));
  EXPECT_THAT(complaint(Cluster::column, 2, Side::top),
              HasSubstr("side = top (a column goes through both anion planes)"));
  EXPECT_THAT(complaint(Cluster::bent, 3, Side::both), HasSubstr("side = both (a cluster of shape bent lies in one"));
}

TEST(Clusters, HaveNames) {
  for (int i = 0; i < static_cast<int>(Cluster::count_); ++i) {
    const auto c = static_cast<Cluster>(i);
    EXPECT_EQ(cluster(name(c)), c);
  }
  EXPECT_EQ(message_of(Fault::input, [] { cluster("pairs"); }),
            "cluster = pairs (the clusters are random, column, pair, line, bent, triangle_metal and triangle_hollow). "
            "Did you mean pair?");
}

}  // namespace
}  // namespace twinmill::specimen

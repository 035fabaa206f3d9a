// Several defects, impurities, and what cannot be.
#include <gmock/gmock.h>

#include <map>
#include <set>

#include "expect_error.hpp"
#include "geometry.hpp"
#include "radii.hpp"
#include "twinmill/specimen/build.hpp"

namespace twinmill::specimen {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using twinmill::testing::distance;
using twinmill::testing::distance_in_plane;
using twinmill::testing::labelled;
using twinmill::testing::message_of;

Recipe recipe(std::vector<Defect> defects, std::uint64_t key = 1) {
  return {.parent = "MoS2-H",
          .supercell = {6, 6},
          .defects = std::move(defects),
          .arrangement = {key, 1},
          .placement = {key, 2}};
}

std::string complaint(const Recipe& r) {
  return message_of(Fault::input, [&] { build(r); });
}

int count(const Structure& s, int z) {
  return static_cast<int>(std::count_if(s.sites.begin(), s.sites.end(), [&](const Site& site) { return site.z == z; }));
}

TEST(Sides, AreKept) {
  for (const auto kind : {SiteClass::anion_vacancy, SiteClass::metal_on_anion, SiteClass::anion_interstitial,
                          SiteClass::adatom, SiteClass::antisite_vacancy}) {
    SCOPED_TRACE(std::string(name(kind)));
    std::set<bool> seen;
    for (std::uint64_t key = 0; key < 16; ++key) {
      const auto upper = [&](const Site& s) {
        return s.r_A[2] > 6 && (kind != SiteClass::antisite_vacancy || s.z > 0);
      };
      const auto above = [&](Side side, int n) {
        const auto sites = labelled(build(recipe({{.kind = kind, .count = n, .side = side}}, key)));
        return std::count_if(sites.begin(), sites.end(), upper);
      };
      EXPECT_EQ(above(Side::top, 3), 3);
      EXPECT_EQ(above(Side::bottom, 3), 0);
      EXPECT_EQ(above(Side::both, 4), 2);
      const auto of_three = above(Side::both, 3);
      EXPECT_TRUE(of_three == 1 || of_three == 2);
      seen.insert(above(Side::any, 1) == 1);
    }
    EXPECT_EQ(seen.size(), 2u);  // any: sometimes the one, sometimes the other.
  }
}

TEST(Mixtures, KeepTheirDistanceInThePlane) {
  for (std::uint64_t key = 0; key < 20; ++key) {
    auto r = recipe({{.kind = SiteClass::anion_vacancy, .count = 3},
                     {.kind = SiteClass::dopant, .element = "W"},
                     {.kind = SiteClass::adatom, .element = "Fe"}},
                    key);
    r.min_distance_A = 5;
    const auto s = build(r);
    const auto sites = labelled(s);
    ASSERT_EQ(sites.size(), 5u);
    for (const auto& a : sites)
      for (const auto& b : sites)
        if (a.index != b.index) {
          EXPECT_GE(distance_in_plane(s, a, b), 5 - 1e-9);
        }
  }
}

// The members of a cluster are nearer to each other than the clusters may be.
TEST(Mixtures, TheDistanceIsBetweenDefectsNotInsideThem) {
  auto r = recipe({{.count = 3, .cluster = Cluster::line}, {.count = 2, .cluster = Cluster::column}});
  r.supercell = {8, 8};
  r.min_distance_A = 6;
  const auto s = build(r);
  const auto sites = labelled(s);
  ASSERT_EQ(sites.size(), 5u);
  int near = 0;
  for (const auto& a : sites)
    for (const auto& b : sites) near += a.index < b.index && distance_in_plane(s, a, b) < 6 ? 1 : 0;
  EXPECT_EQ(near, 3);  // Two bonds of the line and the column; the line's ends are 6.4 A apart.
}

TEST(Mixtures, NoSiteIsTakenTwice) {
  // Every anion and every metal site of the cell.
  auto r = recipe({{.count = 40},
                   {.kind = SiteClass::metal_on_anion, .count = 32},
                   {.kind = SiteClass::metal_vacancy, .count = 36}});
  const auto s = build(r);
  EXPECT_EQ(labelled(s).size(), 108u);
  EXPECT_EQ(count(s, 0), 76);
  EXPECT_EQ(count(s, 42), 32);
}

TEST(Mixtures, AtomsOffTheLatticeKeepClearOfEachOther) {
  auto r = recipe({{.kind = SiteClass::metal_interstitial, .count = 4},
                   {.kind = SiteClass::anion_interstitial, .count = 4},
                   {.kind = SiteClass::adatom, .count = 4}});
  const auto s = build(r);
  const auto sites = labelled(s);
  ASSERT_EQ(sites.size(), 12u);
  for (const auto& a : sites)
    for (const auto& b : sites)
      if (a.index != b.index) {
        EXPECT_GE(distance(s, a, b), 0.7 * (covalent_radius_A(a.z) + covalent_radius_A(b.z)) - 1e-9);
      }
}

TEST(Mixtures, FillTheCellAsFarAsTheyGo) {
  // 4 sites in a cell of 4 x 4 that are 2a apart: room for exactly four, on every second place of every second row.
  Recipe r{.parent = "MoS2-H", .defects = {{.kind = SiteClass::metal_vacancy, .count = 4}}};
  r.min_distance_A = 2 * parent("MoS2-H").a_A - 0.01;
  EXPECT_EQ(labelled(build(r)).size(), 4u);
  r.defects[0].count = 5;
  EXPECT_EQ(complaint(r),
            "MoS2-H 4x4 metal_vacancy x5: no room for all defects (at least 6.3582 A apart). Take more unit cells, or "
            "fewer?");
}

TEST(Mixtures, MoreThanThereAreSites) {
  EXPECT_EQ(complaint(recipe({{.kind = SiteClass::metal_vacancy, .count = 37}})),
            "MoS2-H 6x6 metal_vacancy x37: 37 metal sites are asked for (the supercell has 36). Take more unit cells?");
  EXPECT_THAT(complaint(recipe({{.kind = SiteClass::antisite_vacancy, .count = 37}})),
              HasSubstr("74 anion sites are asked for (the supercell has 72)"));
  EXPECT_THAT(complaint(recipe({{.count = 37, .side = Side::top}})),
              HasSubstr("no room for all defects (each on a site"));
}

TEST(Impurities, SitUnlabelledOnFreeSites) {
  for (std::uint64_t key = 0; key < 10; ++key) {
    auto r = recipe({{.kind = SiteClass::metal_vacancy, .count = 2}}, key);
    r.min_distance_A = 3;
    r.impurities = {{.element = "Li", .place = Place::metal, .count = 2},
                    {.element = "O", .place = Place::anion},
                    {.element = "Na", .place = Place::adatom},
                    {.element = "H", .place = Place::interstitial}};
    const auto s = build(r);
    EXPECT_EQ(s.sites.size(), 110u);
    EXPECT_EQ(count(s, 3), 2);
    EXPECT_EQ(count(s, 8), 1);
    EXPECT_EQ(count(s, 11), 1);
    EXPECT_EQ(count(s, 1), 1);
    EXPECT_EQ(count(s, 42), 32);
    EXPECT_EQ(count(s, 16), 71);
    EXPECT_EQ(labelled(s).size(), 2u);
    std::vector<Site> all;
    for (const auto& site : s.sites)
      if (site.z != 42 && site.z != 16) all.push_back(site);
    ASSERT_EQ(all.size(), 7u);
    for (const auto& a : all)
      for (const auto& b : all)
        if (a.index != b.index) {
          EXPECT_GE(distance_in_plane(s, a, b), 3 - 1e-9);
        }
  }
}

TEST(Impurities, DoNotMoveTheDefects) {
  auto r = recipe({{.count = 3}});
  const auto without = labelled(arranged(r));
  r.impurities = {{.element = "Li"}};
  const auto with = labelled(arranged(r));
  ASSERT_EQ(with.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(with[i].index, without[i].index);
}

TEST(Streams, ArrangementAndPlacementAreIndependent) {
  const auto one = arranged(recipe({{.count = 3}}));
  auto r = recipe({{.count = 3}});
  r.placement = {99, 99};
  const auto two = arranged(r);
  for (std::size_t i = 0; i < one.sites.size(); ++i) EXPECT_EQ(one.sites[i].z, two.sites[i].z);
  r.arrangement = {99, 98};
  EXPECT_NE(labelled(arranged(r)).at(1).index * 100 + labelled(arranged(r)).at(2).index,
            labelled(one).at(1).index * 100 + labelled(one).at(2).index);
}

TEST(Descriptions, AreShort) {
  EXPECT_EQ(description({.parent = "MoS2-H"}), "pristine");
  EXPECT_EQ(description(recipe({{.count = 3, .side = Side::top, .cluster = Cluster::line}})),
            "anion_vacancy x3 line top");
  auto r = recipe({{}, {.kind = SiteClass::dopant, .count = 2, .element = "W"}});
  r.impurities = {{.element = "Li", .count = 4}};
  EXPECT_EQ(description(r), "anion_vacancy + dopant W x2 + impurity Li metal x4");
  EXPECT_EQ(description({.impurities = {{.element = "O", .place = Place::adatom}}}), "pristine + impurity O adatom");
}

TEST(Names, ReadBack) {
  for (int i = 0; i < static_cast<int>(Side::count_); ++i)
    EXPECT_EQ(side(name(static_cast<Side>(i))), static_cast<Side>(i));
  for (int i = 0; i < static_cast<int>(Place::count_); ++i)
    EXPECT_EQ(place(name(static_cast<Place>(i))), static_cast<Place>(i));
  EXPECT_EQ(message_of(Fault::input, [] { side("up"); }), "side = up (the sides are any, top, bottom and both)");
  EXPECT_EQ(message_of(Fault::input, [] { place("metals"); }),
            "place = metals (the places are metal, anion, interstitial and adatom). Did you mean metal?");
  message_of(Fault::bug, [] { name(Side::count_); });
  message_of(Fault::bug, [] { name(Place::count_); });
}

TEST(Mistakes, NameTheStructure) {
  const auto dopant = [](const std::string& element) {
    return complaint(recipe({{.kind = SiteClass::dopant, .element = element}}));
  };
  EXPECT_EQ(dopant("Tx"), "MoS2-H 6x6 dopant Tx: dopant = Tx (no such element). Did you mean Ti?");
  EXPECT_EQ(dopant("O"), "MoS2-H 6x6 dopant O: dopant = O (not a transition metal)");
  EXPECT_EQ(dopant("Mo"), "MoS2-H 6x6 dopant Mo: dopant = Mo (MoS2-H has this metal already)");
  EXPECT_EQ(dopant(""), "MoS2-H 6x6 dopant: dopant is missing (the defect is a dopant). Name an element?");
  EXPECT_THAT(complaint(recipe({{.kind = SiteClass::adatom, .element = "Na"}})),
              HasSubstr("adatom = Na (not a transition metal)"));
  EXPECT_THAT(complaint(recipe({{.kind = SiteClass::anion_vacancy, .element = "W"}})),
              HasSubstr("element = W (the defect is anion_vacancy). Leave it out?"));
  EXPECT_THAT(complaint(recipe({{.count = 0}})), HasSubstr("count = 0 (must be positive)"));
  EXPECT_THAT(complaint(recipe({{.kind = SiteClass::lattice}})), HasSubstr("lattice (is no defect)"));
  EXPECT_THAT(complaint(recipe({{.kind = SiteClass::metal_vacancy, .side = Side::top}})),
              HasSubstr("side = top (metal_vacancy belongs to no anion plane)"));
  EXPECT_THAT(complaint(recipe({{.kind = SiteClass::metal_vacancy, .count = 2, .cluster = Cluster::pair}})),
              HasSubstr("only anion vacancies cluster"));
  auto r = recipe({{}});
  r.min_distance_A = -1;
  EXPECT_THAT(complaint(r), HasSubstr("min_distance = -1 A (must not be negative)"));
  r = recipe({{}});
  r.parent = "MoS3-H";
  EXPECT_THAT(complaint(r), HasSubstr("Did you mean MoS2-H?"));
}

TEST(Mistakes, OfImpurities) {
  const auto impurity = [](const std::string& element, Place place, int n = 1) {
    auto r = recipe({});
    r.impurities = {{.element = element, .place = place, .count = n}};
    return complaint(r);
  };
  EXPECT_EQ(impurity("Mo", Place::metal),
            "MoS2-H 6x6 pristine + impurity Mo metal: impurity = Mo (MoS2-H has this metal already)");
  EXPECT_THAT(impurity("S", Place::anion), HasSubstr("impurity = S (MoS2-H has this anion already)"));
  EXPECT_THAT(impurity("Lj", Place::metal), HasSubstr("impurity = Lj (no such element). Did you mean Li?"));
  EXPECT_THAT(impurity("", Place::metal), HasSubstr("impurity without an element"));
  EXPECT_THAT(impurity("Li", Place::metal, -1), HasSubstr("count = -1 (must be positive)"));
  EXPECT_THAT(impurity("Li", Place::metal, 40), HasSubstr("40 metal sites are asked for"));
  EXPECT_THAT(impurity("Li", Place::adatom, 100), HasSubstr("no room for all impurities"));
}

}  // namespace
}  // namespace twinmill::specimen

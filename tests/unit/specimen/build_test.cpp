#include "twinmill/specimen/build.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "expect_error.hpp"

namespace twinmill::specimen {
namespace {

using ::testing::HasSubstr;
using twinmill::testing::message_of;
using Point = std::array<double, 3>;

// Distances to all periodic images of b in the plane, so small cells work too.
std::vector<double> distances(const Structure& s, const Point& a, const Point& b) {
  std::vector<double> all;
  for (int ny = -2; ny <= 2; ++ny)
    for (int nx = -2; nx <= 2; ++nx)
      all.push_back(std::hypot(b[0] - a[0] + nx * s.cell_A[0], b[1] - a[1] + ny * s.cell_A[1], b[2] - a[2]));
  return all;
}

double nearest_distance(const Structure& s, const Point& a, const Point& b) {
  const auto all = distances(s, a, b);
  return *std::min_element(all.begin(), all.end());
}

bool has_atom_at(const Structure& s, int z, const Point& r) {
  return std::any_of(s.sites.begin(), s.sites.end(),
                     [&](const Site& site) { return site.z == z && nearest_distance(s, r, site.r_A) < 1e-6; });
}

int count(const Structure& s, int z) {
  return static_cast<int>(std::count_if(s.sites.begin(), s.sites.end(), [&](const Site& site) { return site.z == z; }));
}

class EveryParent : public ::testing::Test {
 protected:
  template <class Check>
  static void for_each(Check check) {
    for (const auto& p : parents()) {
      if (p.phase != Phase::H && p.phase != Phase::T) continue;
      SCOPED_TRACE(p.id);
      check(p, pristine(p, {2, 4}));
    }
  }
};

TEST_F(EveryParent, HasTheRightAtomsInsideTheCell) {
  for_each([](const Parent& p, const Structure& s) {
    EXPECT_EQ(s.sites.size(), 24u);
    EXPECT_EQ(count(s, atomic_number(p.metal)), 8);
    EXPECT_EQ(count(s, atomic_number(p.anion)), 16);
    EXPECT_NEAR(s.cell_A[0], 2 * p.a_A, 1e-12);
    EXPECT_NEAR(s.cell_A[1], 2 * std::sqrt(3.0) * p.a_A, 1e-12);
    EXPECT_EQ(s.cell_A[2], 12);
    for (std::size_t i = 0; i < s.sites.size(); ++i) {
      EXPECT_EQ(s.sites[i].index, static_cast<int>(i));
      EXPECT_EQ(s.sites[i].label, SiteClass::lattice);
      for (std::size_t axis = 0; axis < 3; ++axis) {  // Well off the faces.
        EXPECT_GT(s.sites[i].r_A[axis], 0.1);
        EXPECT_LT(s.sites[i].r_A[axis], s.cell_A[axis] - 0.1);
      }
    }
  });
}

TEST_F(EveryParent, MetalsHaveSixAnionsAtTheBondLength) {
  for_each([](const Parent& p, const Structure& s) {
    const double bond = std::sqrt(p.a_A * p.a_A / 3 + p.thickness_A * p.thickness_A / 4);
    for (const auto& metal : s.sites) {
      if (metal.z != atomic_number(p.metal)) continue;
      int bonds = 0;
      for (const auto& anion : s.sites) {
        if (anion.z != atomic_number(p.anion)) continue;
        for (const double d : distances(s, metal.r_A, anion.r_A)) bonds += std::abs(d - bond) < 1e-6 ? 1 : 0;
      }
      EXPECT_EQ(bonds, 6);
    }
  });
}

// The anions of PdO2-H, a collapsed minimum of low confidence, are 1.40 A apart; no other parent comes near.
TEST_F(EveryParent, AtomsKeepTheirDistance) {
  for_each([](const Parent& p, const Structure& s) {
    const double least = p.id == "PdO2-H" ? 1.40 : 1.5;
    for (std::size_t i = 0; i < s.sites.size(); ++i)
      for (std::size_t j = i + 1; j < s.sites.size(); ++j)
        EXPECT_GT(nearest_distance(s, s.sites[i].r_A, s.sites[j].r_A), least);
  });
}

TEST_F(EveryParent, HasTheSymmetryOfItsPhase) {
  for_each([](const Parent& p, const Structure& s) {
    const Point metal = s.sites[0].r_A;
    bool mirrored = true, inverted = true;
    for (const auto& site : s.sites) {
      const auto& r = site.r_A;
      mirrored = mirrored && has_atom_at(s, site.z, {r[0], r[1], 2 * metal[2] - r[2]});
      inverted = inverted && has_atom_at(s, site.z, {2 * metal[0] - r[0], 2 * metal[1] - r[1], 2 * metal[2] - r[2]});
    }
    EXPECT_EQ(mirrored, p.phase == Phase::H);
    EXPECT_EQ(inverted, p.phase == Phase::T);
  });
}

// A third of a turn about a metal: both phases have it, a wrongly placed row does not.
TEST_F(EveryParent, HasTheThreefoldAxis) {
  for (const auto& p : parents()) {
    if (p.phase != Phase::H && p.phase != Phase::T) continue;
    SCOPED_TRACE(p.id);
    const auto s = pristine(p, {6, 6});
    const Point metal = s.sites[60].r_A;  // Away from the faces: the rectangle itself has no threefold axis.
    for (const auto& site : s.sites) {
      const double x = site.r_A[0] - metal[0], y = site.r_A[1] - metal[1];
      if (std::hypot(x, y) > 1.5 * p.a_A) continue;
      const double c = -0.5, sn = std::sqrt(3.0) / 2;
      EXPECT_TRUE(has_atom_at(s, site.z, {metal[0] + c * x - sn * y, metal[1] + sn * x + c * y, site.r_A[2]}));
    }
  }
}

TEST(Pristine, SitesAreOrderedByRowThenColumn) {
  const Parent& p = parent("MoS2-H");
  const auto s = pristine(p, {3, 2});
  ASSERT_EQ(s.sites.size(), 18u);
  for (int j = 0; j < 2; ++j) {
    for (int i = 0; i < 3; ++i) {
      const std::size_t first = static_cast<std::size_t>(3 * (3 * j + i));
      EXPECT_EQ(s.sites[first].z, 42);
      EXPECT_NEAR(s.sites[first].r_A[0], (0.23 + i + 0.5 * j) * p.a_A, 1e-12);
      EXPECT_NEAR(s.sites[first].r_A[1], 0.13 * p.a_A + j * std::sqrt(3.0) / 2 * p.a_A, 1e-12);
      EXPECT_NEAR(s.sites[first].r_A[2], 6, 1e-12);
      EXPECT_NEAR(s.sites[first + 1].r_A[2], 6 + p.thickness_A / 2, 1e-12);
      EXPECT_NEAR(s.sites[first + 2].r_A[2], 6 - p.thickness_A / 2, 1e-12);
    }
  }
}

TEST(Pristine, RefusesImpossibleCells) {
  const Parent& p = parent("MoS2-H");
  EXPECT_EQ(message_of(Fault::input,
                       [&] {
                         pristine(p, {4, 3});
                       }),
            "supercell = 4x3 (the second number must be even for an orthogonal cell). Use 4x4?");
  EXPECT_THAT(message_of(Fault::input,
                         [&] {
                           pristine(p, {0, 4});
                         }),
              HasSubstr("supercell = 0x4 (both numbers must be positive)"));
  EXPECT_THAT(message_of(Fault::input, [&] { pristine(p, {4, -2}); }), HasSubstr("must be positive"));
  EXPECT_THAT(message_of(Fault::input, [&] { pristine(p, {40000, 40000}); }), HasSubstr("more than 10,000,000 atoms"));
}

TEST(Pristine, OtherPhasesRepeatTheirCell) {
  const Parent& p = parent("WTe2-T'");
  const auto s = pristine(p, {3, 1});
  ASSERT_EQ(s.sites.size(), 18u);
  EXPECT_NEAR(s.cell_A[0], 3 * p.unit_A[0], 1e-12);
  EXPECT_NEAR(s.cell_A[1], p.unit_A[1], 1e-12);
  for (std::size_t i = 0; i < 18; ++i) {
    const auto& atom = p.basis[i % 6];
    EXPECT_EQ(s.sites[i].z, atom.z);
    EXPECT_EQ(s.sites[i].index, static_cast<int>(i));
    EXPECT_NEAR(s.sites[i].r_A[0], atom.r_A[0] + static_cast<double>(i / 6) * p.unit_A[0], 1e-12);
    EXPECT_NEAR(s.sites[i].r_A[2], 6 + atom.r_A[2], 1e-12);
  }
}

Recipe recipe(SiteClass kind, std::uint64_t key = 7) {
  return {.parent = "MoS2-H",
          .defects = {{.kind = kind, .element = kind == SiteClass::dopant ? "W" : ""}},
          .arrangement = {key, 1},
          .placement = {key, 2}};
}

std::vector<Site> labelled(const Structure& s) {
  std::vector<Site> sites;
  for (const auto& site : s.sites)
    if (site.label != SiteClass::lattice) sites.push_back(site);
  return sites;
}

// The one site that differs from the pristine cell.
Site changed_site(const Recipe& r) {
  const auto before = pristine(parent(r.parent), r.supercell), after = build(r);
  EXPECT_EQ(before.cell_A, after.cell_A);
  EXPECT_EQ(before.sites.size(), after.sites.size());
  for (std::size_t i = 0; i < before.sites.size(); ++i) {
    EXPECT_EQ(before.sites[i].r_A, after.sites[i].r_A);
    EXPECT_EQ(before.sites[i].index, after.sites[i].index);
    EXPECT_EQ(before.sites[i].z != after.sites[i].z, after.sites[i].label != SiteClass::lattice);
  }
  const auto changed = labelled(after);
  EXPECT_EQ(changed.size(), 1u);
  return changed.empty() ? Site{} : changed.front();
}

TEST(Build, PristineIsPristine) {
  for (const char* id : {"MoS2-H", "PtSe2-T", "ReS2-T''"}) {
    const auto s = build({.parent = id, .placement = {1, 2}}), p = pristine(parent(id), {4, 4});
    ASSERT_EQ(s.sites.size(), p.sites.size());
    for (std::size_t i = 0; i < s.sites.size(); ++i) EXPECT_EQ(s.sites[i].r_A, p.sites[i].r_A);
  }
}

TEST(Build, EachDefectOfASiteChangesOneOfItsSublattice) {
  struct Case {
    SiteClass kind;
    int z;
    bool metal_site;
  };
  for (const auto& [kind, z, metal_site] :
       {Case{SiteClass::anion_vacancy, 0, false}, Case{SiteClass::metal_vacancy, 0, true},
        Case{SiteClass::metal_on_anion, 42, false}, Case{SiteClass::anion_on_metal, 16, true},
        Case{SiteClass::dopant, 74, true}}) {
    SCOPED_TRACE(std::string(name(kind)));
    for (std::uint64_t key = 0; key < 20; ++key) {
      const Site site = changed_site(recipe(kind, key));
      EXPECT_EQ(site.z, z);
      EXPECT_EQ(site.label, kind);
      EXPECT_EQ(site.index % 3 == 0, metal_site);
    }
  }
}

TEST(Build, DependsOnNothingButTheRecipe) {
  const auto first = changed_site(recipe(SiteClass::anion_vacancy, 3));
  build(recipe(SiteClass::dopant, 4));
  EXPECT_EQ(changed_site(recipe(SiteClass::anion_vacancy, 3)).index, first.index);
}

TEST(Build, TheFirstDefectIsArrangedInTheFirstCell) {
  for (std::uint64_t key = 0; key < 20; ++key) {
    EXPECT_LT(labelled(arranged(recipe(SiteClass::anion_vacancy, key))).at(0).index, 3);
    auto r = recipe(SiteClass::dopant, key);
    r.parent = "MoTe2-T'";
    EXPECT_LT(labelled(arranged(r)).at(0).index, 6);
  }
}

// Relaxed atoms keep their displacements, and the indices say where in the pristine cell each of them now stands.
TEST(Build, PlacingMovesDisplacedAtomsByALatticeVector) {
  for (const char* id : {"MoS2-H", "PdSe2-P"}) {
    SCOPED_TRACE(id);
    Recipe r = recipe(SiteClass::adatom, 11);
    r.parent = id;
    auto start = arranged(r);
    for (auto& site : start.sites) {
      site.r_A[0] += 0.3 * std::sin(site.index);
      site.r_A[2] += 0.1;
    }
    const auto shifted = placed(start, r);
    ASSERT_EQ(shifted.sites.size(), start.sites.size());
    const auto perfect = pristine(parent(id), r.supercell);
    for (std::size_t i = 0; i < perfect.sites.size(); ++i) {
      EXPECT_EQ(shifted.sites[i].index, static_cast<int>(i));
      EXPECT_LT(nearest_distance(start, shifted.sites[i].r_A, perfect.sites[i].r_A), 0.35);
    }
    EXPECT_EQ(shifted.sites.back().index, static_cast<int>(perfect.sites.size()));
    const auto& a = start.sites.back().r_A;
    const auto& b = shifted.sites.back().r_A;
    for (const auto& site : start.sites)
      EXPECT_TRUE(has_atom_at(shifted, site.z, {site.r_A[0] + b[0] - a[0], site.r_A[1] + b[1] - a[1], site.r_A[2]}));
  }
}

// Pearson's chi-square; 5 standard deviations above its mean.
void expect_uniform(SiteClass kind, int sites) {
  std::map<int, int> hits;
  const int draws = 100 * sites;
  for (int key = 0; key < draws; ++key)
    ++hits[labelled(build(recipe(kind, static_cast<std::uint64_t>(key)))).at(0).index];
  EXPECT_EQ(hits.size(), static_cast<std::size_t>(sites));
  double chi2 = 0;
  for (const auto& [index, n] : hits) chi2 += (n - 100.0) * (n - 100.0) / 100;
  EXPECT_LT(chi2, sites - 1 + 5 * std::sqrt(2.0 * (sites - 1)));
  EXPECT_GT(chi2, sites - 1 - 5 * std::sqrt(2.0 * (sites - 1)));
}

TEST(Build, SitesAreDrawnUniformlyFromBothAnionPlanes) { expect_uniform(SiteClass::anion_vacancy, 32); }

TEST(Build, SitesAreDrawnUniformlyFromTheMetals) { expect_uniform(SiteClass::metal_vacancy, 16); }

// Sites that keys have named since version 3 of the physics; another value here means that every campaign changes.
TEST(Build, KeysKeepTheirSites) {
  EXPECT_EQ(changed_site(recipe(SiteClass::anion_vacancy, 1)).index, 35);
  EXPECT_EQ(changed_site(recipe(SiteClass::dopant, 1)).index, 33);
}

}  // namespace
}  // namespace twinmill::specimen

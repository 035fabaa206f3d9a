// Every class of defect in every parent.
#include <gmock/gmock.h>

#include <map>
#include <set>

#include "geometry.hpp"
#include "radii.hpp"
#include "twinmill/specimen/build.hpp"
#include "twinmill/specimen/view.hpp"

namespace twinmill::specimen {
namespace {

using twinmill::testing::apart;
using twinmill::testing::distance;
using twinmill::testing::labelled;
using Counts = std::map<int, int>;

constexpr int first_class = 1, classes = 9;

std::array<int, 2> supercell(const Parent& p) {
  if (p.phase == Phase::H || p.phase == Phase::T) return {4, 4};
  return p.phase == Phase::T1 ? std::array{4, 2} : std::array{2, 2};
}

Recipe recipe(const Parent& p, SiteClass kind) {
  const std::string dopant = p.metal == "W" ? "Mo" : "W";
  return {.parent = p.id,
          .supercell = supercell(p),
          .defects = {{.kind = kind, .element = kind == SiteClass::dopant ? dopant : ""}},
          .arrangement = {static_cast<std::uint64_t>(kind), 5},
          .placement = {static_cast<std::uint64_t>(kind), 6}};
}

template <class Check>
void for_every_parent(Check check) {
  for (const auto& p : parents()) {
    for (int c = first_class; c <= classes; ++c) {
      const auto kind = static_cast<SiteClass>(c);
      SCOPED_TRACE(p.id + " " + std::string(name(kind)));
      check(p, kind);
      if (::testing::Test::HasFailure()) return;
    }
  }
}

Counts counts(const Structure& s) {
  Counts n;
  for (const auto& site : s.sites)
    if (site.z > 0) ++n[site.z];
  return n;
}

// What each class does to the numbers of metals, anions and foreign atoms, and to those of labelled sites.
struct Change {
  int metals = 0, anions = 0, foreign = 0;
  std::size_t labels = 1;
  std::multiset<int> labelled_z;
};

Change change(const Parent& p, SiteClass kind, int foreign) {
  const int m = atomic_number(p.metal), x = atomic_number(p.anion);
  switch (kind) {
    case SiteClass::anion_vacancy:
      return {.anions = -1, .labelled_z = {0}};
    case SiteClass::metal_vacancy:
      return {.metals = -1, .labelled_z = {0}};
    case SiteClass::metal_on_anion:
      return {.metals = 1, .anions = -1, .labelled_z = {m}};
    case SiteClass::anion_on_metal:
      return {.metals = -1, .anions = 1, .labelled_z = {x}};
    case SiteClass::dopant:
      return {.metals = -1, .foreign = 1, .labelled_z = {foreign}};
    case SiteClass::metal_interstitial:
    case SiteClass::adatom:
      return {.metals = 1, .labelled_z = {m}};
    case SiteClass::anion_interstitial:
      return {.anions = 1, .labelled_z = {x}};
    case SiteClass::antisite_vacancy:
      return {.metals = 1, .anions = -2, .labels = 2, .labelled_z = {0, m}};
    case SiteClass::lattice:
    case SiteClass::count_:
      break;
  }
  return {};
}

TEST(EveryClass, ChangesTheRightAtoms) {
  for_every_parent([](const Parent& p, SiteClass kind) {
    const auto r = recipe(p, kind);
    const auto before = pristine(p, r.supercell), after = build(r);
    const int foreign = atomic_number(p.metal == "W" ? "Mo" : "W");
    const auto expected = change(p, kind, foreign);
    auto n = counts(before);
    n[atomic_number(p.metal)] += expected.metals;
    n[atomic_number(p.anion)] += expected.anions;
    if (expected.foreign != 0) n[foreign] += expected.foreign;
    EXPECT_EQ(counts(after), n);
    const auto sites = labelled(after);
    std::multiset<int> z;
    for (const auto& site : sites) {
      EXPECT_EQ(site.label, kind);
      z.insert(site.z);
    }
    EXPECT_EQ(z, expected.labelled_z);
    for (std::size_t i = 0; i < after.sites.size(); ++i) EXPECT_EQ(after.sites[i].index, static_cast<int>(i));
    for (std::size_t i = 0; i < before.sites.size(); ++i) EXPECT_EQ(after.sites[i].r_A, before.sites[i].r_A);
  });
}

// The tightest are metals in the holes of hypothetical fluorides: 1.16 A from F in IrF2-T, and at 0.49 of the sum of
// the covalent radii from the metals of HfF2-T.
TEST(EveryClass, AtomsKeepTheirDistance) {
  for_every_parent([](const Parent& p, SiteClass kind) {
    const auto s = build(recipe(p, kind));
    for (const auto& a : labelled(s)) {
      if (a.z == 0) continue;
      for (const auto& b : s.sites) {
        if (b.z == 0 || b.index == a.index) continue;
        EXPECT_GT(distance(s, a, b), 1.15) << a.index << " and " << b.index;
        EXPECT_GT(distance(s, a, b), 0.48 * (covalent_radius_A(a.z) + covalent_radius_A(b.z)))
            << a.index << " and " << b.index;
      }
    }
  });
}

TEST(EveryClass, IsAFunctionOfItsRecipe) {
  for_every_parent([](const Parent& p, SiteClass kind) {
    if (p.tier != "A") return;
    const auto one = build(recipe(p, kind)), two = build(recipe(p, kind));
    ASSERT_EQ(one.sites.size(), two.sites.size());
    for (std::size_t i = 0; i < one.sites.size(); ++i) {
      EXPECT_EQ(one.sites[i].r_A, two.sites[i].r_A);
      EXPECT_EQ(one.sites[i].z, two.sites[i].z);
      EXPECT_EQ(one.sites[i].label, two.sites[i].label);
    }
  });
}

// The same atoms and labels, all moved by one vector, under every placement.
TEST(EveryClass, PlacementIsALatticeTranslation) {
  for_every_parent([](const Parent& p, SiteClass kind) {
    auto r = recipe(p, kind);
    const auto start = arranged(r);
    r.placement = {17, 18};
    const auto shifted = placed(start, r);
    ASSERT_EQ(shifted.sites.size(), start.sites.size());
    const auto before = labelled(start), after = labelled(shifted);
    ASSERT_EQ(before.size(), after.size());
    // With two labelled sites the vector is the one between those of the same element.
    const auto twin = std::find_if(after.begin(), after.end(), [&](const Site& s) { return s.z == before[0].z; });
    ASSERT_NE(twin, after.end());
    const auto v = apart(start, before[0], *twin);
    EXPECT_NEAR(v[2], 0, 1e-12);
    for (const auto& site : start.sites) {
      Site moved = site;
      moved.r_A[0] += v[0];
      moved.r_A[1] += v[1];
      const auto found = std::find_if(shifted.sites.begin(), shifted.sites.end(), [&](const Site& other) {
        return other.z == site.z && other.label == site.label && distance(shifted, moved, other) < 1e-9;
      });
      EXPECT_NE(found, shifted.sites.end()) << site.index;
    }
  });
}

// The mask has the class around each labelled site and nothing else.
TEST(EveryClass, IsInTheMask) {
  for_every_parent([](const Parent& p, SiteClass kind) {
    if (p.tier != "A") return;
    const auto s = build(recipe(p, kind));
    const View view{
        .field_A = {s.cell_A[0], s.cell_A[1]}, .pixels = {64, 64}, .origin_A = {s.cell_A[0] / 2, s.cell_A[1] / 2}};
    const auto m = mask(s, view, 1.0);
    const auto sites = labelled(s);
    for (int iy = 0; iy < 64; ++iy) {
      for (int ix = 0; ix < 64; ++ix) {
        const Site here{.r_A = {(ix + 0.5) * s.cell_A[0] / 64, (iy + 0.5) * s.cell_A[1] / 64, 0}};
        const bool near = std::any_of(sites.begin(), sites.end(), [&](const Site& site) {
          return twinmill::testing::distance_in_plane(s, here, site) < 1.0;
        });
        ASSERT_EQ(m.at(ix, iy), near ? static_cast<int>(kind) : 0) << ix << " " << iy;
      }
    }
  });
}

TEST(StartHeights, AnAdatomTouchesItsNearestNeighbour) {
  for (const auto& [id, element] : {std::pair{"MoS2-H", "Fe"}, {"PtSe2-T", ""}, {"WTe2-T'", "Ti"}, {"PdSe2-P", "Au"}}) {
    SCOPED_TRACE(id);
    for (const Side side : {Side::top, Side::bottom}) {
      const auto s = build({.parent = id, .defects = {{.kind = SiteClass::adatom, .element = element, .side = side}}});
      const auto adatom = labelled(s).at(0);
      EXPECT_EQ(adatom.z, atomic_number(*element == 0 ? parent(id).metal : element));
      double nearest = 9;
      for (const auto& site : s.sites) {
        if (site.index != adatom.index)
          nearest =
              std::min(nearest, distance(s, site, adatom) / (covalent_radius_A(site.z) + covalent_radius_A(adatom.z)));
      }
      EXPECT_NEAR(nearest, 0.95, 1e-9);
      EXPECT_EQ(adatom.r_A[2] > 6, side == Side::top);
      EXPECT_GT(std::abs(adatom.r_A[2] - 6), parent(id).thickness_A / 2);
    }
  }
}

// MoS2: three S at the hollow that no metal is in, by symmetry; the metal of the H phase may leave its plane to t/4.
TEST(StartHeights, InterstitialsAreInTheHoles) {
  const Parent& p = parent("MoS2-H");
  const auto metal = build({.parent = p.id, .defects = {{.kind = SiteClass::metal_interstitial}}});
  const auto at = labelled(metal).at(0);
  EXPECT_NEAR(std::abs(at.r_A[2] - 6), p.thickness_A / 4, 1e-4);
  int neighbours = 0;
  for (const auto& site : metal.sites) {
    if (site.index == at.index || site.z != 42) continue;
    if (twinmill::testing::distance_in_plane(metal, site, at) < p.a_A / std::sqrt(3.0) + 1e-3) ++neighbours;
  }
  EXPECT_EQ(neighbours, 3);
  for (const Side side : {Side::top, Side::bottom}) {
    const auto anion = build({.parent = p.id, .defects = {{.kind = SiteClass::anion_interstitial, .side = side}}});
    const double height = labelled(anion).at(0).r_A[2] - 6;
    EXPECT_EQ(height > 0, side == Side::top);
    EXPECT_NEAR(std::abs(height), p.thickness_A / 2 + 0.5, 1e-4);
  }
}

TEST(AntisiteVacancies, AreColumnsInTheHPhase) {
  const auto s = build({.parent = "MoS2-H", .defects = {{.kind = SiteClass::antisite_vacancy, .side = Side::top}}});
  const auto sites = labelled(s);
  ASSERT_EQ(sites.size(), 2u);
  EXPECT_NEAR(twinmill::testing::distance_in_plane(s, sites[0], sites[1]), 0, 1e-9);
  EXPECT_EQ(sites[0].z, 42);  // The upper one comes first.
  EXPECT_EQ(sites[1].z, 0);
}

TEST(Radii, AreThoseOfCordero) {
  EXPECT_NEAR(covalent_radius_A(42), 1.54, 1e-6);
  EXPECT_NEAR(covalent_radius_A(16), 1.05, 1e-6);
  EXPECT_NEAR(covalent_radius_A(3), 1.28, 1e-6);
  EXPECT_NEAR(covalent_radius_A(74), 1.62, 1e-6);
}

}  // namespace
}  // namespace twinmill::specimen

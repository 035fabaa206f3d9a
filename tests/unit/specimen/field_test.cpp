#include "twinmill/specimen/field.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "expect_error.hpp"
#include "frame.hpp"
#include "point_grid.hpp"
#include "twinmill/base/random.hpp"
#include "twinmill/specimen/build.hpp"

namespace twinmill::specimen {
namespace {

using ::testing::HasSubstr;
using twinmill::testing::message_of;

Structure sheet(const std::string& id = "MoS2-H") { return pristine(parent(id), {4, 4}); }

// A large sheet in which one site has a class.
Structure sheet_with(std::size_t site, int z, SiteClass label) {
  Structure s = pristine(parent("MoS2-H"), {12, 12});
  s.sites[site].z = z;
  s.sites[site].label = label;
  return s;
}

std::tuple<int, int, std::array<int, 2>> name_of(const Site& s) { return {s.grain, s.index, s.image}; }

void expect_same(const Structure& a, const Structure& b) {
  EXPECT_EQ(a.cell_A, b.cell_A);
  ASSERT_EQ(a.sites.size(), b.sites.size());
  for (std::size_t i = 0; i < a.sites.size(); ++i) {
    EXPECT_EQ(a.sites[i].z, b.sites[i].z);
    EXPECT_EQ(a.sites[i].r_A, b.sites[i].r_A);
    EXPECT_EQ(a.sites[i].label, b.sites[i].label);
    EXPECT_EQ(name_of(a.sites[i]), name_of(b.sites[i]));
  }
}

// Of a site from the line through the field's centre, along the boundary's normal.
double along_normal(const Structure& field, const Boundary& b, const Site& s) {
  const auto [nx, ny] = cos_sin(b.angle_deg);
  return nx * (s.r_A[0] - field.cell_A[0] / 2) + ny * (s.r_A[1] - field.cell_A[1] / 2) - b.offset_A;
}

double distance(const Site& a, const Site& b) {
  return std::hypot(a.r_A[0] - b.r_A[0], a.r_A[1] - b.r_A[1], a.r_A[2] - b.r_A[2]);
}

struct Closest {
  double within = 1e9, across_seam = 1e9;                  // Of one grain.
  double between_grains = 1e9, between_across_seam = 1e9;  // One of each.
};

// Smallest distances over all pairs of atoms, the cell repeated.
Closest closest(const Structure& field) {
  Closest found;
  for (std::size_t i = 0; i < field.sites.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const Site &a = field.sites[i], &b = field.sites[j];
      if (a.z == 0 || b.z == 0 || std::abs(a.r_A[2] - b.r_A[2]) > 3.5) continue;
      for (int ny = -1; ny <= 1; ++ny) {
        for (int nx = -1; nx <= 1; ++nx) {
          Site shifted = a;
          shifted.r_A[0] += nx * field.cell_A[0];
          shifted.r_A[1] += ny * field.cell_A[1];
          const double d = distance(shifted, b);
          const bool direct = nx == 0 && ny == 0;
          double& least = a.grain == b.grain ? (direct ? found.within : found.across_seam)
                                             : (direct ? found.between_grains : found.between_across_seam);
          least = std::min(least, d);
        }
      }
    }
  }
  return found;
}

// Radius of the largest disc inside the field that no atom stands in, in projection, and on which side of the line its
// centre is; without what `ignored` says of a point.
template <class Ignored>
double largest_hole(const Structure& field, double margin_A, Ignored ignored) {
  PointGrid atoms(6);
  for (std::size_t i = 0; i < field.sites.size(); ++i)
    if (field.sites[i].z > 0) atoms.add({field.sites[i].r_A[0], field.sites[i].r_A[1]}, i);
  double largest = 0;
  for (double y = margin_A; y <= field.cell_A[1] - margin_A; y += 0.2) {
    for (double x = margin_A; x <= field.cell_A[0] - margin_A; x += 0.2) {
      if (ignored(x, y)) continue;
      double nearest = 6;
      atoms.near({x, y}, [&](std::size_t i) {
        nearest = std::min(nearest, std::hypot(field.sites[i].r_A[0] - x, field.sites[i].r_A[1] - y));
      });
      largest = std::max(largest, nearest);
    }
  }
  return largest;
}

TEST(Compose, WithoutBoundaryAndDamageIsACut) {
  const auto s = sheet_with(40, 0, SiteClass::anion_vacancy);
  for (const double rotation : {0.0, 10.0, 30.0, 45.0}) {
    const View view{.field_A = {21, 17}, .pixels = {10, 10}, .rotation_deg = rotation, .origin_A = {3, 4}};
    expect_same(compose(s, {3, 4}, {.field_A = {21, 17}, .margin_A = 4, .rotation_deg = rotation}), cut(s, view, 4));
  }
}

TEST(Compose, DependsOnNothingButTheRecipe) {
  const FieldRecipe recipe{.field_A = {20, 20}, .boundary = Boundary{20, 0, 35, 1}, .damage_atoms = 9, .key = {1, 2}};
  FieldRecipe other = recipe;
  other.key = {1, 3};
  const auto field = compose(sheet(), {1, 1}, recipe);
  const auto different = compose(sheet(), {1, 1}, other);
  expect_same(compose(sheet(), {1, 1}, recipe), field);
  const auto last_of = [](const Structure& s) { return s.sites.back().r_A; };
  EXPECT_NE(last_of(field), last_of(different));
}

// Over parents, rotations, gaps and angles: who stands where, how near, and that nothing else is empty.
class Boundaries : public ::testing::TestWithParam<std::string> {};

TEST_P(Boundaries, KeepGrainsOnTheirSidesAndAtomsApart) {
  const auto s = sheet(GetParam());
  const double a = parent(GetParam()).a_A;
  double widest_hole = 0, hole_at_line = 0;
  for (const double rotation : {0.0, 10.0, 30.0, 45.0}) {
    for (const double gap : {-3.0, -1.5, 0.0, 1.5, 3.0}) {
      const Boundary b{.rotation_deg = 7 + rotation, .gap_A = gap, .angle_deg = 3 * rotation + 13, .offset_A = 1.3};
      SCOPED_TRACE(cat("rotation ", rotation, ", gap ", gap));
      const FieldRecipe recipe{.field_A = {24, 20},
                               .margin_A = 5,
                               .rotation_deg = rotation,
                               .boundary = b,
                               .key = {static_cast<std::uint64_t>(rotation), 5}};
      const auto field = compose(s, {2, 3}, recipe);
      double reach[2] = {-1e9, 1e9};
      for (const auto& site : field.sites) {
        const double at = along_normal(field, b, site);
        if (site.grain == 0)
          EXPECT_LT(at, -gap / 2);
        else
          EXPECT_GE(at, gap / 2 - 1e-6);
        if (site.grain == 0) reach[0] = std::max(reach[0], at);
        if (site.grain == 1) reach[1] = std::min(reach[1], at);
      }
      // The edges come as near to their line as the lattice has atoms there.
      EXPECT_NEAR(reach[0], -gap / 2, 0.5);
      EXPECT_NEAR(reach[1], gap / 2, gap < grain_distance_A && gap >= 0 ? 1.5 : 0.5);
      const auto near = closest(field);
      EXPECT_GT(near.within, 1.5);
      EXPECT_GE(near.across_seam, seam_distance_A);
      EXPECT_GE(near.between_grains, gap < 0 ? interlayer_gap_A - 1e-9 : std::max(grain_distance_A, gap));
      EXPECT_GE(near.between_across_seam, grain_distance_A);
      const auto in_gap = [&](double x, double y) {
        return gap > 0 && std::abs(along_normal(field, b, {.r_A = {x, y, 0}})) < gap / 2;
      };
      const auto near_line = [&](double x, double y) {
        return std::abs(along_normal(field, b, {.r_A = {x, y, 0}})) < 4 + std::abs(gap) / 2;
      };
      widest_hole = std::max(widest_hole, largest_hole(field, 5, near_line));
      hole_at_line = std::max(hole_at_line, largest_hole(field, 5, in_gap));
    }
  }
  EXPECT_LT(widest_hole, a / std::sqrt(3.0) + 0.01);
  EXPECT_LT(hole_at_line, a / std::sqrt(3.0) + 0.6);
}

INSTANTIATE_TEST_SUITE_P(Parents, Boundaries, ::testing::Values("MoS2-H", "PtSe2-T", "WTe2-H", "CrO2-H"),
                         [](const auto& i) { return i.param.substr(0, 4); });

TEST(Boundary, LeavesTheSecondGrainsLatticeAsItIs) {
  const auto s = sheet();
  const Boundary b{.rotation_deg = 21, .gap_A = -4, .angle_deg = 60, .offset_A = -1};
  const FieldRecipe recipe{.field_A = {22, 22}, .margin_A = 4, .rotation_deg = 5, .boundary = b, .key = {9, 9}};
  const auto field = compose(s, {1, 2}, recipe);
  RandomStream origin(recipe.key, "second grain");
  const double x = origin.uniform() * s.cell_A[0], y = origin.uniform() * s.cell_A[1];
  const View view{.field_A = {22, 22}, .pixels = {1, 1}, .rotation_deg = 26, .origin_A = {x, y}};
  std::map<std::tuple<int, std::array<int, 2>>, Site> whole;
  for (const auto& site : cut(s, view, 4).sites) whole[{site.index, site.image}] = site;
  int found = 0;
  for (const auto& site : field.sites) {
    if (site.grain == 0) continue;
    const auto at = whole.find({site.index, site.image});
    if (at == whole.end()) continue;  // The seam took another atom of that pair.
    ++found;
    EXPECT_EQ(site.r_A[0], at->second.r_A[0]);
    EXPECT_EQ(site.r_A[1], at->second.r_A[1]);
  }
  EXPECT_GT(found, 150);
}

TEST(Boundary, TellsItsAtomsApart) {
  const auto field =
      compose(sheet(), {1, 2}, {.field_A = {30, 30}, .boundary = Boundary{15, -5, 40, 2}, .key = {4, 4}});
  const auto unique = [](const Structure& piece) {
    std::set<std::tuple<int, int, std::array<int, 2>>> names;
    for (const auto& site : piece.sites) names.insert(name_of(site));
    return names.size() == piece.sites.size();
  };
  EXPECT_TRUE(unique(field));
  // A window on the field keeps the names.
  const View window{.field_A = {9, 9}, .pixels = {1, 1}, .rotation_deg = 0, .origin_A = {20, 18}};
  const auto part = cut(field, window, 3);
  EXPECT_TRUE(unique(part));
  std::set<std::tuple<int, int, std::array<int, 2>>> all;
  for (const auto& site : field.sites) all.insert(name_of(site));
  for (const auto& site : part.sites) EXPECT_TRUE(all.contains(name_of(site)));
}

TEST(Overlap, LiftsTheSecondGrainByTheInterlayerGap) {
  for (const char* id : {"MoS2-H", "PtSe2-T"}) {
    const auto s = sheet(id);
    const double t = parent(id).thickness_A, middle = s.cell_A[2] / 2;
    const auto field = compose(s, {1, 2}, {.field_A = {20, 20}, .boundary = Boundary{15, -3, 40, 0}, .key = {4, 4}});
    std::set<long> heights[2];
    double highest = 0;
    for (const auto& site : field.sites) {
      heights[site.grain].insert(std::lround((site.r_A[2] - middle) * 1e6));
      highest = std::max(highest, site.r_A[2]);
    }
    const auto planes = [&](double z) {
      return std::set<long>{std::lround((z - t / 2) * 1e6), std::lround(z * 1e6), std::lround((z + t / 2) * 1e6)};
    };
    EXPECT_EQ(heights[0], planes(0));
    EXPECT_EQ(heights[1], planes(t + interlayer_gap_A));
    EXPECT_GE(field.cell_A[2], highest + 3);
    EXPECT_LT(field.cell_A[2], highest + 4);
    EXPECT_EQ(field.cell_A[2], std::round(field.cell_A[2]));
    EXPECT_EQ(compose(s, {1, 2}, {.field_A = {20, 20}, .boundary = Boundary{15, 0, 40, 0}}).cell_A[2], s.cell_A[2]);
  }
}

// An atom on the sheet props the other grain up where that one lies on it, and nowhere else.
TEST(Overlap, IsHigherOverAnAdatom) {
  auto s = pristine(parent("MoS2-H"), {12, 12});
  s.sites.push_back({.z = 42, .r_A = {12, 12, 9.5}, .index = 432, .label = SiteClass::adatom});
  const auto lowest = [&](std::array<double, 2> origin) {
    const FieldRecipe recipe{.field_A = {16, 16}, .margin_A = 4, .boundary = Boundary{15, -3, 0, 0}, .key = {4, 4}};
    double z = 1e9;
    for (const auto& site : compose(s, origin, recipe).sites)
      if (site.grain > 0) z = std::min(z, site.r_A[2]);
    return z;
  };
  EXPECT_NEAR(lowest({12, 12}), 9.5 + interlayer_gap_A, 1e-9);
  EXPECT_NEAR(lowest({20, 12}), 6 + parent("MoS2-H").thickness_A / 2 + interlayer_gap_A, 1e-9);
}

TEST(Boundary, MayLieOutsideTheField) {
  const auto s = sheet();
  const View view{.field_A = {12, 12}, .pixels = {1, 1}, .origin_A = {1, 2}};
  const FieldRecipe far{.field_A = {12, 12}, .margin_A = 3, .boundary = Boundary{15, -3, 0, 50}};
  expect_same(compose(s, {1, 2}, far), cut(s, view, 3));
  const auto second = compose(s, {1, 2}, {.field_A = {12, 12}, .margin_A = 3, .boundary = Boundary{15, -3, 0, -50}});
  for (const auto& site : second.sites) {
    EXPECT_EQ(site.grain, 1);
    EXPECT_NEAR(site.r_A[2], 6, 2);
  }
}

// Atoms inside the field.
std::vector<Site> inside(const Structure& field, double margin_A) {
  std::vector<Site> sites;
  for (const auto& s : field.sites) {
    bool in = true;
    for (std::size_t axis = 0; axis < 2; ++axis)
      in = in && s.r_A[axis] >= margin_A && s.r_A[axis] < field.cell_A[axis] - margin_A;
    if (in) sites.push_back(s);
  }
  return sites;
}

// Some removed atom is the one around which all were removed: none that stays in the field is nearer to it.
bool are_nearest_to_one(const std::vector<Site>& removed, const std::vector<Site>& left) {
  return std::any_of(removed.begin(), removed.end(), [&](const Site& centre) {
    double farthest = 0, nearest = 1e9;
    for (const auto& s : removed) farthest = std::max(farthest, distance(s, centre));
    for (const auto& s : left) nearest = std::min(nearest, distance(s, centre));
    return farthest <= nearest + 1e-6;
  });
}

bool connected(const std::vector<Site>& atoms, double bond_A) {
  std::vector<Site> part = {atoms.at(0)}, rest(atoms.begin() + 1, atoms.end());
  for (std::size_t i = 0; i < part.size(); ++i) {
    for (auto s = rest.begin(); s != rest.end();) {
      if (distance(*s, part[i]) > bond_A) {
        ++s;
      } else {
        part.push_back(*s);
        s = rest.erase(s);
      }
    }
  }
  return rest.empty();
}

TEST(Damage, RemovesAnAtomOfTheFieldAndThoseNearestToIt) {
  for (const bool two : {false, true}) {
    for (const int n : {1, 2, 7, 20, 60}) {
      for (std::uint64_t key = 0; key < 10; ++key) {
        FieldRecipe recipe{.field_A = {15, 13}, .margin_A = 5, .rotation_deg = 17, .key = {key, 1}};
        if (two) recipe.boundary = Boundary{20, key % 2 == 0 ? 0.0 : -3.0, 30, 0};
        const auto before = compose(sheet(), {1, 1}, recipe);
        recipe.damage_atoms = n;
        const auto after = compose(sheet(), {1, 1}, recipe);
        ASSERT_EQ(before.sites.size(), after.sites.size());
        std::vector<Site> removed, left;
        for (std::size_t i = 0; i < after.sites.size(); ++i) {
          EXPECT_EQ(after.sites[i].r_A, before.sites[i].r_A);
          EXPECT_EQ(after.sites[i].label, SiteClass::lattice);
          if (after.sites[i].z != before.sites[i].z) {
            EXPECT_EQ(after.sites[i].z, 0);
            removed.push_back(after.sites[i]);
          }
        }
        EXPECT_EQ(removed.size(), static_cast<std::size_t>(n));
        for (const auto& s : inside(after, 5))
          if (s.z > 0) left.push_back(s);
        EXPECT_EQ(inside(before, 5).size(), left.size() + removed.size());
        EXPECT_TRUE(are_nearest_to_one(removed, left)) << n << " " << key;
        EXPECT_TRUE(connected(removed, 3.3)) << n << " " << key;
      }
    }
  }
}

// Neighbours at one distance are many; the same of them go wherever rounding differs.
TEST(Damage, DoesNotDependOnRounding) {
  const auto s = sheet();
  for (int n = 1; n < 40; ++n) {
    const FieldRecipe recipe{.field_A = {15, 13}, .margin_A = 5, .rotation_deg = 17, .damage_atoms = n, .key = {3, 1}};
    const auto here = compose(s, {1.1, 1.3}, recipe);
    const auto there = compose(s, {1.1 + 1000 * s.cell_A[0], 1.3 - 777 * s.cell_A[1]}, recipe);
    ASSERT_EQ(here.sites.size(), there.sites.size());
    for (std::size_t i = 0; i < here.sites.size(); ++i) {
      EXPECT_EQ(here.sites[i].z, there.sites[i].z);
      EXPECT_NEAR(here.sites[i].r_A[0], there.sites[i].r_A[0], 1e-8);
    }
  }
}

// Pearson's chi-square; 5 standard deviations above its mean.
TEST(Damage, StrikesAllAtomsAlike) {
  const FieldRecipe recipe{.field_A = {8, 8}, .margin_A = 3, .rotation_deg = 17, .damage_atoms = 1};
  std::map<std::tuple<int, int, std::array<int, 2>>, int> hits;
  const auto atoms = inside(compose(sheet(), {1, 1}, {.field_A = {8, 8}, .margin_A = 3, .rotation_deg = 17}), 3).size();
  for (std::uint64_t key = 0; key < 50 * atoms; ++key) {
    FieldRecipe one = recipe;
    one.key = {key, 2};
    for (const auto& s : compose(sheet(), {1, 1}, one).sites)
      if (s.z == 0) ++hits[name_of(s)];
  }
  EXPECT_EQ(hits.size(), atoms);
  double chi2 = 0;
  for (const auto& [name, n] : hits) chi2 += (n - 50.0) * (n - 50.0) / 50;
  const double freedom = static_cast<double>(atoms) - 1;
  EXPECT_LT(chi2, freedom + 5 * std::sqrt(2 * freedom));
}

// A sheet with a labelled vacancy at every fifteenth site or so, and some dopants.
Structure spoilt_sheet() {
  auto s = pristine(parent("MoS2-H"), {12, 12});
  for (std::size_t i = 0; i < s.sites.size(); i += 14) {
    const bool metal = s.sites[i].z == 42;
    s.sites[i].label = i % 4 == 0 && metal ? SiteClass::dopant
                       : metal             ? SiteClass::metal_vacancy
                                           : SiteClass::anion_vacancy;
    s.sites[i].z = s.sites[i].label == SiteClass::dopant ? 74 : 0;
  }
  return s;
}

struct Counts {
  int kept = 0, cleared = 0;
};

// The rule, site by site and pair by pair, against the whole sheet of one grain.
void check_labels(const Structure& field, const Structure& whole, int grain, double margin_A, Counts& counts) {
  std::map<std::tuple<int, std::array<int, 2>>, const Site*> here;
  for (const auto& s : field.sites)
    if (s.grain == grain) here[{s.index, s.image}] = &s;
  const auto near = [](const Site& a, const Site& b) {
    return std::hypot(a.r_A[0] - b.r_A[0], a.r_A[1] - b.r_A[1]) <= label_clearance_A + 1e-6;
  };
  for (const auto& intact : inside(whole, margin_A)) {
    const auto at = here.find({intact.index, intact.image});
    if (intact.label == SiteClass::lattice || at == here.end()) continue;
    bool clear = true;
    for (const auto& other : whole.sites) {
      if (!near(other, intact)) continue;
      const auto left = here.find({other.index, other.image});
      clear = clear && left != here.end() && left->second->z == other.z;
    }
    for (const auto& other : field.sites)
      clear = clear && !(other.grain != grain && other.z > 0 && near(other, intact));
    EXPECT_EQ(at->second->label, clear ? intact.label : SiteClass::lattice);
    ++(clear ? counts.kept : counts.cleared);
  }
}

TEST(Labels, StayWhereNothingElseIsSpecial) {
  const auto s = spoilt_sheet();
  Counts counts[2];
  for (std::uint64_t key = 0; key < 12; ++key) {
    const double gap = 1.5 * static_cast<double>(key % 5) - 3;
    const FieldRecipe recipe{.field_A = {26, 24},
                             .margin_A = 5,
                             .rotation_deg = 10.0 * static_cast<double>(key),
                             .boundary = Boundary{20, gap, 40.0 * static_cast<double>(key), 1},
                             .damage_atoms = static_cast<int>(6 * key),
                             .key = {key, 1}};
    const auto field = compose(s, {5, 6}, recipe);
    RandomStream origin(recipe.key, "second grain");
    const double x = origin.uniform() * s.cell_A[0], y = origin.uniform() * s.cell_A[1];
    const View first{.field_A = {26, 24}, .pixels = {1, 1}, .rotation_deg = recipe.rotation_deg, .origin_A = {5, 6}};
    const View second{
        .field_A = {26, 24}, .pixels = {1, 1}, .rotation_deg = recipe.rotation_deg + 20, .origin_A = {x, y}};
    check_labels(field, cut(s, first, 5), 0, 5, counts[0]);
    check_labels(field, cut(s, second, 5), 1, 5, counts[1]);
  }
  for (const auto& count : counts) {
    EXPECT_GT(count.kept, 20);
    EXPECT_GT(count.cleared, 20);
  }
}

TEST(Labels, StayAtTheRimOfTheField) {
  const auto s = spoilt_sheet();
  const auto field = compose(s, {5, 6}, {.field_A = {26, 24}, .margin_A = 0, .rotation_deg = 12});
  const View view{.field_A = {26, 24}, .pixels = {1, 1}, .rotation_deg = 12, .origin_A = {5, 6}};
  expect_same(field, cut(s, view, 0));
  EXPECT_GT(std::count_if(field.sites.begin(), field.sites.end(),
                          [](const Site& site) { return site.label != SiteClass::lattice; }),
            10);
}

TEST(Labels, GoWithinTheClearanceOfABoundary) {
  // A dopant that stands this far before the first grain's edge; 3.18 A are a lattice constant, 1.84 a column.
  auto s = pristine(parent("MoS2-H"), {12, 12});
  const std::size_t site = 3 * (12 * 6 + 6);
  s.sites[site].z = 74;
  s.sites[site].label = SiteClass::dopant;
  const auto label = [&](double before_edge, double gap) {
    const FieldRecipe recipe{
        .field_A = {20, 20}, .margin_A = 5, .boundary = Boundary{30, gap, 0, before_edge + gap / 2}};
    for (const auto& found : compose(s, {s.sites[site].r_A[0], s.sites[site].r_A[1]}, recipe).sites)
      if (found.grain == 0 && found.z == 74) return found.label;
    return SiteClass::count_;
  };
  EXPECT_EQ(label(-0.1, 6), SiteClass::count_);
  EXPECT_EQ(label(0.1, 6), SiteClass::lattice);
  EXPECT_EQ(label(3.1, 6), SiteClass::lattice);
  EXPECT_EQ(label(3.3, 6), SiteClass::dopant);
  // The other grain's atoms count as well: with no gap it may come as near as its edge.
  EXPECT_EQ(label(2.0, 0), SiteClass::lattice);
  EXPECT_EQ(label(5.0, 0), SiteClass::dopant);
  EXPECT_EQ(label(5.0, -4), SiteClass::lattice);
}

TEST(Labels, OfDamagedAtomsGo) {
  auto s = sheet();
  for (auto& site : s.sites) {
    if (site.z != 42) continue;
    site.z = 74;
    site.label = SiteClass::dopant;
  }
  const auto field = compose(s, {1, 1}, {.field_A = {12, 12}, .margin_A = 5, .damage_atoms = 5, .key = {8, 8}});
  Site removed;
  for (const auto& site : field.sites)
    if (site.z == 0) removed = site;
  for (const auto& site : field.sites) {
    const double d = std::hypot(site.r_A[0] - removed.r_A[0], site.r_A[1] - removed.r_A[1]);
    if (site.z == 0 || d < label_clearance_A) {
      EXPECT_EQ(site.label, SiteClass::lattice);
    } else if (site.z == 74 && d > 8) {
      EXPECT_EQ(site.label, SiteClass::dopant);
    }
  }
}

TEST(Compose, MistakesInTheRecipe) {
  const auto complaint = [](FieldRecipe recipe) {
    return message_of(Fault::input, [&] { compose(sheet(), {0, 0}, recipe); });
  };
  EXPECT_EQ(complaint({.damage_atoms = -1}), "damage = -1 atoms (must not be negative)");
  EXPECT_THAT(complaint({.field_A = {4, 4}, .damage_atoms = 30}),
              HasSubstr("damage = 30 atoms (the field of 4 x 4 A holds "));
  EXPECT_EQ(complaint({.field_A = {6, 6}, .boundary = Boundary{.gap_A = 40}}),
            "gap between the grains = 40 A (leaves no atom in the field of 6 x 6 A). Make it smaller?");
  EXPECT_EQ(complaint({.boundary = Boundary{.gap_A = std::nan("")}}),
            "gap between the grains = nan A (must be finite)");
  EXPECT_THAT(complaint({.boundary = Boundary{.rotation_deg = INFINITY}}), HasSubstr("rotation of the second grain"));
  EXPECT_THAT(complaint({.boundary = Boundary{.angle_deg = INFINITY}}), HasSubstr("angle of the boundary"));
  EXPECT_THAT(complaint({.boundary = Boundary{.offset_A = INFINITY}}), HasSubstr("offset of the boundary"));
  EXPECT_THAT(complaint({.field_A = {0, 6}}), HasSubstr("field = 0 x 6 A"));
  EXPECT_THAT(complaint({.margin_A = -1}), HasSubstr("margin = -1 A"));
}

}  // namespace
}  // namespace twinmill::specimen

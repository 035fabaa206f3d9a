#include "twinmill/specimen/relaxed.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "expect_error.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::specimen {
namespace {

using ::testing::HasSubstr;
using twinmill::testing::message_of;
using Point = std::array<double, 3>;

// A metal with two anions above, one of them missing; a second metal at the cell's other end.
Structure sheet() {
  Structure s{.cell_A = {6.4, 5.5, 20}, .sites = {}};
  s.sites.push_back({.z = 42, .r_A = {0, 0, 10}, .index = 0});
  s.sites.push_back({.z = 16, .r_A = {1.6, 1.8, 11.5}, .index = 1});
  s.sites.push_back({.z = 0, .r_A = {1.6, 1.8, 8.5}, .index = 2, .label = SiteClass::anion_vacancy});
  s.sites.push_back({.z = 42, .r_A = {3.2, 2.7, 10}, .index = 3});
  return s;
}

Relaxed result(const Structure& structure, double force = 0) {
  Relaxed r;
  r.cell_A = structure.cell_A;
  for (const auto& site : structure.sites) {
    if (site.z == 0) continue;
    r.z.push_back(site.z);
    r.r_A.push_back(site.r_A);
    if (force != 0) r.force_eV_per_A.push_back({0, force, 0});
  }
  return r;
}

std::string complaint(const Relaxed& relaxed) {
  return message_of(Fault::input, [&] { with_positions(sheet(), relaxed); });
}

TEST(Relaxed, SurvivesItsFile) {
  Relaxed r = result(sheet(), 0.0123456789);
  r.r_A[1][2] = 1.0 / 3;
  r.energy_eV = -41.886468601485170;
  r.steps = 17;
  r.converged = false;
  r.engine = "gpaw 22.8.0 PBE lcao(dzp) h=0.2 A";
  r.input = {.high = 0x12, .low = 0x34};
  r.seconds = 812.5;
  const std::string text = to_extxyz(r);
  EXPECT_THAT(text, HasSubstr("3\nLattice=\"6.4 0 0 0 5.5 0 0 0 20\" Properties=species:S:1:pos:R:3:forces:R:3 "
                              "pbc=\"T T F\" energy=-41.88646860148517 "
                              "twinmill_input=00000000000000120000000000000034 "
                              "twinmill_engine=\"gpaw 22.8.0 PBE lcao(dzp) h=0.2 A\" twinmill_steps=17 "
                              "twinmill_converged=F twinmill_seconds=812.5\nMo 0 0 10 0 0.0123456789 0\n"));
  const Relaxed back = parse_relaxed(text, "r.extxyz");
  EXPECT_EQ(back.cell_A, r.cell_A);
  EXPECT_EQ(back.z, r.z);
  EXPECT_EQ(back.r_A, r.r_A);
  EXPECT_EQ(back.force_eV_per_A, r.force_eV_per_A);
  EXPECT_EQ(back.energy_eV, r.energy_eV);
  EXPECT_EQ(back.steps, r.steps);
  EXPECT_EQ(back.converged, r.converged);
  EXPECT_EQ(back.engine, r.engine);
  EXPECT_EQ(back.input, r.input);
  EXPECT_EQ(back.seconds, r.seconds);
  EXPECT_DOUBLE_EQ(back.largest_force(), 0.0123456789);
}

TEST(Relaxed, QuotesAndLineEndsInTheEnginesWordsDoNoHarm) {
  Relaxed r = result(sheet());
  r.engine = "a \"b\"\nc";
  EXPECT_EQ(parse_relaxed(to_extxyz(r), "r").engine, "a  b  c");
}

TEST(Relaxed, BareFileOfAnotherProgram) {
  const Relaxed r = parse_relaxed(
      "2\nLattice=\"3 0 0 0 5 0 0 0 12\" Properties=species:S:1:pos:R:3:magmoms:R:1\nMo -0.1 2 3 0.5\nS 0.5 4 13 0\n",
      "r");
  EXPECT_EQ(r.z, (std::vector<int>{42, 16}));
  EXPECT_EQ(r.r_A[0], (Point{-0.1, 2, 3}));
  EXPECT_EQ(r.r_A[1], (Point{0.5, 4, 13}));
  EXPECT_TRUE(r.converged);
  EXPECT_EQ(r.steps, -1);
  EXPECT_EQ(r.input, Hash128{});
  EXPECT_TRUE(std::isnan(r.energy_eV));
  EXPECT_TRUE(std::isnan(r.largest_force()));
}

// As ase.io.write(..., format="extxyz") of ASE 3.22.1 wrote it.
TEST(Relaxed, FileOfAse) {
  const Relaxed r = parse_relaxed(
      "1\nLattice=\"3.184 0.0 0.0 0.0 5.514849771299305 0.0 0.0 0.0 15.129\" "
      "Properties=species:S:1:pos:R:3:forces:R:3 twinmill_input=000000000000000000000000000000ab "
      "twinmill_engine=\"gpaw 22.8.0\" twinmill_steps=6 twinmill_converged=T energy=-41.88646860148517 pbc=\"T T F\"\n"
      "Mo      -0.00000000       0.00014940       7.56450000      -0.00000000       0.03087349       0.00000000\n",
      "r");
  EXPECT_EQ(r.input.low, 0xabu);
  EXPECT_EQ(r.engine, "gpaw 22.8.0");
  EXPECT_EQ(r.steps, 6);
  EXPECT_TRUE(r.converged);
  EXPECT_DOUBLE_EQ(r.energy_eV, -41.88646860148517);
  EXPECT_DOUBLE_EQ(r.largest_force(), 0.03087349);
}

TEST(Relaxed, MistakesInTheFileHaveAPlace) {
  const std::string lattice = "Lattice=\"3 0 0 0 5 0 0 0 12\" Properties=species:S:1:pos:R:3";
  const auto of = [&](const std::string& more, const std::string& atom) {
    return message_of(Fault::input, [&] { parse_relaxed(cat("1\n", lattice, more, "\n", atom, "\n"), "r.extxyz"); });
  };
  EXPECT_EQ(of("", "Mo nan 0 0"), "r.extxyz:3: position = nan (not finite)");
  EXPECT_EQ(of(":forces:R:3", "Mo 0 0 0 0 inf 0"), "r.extxyz:3: force = inf (not finite)");
  EXPECT_EQ(of(" energy=nan", "Mo 0 0 0"), "r.extxyz:2: energy = nan (not finite)");
  EXPECT_EQ(of(" twinmill_steps=x", "Mo 0 0 0"), "r.extxyz:2: twinmill_steps = x (not a whole number)");
  EXPECT_EQ(of(" twinmill_input=12", "Mo 0 0 0"),
            "r.extxyz:2: twinmill_input: key \"12\" is not 32 lower-case hexadecimal digits");
}

TEST(WithPositions, TakesDisplacementsOverWrappedOrNot) {
  const Structure input = sheet();
  Relaxed r = result(input);
  r.r_A[0] = {6.4 - 0.1, 5.5 + 0.05, 10.2};
  r.r_A[2] = {3.2 - 64, 2.7, 10 - 20};
  const Structure moved = with_positions(input, r);
  EXPECT_NEAR(moved.sites[0].r_A[0], 6.3, 1e-12);
  EXPECT_NEAR(moved.sites[0].r_A[1], 0.05, 1e-12);
  EXPECT_NEAR(moved.sites[0].r_A[2], 10.2, 1e-12);
  EXPECT_NEAR(moved.sites[3].r_A[0], 3.2, 1e-12);
  EXPECT_NEAR(moved.sites[3].r_A[2], 10, 1e-12);
  EXPECT_EQ(moved.sites[1].r_A, input.sites[1].r_A);
  EXPECT_EQ(moved.sites[2].label, SiteClass::anion_vacancy);
  EXPECT_EQ(moved.cell_A, input.cell_A);
}

TEST(WithPositions, VacancyFollowsItsNeighbours) {
  const Structure input = sheet();
  Relaxed r = result(input);
  r.r_A[0][0] += 0.3;   // 2.84 A from the vacancy.
  r.r_A[1][0] += 0.9;   // The anion above it, at 3 A: just inside.
  r.r_A[2][2] -= 0.06;  // 2.37 A.
  const Structure moved = with_positions(input, r);
  EXPECT_NEAR(moved.sites[2].r_A[0], 1.6 + 0.4, 1e-12);
  EXPECT_NEAR(moved.sites[2].r_A[1], 1.8, 1e-12);
  EXPECT_NEAR(moved.sites[2].r_A[2], 8.5 - 0.02, 1e-12);
  Structure alone = input;
  alone.sites[2].r_A = {4.8, 5, 18};
  EXPECT_EQ(with_positions(alone, r).sites[2].r_A, (Point{4.8, 5, 18}));
}

TEST(WithPositions, RefusesAnotherSystem) {
  Relaxed r = result(sheet());
  r.z.pop_back();
  r.r_A.pop_back();
  EXPECT_EQ(complaint(r), "the relaxed structure has 2 atoms (the input has 3)");
  r = result(sheet());
  r.z[1] = 34;
  EXPECT_EQ(complaint(r),
            "atom 2 of the relaxed structure is Se (the input has S there). Keep the order of the atoms?");
  r = result(sheet());
  r.cell_A[0] = 6.5;
  EXPECT_EQ(
      complaint(r),
      "the relaxed structure has a cell of 6.5 x 5.5 x 20 A (the input's is 6.4 x 5.5 x 20 A). Relax positions only?");
}

TEST(WithPositions, RefusesPlacesThatMakeNoSense) {
  Relaxed r = result(sheet());
  r.r_A[1][0] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(complaint(r), "S 2 of the relaxed structure is nowhere (its position is not finite)");
  r = result(sheet());
  r.r_A[1][2] += 4.2;
  EXPECT_EQ(complaint(r), "S 2 moved by 4.2 A (more than 4 A is another defect). Start from a better place?");
  EXPECT_NO_THROW(with_positions(sheet(), r, 5));
  r = result(sheet());
  r.r_A[1] = {2.9, 2.7, 10.5};  // 1.9 A from where it was.
  EXPECT_EQ(complaint(r), "S 2 and Mo 3 are 0.58 A apart in the relaxed structure (nearer than any bond)");
}

TEST(ForEngine, CellFitsTheAtoms) {
  Structure input = sheet();
  input.sites[2].r_A[2] = 1;  // A vacancy needs no room.
  const Structure engine = for_engine(input, 6);
  ASSERT_EQ(engine.sites.size(), 3u);
  EXPECT_EQ(engine.atoms(), 3u);
  EXPECT_DOUBLE_EQ(engine.cell_A[2], 1.5 + 12);
  EXPECT_DOUBLE_EQ(engine.sites[0].r_A[2], 6);
  EXPECT_DOUBLE_EQ(engine.sites[1].r_A[2], 7.5);
  EXPECT_EQ(message_of(Fault::input,
                       [] {
                         for_engine({.cell_A = {3, 5, 20}, .sites = {}}, 6);
                       }),
            "the structure has no atoms (nothing can be relaxed)");
}

TEST(ContentKey, FollowsWhatDecides) {
  const auto key = [](const Structure& s, const std::string& settings = "gpaw") { return content_key(s, settings); };
  const Hash128 first = key(sheet());
  EXPECT_EQ(key(sheet()), first);
  EXPECT_NE(key(sheet(), "vasp"), first);
  auto s = sheet();
  s.cell_A[1] += 1e-4;
  EXPECT_NE(key(s), first);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    s = sheet();
    s.sites[1].r_A[axis] += 2e-6;
    EXPECT_NE(key(s), first) << axis;
  }
  s = sheet();
  s.sites[1].z = 34;
  EXPECT_NE(key(s), first);
  s = sheet();
  std::swap(s.sites[0], s.sites[1]);
  EXPECT_NE(key(s), first);
  s = sheet();
  s.sites.pop_back();
  EXPECT_NE(key(s), first);
}

TEST(ContentKey, DoesNotSeeNoiseLabelsVacanciesOrHeights) {
  const Hash128 first = content_key(sheet(), "gpaw");
  auto s = sheet();
  s.sites[0].label = SiteClass::dopant;
  s.sites[0].rms_A = 0.1;
  s.sites[1].index = 99;
  s.sites.erase(s.sites.begin() + 2);
  s.cell_A[2] = 33;
  for (auto& site : s.sites) site.r_A[2] += 1.25;
  EXPECT_EQ(content_key(s, "gpaw"), first);
}

TEST(ContentKey, DoesNotSeeNoiseAtCommonPlaces) {
  // Places in lattices with four digits behind the point: halves, thirds and quarters of a, a sqrt(3) and 0 itself.
  for (const double a : {3.184, 3.1604, 3.5235, 3.3195, 4.1234}) {
    Structure s{.cell_A = {a, a * std::sqrt(3.0), 20}, .sites = {}};
    for (const double part : {0.0, 1.0 / 4, 1.0 / 3, 1.0 / 2, 2.0 / 3, 3.0 / 4})
      s.sites.push_back({.z = 42, .r_A = {part * a, part * s.cell_A[1], 10 + part}});
    const Hash128 first = content_key(s, "gpaw");
    for (const double noise : {-1e-9, 1e-9}) {
      auto noisy = s;
      for (auto& site : noisy.sites)
        for (double& x : site.r_A) x += noise;
      noisy.cell_A[0] += noise;
      for (auto& site : noisy.sites)
        for (std::size_t i = 0; i < 2; ++i)
          if (site.r_A[i] < 0) site.r_A[i] += noisy.cell_A[i];
      EXPECT_EQ(content_key(noisy, "gpaw"), first) << a << " " << noise;
    }
  }
}

}  // namespace
}  // namespace twinmill::specimen

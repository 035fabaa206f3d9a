#include <gmock/gmock.h>

#include "expect_error.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/specimen/build.hpp"
#include "twinmill/specimen/structure.hpp"

namespace twinmill::specimen {
namespace {

using ::testing::HasSubstr;
using twinmill::testing::message_of;
using Point = std::array<double, 3>;

const std::string lattice = "Lattice=\"3 0 0 0 5 0 0 0 12\" ";

Structure parse(const std::string& comment, const std::string& atoms, int count = 1) {
  return parse_extxyz(cat(count, "\n", comment, "\n", atoms), "s.xyz");
}

std::string complaint(const std::string& comment, const std::string& atoms, int count = 1) {
  return message_of(Fault::input, [&] { parse(comment, atoms, count); });
}

void expect_same(const Structure& a, const Structure& b) {
  EXPECT_EQ(a.cell_A, b.cell_A);
  ASSERT_EQ(a.sites.size(), b.sites.size());
  for (std::size_t i = 0; i < a.sites.size(); ++i) {
    EXPECT_EQ(a.sites[i].z, b.sites[i].z);
    EXPECT_EQ(a.sites[i].r_A, b.sites[i].r_A);
    EXPECT_EQ(a.sites[i].index, b.sites[i].index);
    EXPECT_EQ(a.sites[i].label, b.sites[i].label);
    EXPECT_EQ(a.sites[i].rms_A, b.sites[i].rms_A);
  }
}

TEST(Extxyz, PlainFile) {
  const auto s = parse(lattice + "Properties=species:S:1:pos:R:3 pbc=\"T T T\"", "Mo 1 2 3\nS 0.5 4 7e-1\n", 2);
  EXPECT_EQ(s.cell_A, (Point{3, 5, 12}));
  ASSERT_EQ(s.sites.size(), 2u);
  EXPECT_EQ(s.sites[0].z, 42);
  EXPECT_EQ(s.sites[0].r_A, (Point{1, 2, 3}));
  EXPECT_EQ(s.sites[1].z, 16);
  EXPECT_EQ(s.sites[1].r_A, (Point{0.5, 4, 0.7}));
  EXPECT_EQ(s.sites[1].index, 1);
  EXPECT_EQ(s.sites[1].label, SiteClass::lattice);
}

TEST(Extxyz, ColumnsInAnyOrderWithOthers) {
  const auto s = parse("energy = -3.5 name='a b' " + lattice +
                           "Properties=forces:R:3:pos:R:3:numbers:I:1:move:L:1:site_class:S:1:species:S:1 relaxed",
                       "9 9 9  1 2 3  42 T dopant Mo\n");
  EXPECT_EQ(s.sites[0].z, 42);
  EXPECT_EQ(s.sites[0].r_A, (Point{1, 2, 3}));
  EXPECT_EQ(s.sites[0].label, SiteClass::dopant);
  EXPECT_EQ(parse(lattice + "Properties=numbers:I:1:pos:R:3", "34 1 2 3\n").sites[0].z, 34);
}

TEST(Extxyz, PeriodicityInTheWaysItIsWritten) {
  for (const char* pbc : {"pbc=\"T T T\"", "pbc=\"T T F\"", "pbc=[True, True, False]", "pbc=T", "pbc=\"1 1 0\"", ""})
    EXPECT_EQ(parse(lattice + pbc, "Mo 1 2 3\n").sites.size(), 1u) << pbc;
  for (const char* pbc : {"pbc=\"F T T\"", "pbc=\"T F T\"", "pbc=F", "pbc=\"F F F\""})
    EXPECT_THAT(complaint(lattice + pbc, "Mo 1 2 3\n"), HasSubstr("(the cell is not periodic in x and y)")) << pbc;
  for (const char* pbc : {"pbc=\"T T\"", "pbc=\"T T maybe\"", "pbc=\"\""})
    EXPECT_THAT(complaint(lattice + pbc, "Mo 1 2 3\n"), HasSubstr("(must be three of T or F)")) << pbc;
}

TEST(Extxyz, WrapsInThePlane) {
  const auto s = parse(lattice + "pbc=\"T T F\"", "Mo -1e-16 5 3\nS 4 -1 11.9\n", 2);
  EXPECT_EQ(s.sites[0].r_A, (Point{0, 0, 3}));
  EXPECT_EQ(s.sites[1].r_A, (Point{1, 4, 11.9}));
}

TEST(Extxyz, WrapsAlongZWhereItIsPeriodic) {
  EXPECT_EQ(parse(lattice, "Mo 1 2 -3\n").sites[0].r_A[2], 9);
  EXPECT_EQ(parse(lattice + "pbc=\"T T T\"", "Mo 1 2 13\n").sites[0].r_A[2], 1);
  EXPECT_EQ(complaint(lattice + "pbc=\"T T F\"", "Mo 1 2 -3\n"),
            "s.xyz:3: z = -3 (outside the cell, 0 to 12, which is not periodic in z). Shift the atoms?");
  EXPECT_THAT(complaint(lattice + "pbc=\"T T F\"", "Mo 1 2 12\n"), HasSubstr("outside the cell"));
}

TEST(Extxyz, CellMustBeThereAndOrthogonal) {
  EXPECT_EQ(complaint("Properties=species:S:1:pos:R:3", "Mo 1 2 3\n"),
            "s.xyz:2: no Lattice (the cell is not periodic). Add Lattice=\"Lx 0 0 0 Ly 0 0 0 Lz\"?");
  EXPECT_THAT(complaint("a molecule", "Mo 1 2 3\n"), HasSubstr("the cell is not periodic"));
  EXPECT_EQ(complaint("Lattice=\"3 0 0 -1.5 2.6 0 0 0 12\"", "Mo 1 2 3\n"),
            "s.xyz:2: cell vector b = -1.5 2.6 0 (not along y; the cell must be orthogonal). Use the rectangular cell, "
            "a x sqrt(3) a for a hexagonal lattice?");
  EXPECT_EQ(parse("Lattice=\"3 2e-6 0 0 5 0 0 0 12\"", "Mo 1 2 3\n").cell_A[0], 3);
  EXPECT_THAT(complaint("Lattice=\"3 4e-6 0 0 5 0 0 0 12\"", "Mo 1 2 3\n"), HasSubstr("not along x"));
  EXPECT_THAT(complaint("Lattice=\"3 0 0 0 5 0\"", "Mo 1 2 3\n"), HasSubstr("Lattice: 6 numbers (nine are needed)"));
  EXPECT_THAT(complaint("Lattice=\"3 0 0 0 5 0 0 0 x\"", "Mo 1 2 3\n"), HasSubstr("Lattice = x (not a number)"));
  EXPECT_THAT(complaint("Lattice=\"3 0 0 0 5 0 0 0 inf\"", "Mo 1 2 3\n"), HasSubstr("Lattice = inf (not finite)"));
  EXPECT_THAT(complaint("Lattice=\"3 0 0 0 5 0 0 0 0\"", "Mo 1 2 3\n"),
              HasSubstr("c = 0 0 0 (the cell is not periodic)"));
  EXPECT_THAT(complaint("Lattice=\"-3 0 0 0 5 0 0 0 12\"", "Mo 1 2 3\n"), HasSubstr("must point along +x"));
  EXPECT_THAT(complaint("Lattice=\"0.3 0 0 0 5 0 0 0 12\"", "Mo 1 2 3\n"), HasSubstr("Are the lengths in Angstrom?"));
  EXPECT_THAT(complaint("Lattice=\"3 0 0 0 5 0", "Mo 1 2 3\n"), HasSubstr("a \" is never closed"));
}

TEST(Extxyz, WrongCounts) {
  EXPECT_EQ(complaint(lattice, "Mo 1 2 3\n", 2),
            "s.xyz:1: number of atoms = 2 (1 lines follow). Is the file cut short?");
  EXPECT_EQ(complaint(lattice, "Mo 1 2 3\nS 1 2 3\n\n"),
            "s.xyz:4: more lines than the 1 atoms of line 1. Keep a single frame?");
  EXPECT_THAT(complaint(lattice, "", 0), HasSubstr("number of atoms = 0 (must be positive)"));
  EXPECT_THAT(message_of(Fault::input, [] { parse_extxyz("Mo\n", "s.xyz"); }),
              HasSubstr("s.xyz:1: number of atoms = Mo"));
  EXPECT_THAT(message_of(Fault::input, [] { parse_extxyz("1\n", "s.xyz"); }), HasSubstr("s.xyz:2: the file ends"));
  EXPECT_THAT(message_of(Fault::input, [] { parse_extxyz("", "s.xyz"); }), HasSubstr("s.xyz:1: the file ends"));
  EXPECT_EQ(complaint(lattice, "Mo 1 2\n"), "s.xyz:3: 3 columns (Properties asks for 4)");
}

TEST(Extxyz, WrongAtoms) {
  EXPECT_EQ(complaint(lattice, "Mq 1 2 3\n"), "s.xyz:3: element = Mq (does not exist). Did you mean Mg?");
  EXPECT_EQ(complaint(lattice, "Mo 1 2 nan\n"), "s.xyz:3: position = nan (not finite)");
  EXPECT_EQ(complaint(lattice, "Mo 1 two 3\n"), "s.xyz:3: position = two (not a number)");
  const std::string both = lattice + "Properties=species:S:1:pos:R:3:numbers:I:1";
  EXPECT_EQ(complaint(both, "Mo 1 2 3 16\n"), "s.xyz:3: atomic number = 16 (the species, Mo, has 42)");
  EXPECT_THAT(complaint(both, "Mo 1 2 3 0\n"), HasSubstr("atomic number = 0 (must be 1 to 103)"));
  const std::string classes = lattice + "Properties=species:S:1:pos:R:3:site_class:S:1";
  EXPECT_THAT(complaint(classes, "Mo 1 2 3 dopnt\n"), HasSubstr("s.xyz:3: site class = dopnt"));
  EXPECT_THAT(complaint(classes, "Mo 1 2 3 anion_vacancy\n"), HasSubstr("(there is an atom)"));
}

TEST(Extxyz, WrongProperties) {
  EXPECT_THAT(complaint(lattice + "Properties=species:S:1", "Mo\n"), HasSubstr("has no pos:R:3"));
  EXPECT_THAT(complaint(lattice + "Properties=pos:R:3", "1 2 3\n"), HasSubstr("has no species:S:1"));
  EXPECT_THAT(complaint(lattice + "Properties=species:S:1:pos:R", "Mo 1 2 3\n"), HasSubstr("name:type:columns"));
  EXPECT_THAT(complaint(lattice + "Properties=species:S:1:pos:R:2", "Mo 1 2\n"), HasSubstr("(pos:R:3 is expected)"));
  EXPECT_THAT(complaint(lattice + "Properties=species:S:1:pos:R:3:q:R:x", "Mo 1 2 3\n"),
              HasSubstr("not a whole number"));
  EXPECT_THAT(complaint(lattice + "Properties=species:S:1:pos:R:3:q:R:0", "Mo 1 2 3\n"),
              HasSubstr("not a number of columns"));
  EXPECT_THAT(complaint(lattice + "Properties=pos:R:3:species:S:1:pos:R:3", "1 2 3 Mo 1 2 3\n"),
              HasSubstr("is there twice"));
}

TEST(Extxyz, ReadsBackWhatItWrites) {
  expect_same(parse_extxyz(to_extxyz(pristine(parent("MoS2-H"), {3, 4})), "s"), pristine(parent("MoS2-H"), {3, 4}));
  const auto doped = build({.parent = "WSe2-H",
                            .defects = {{.kind = SiteClass::dopant, .element = "Re"}},
                            .arrangement = {1, 2},
                            .placement = {1, 2}});
  expect_same(parse_extxyz(to_extxyz(doped), "s"), doped);
}

TEST(Extxyz, ThermalDisplacementsOfAtoms) {
  const std::string columns = lattice + "Properties=species:S:1:pos:R:3:rms_A:R:1";
  const auto s = parse(columns, "Mo 1 2 3 0.06\nS 1 2 5 -1\n", 2);
  EXPECT_EQ(s.sites[0].rms_A, 0.06);
  EXPECT_LT(s.sites[1].rms_A, 0);
  expect_same(parse_extxyz(to_extxyz(s), "again"), s);
  EXPECT_LT(parse(lattice + "Properties=species:S:1:pos:R:3", "Mo 1 2 3\n").sites[0].rms_A, 0);
  EXPECT_THAT(complaint(columns, "Mo 1 2 3 7\n"), HasSubstr("rms_A = 7 (must be below 1 A"));
  EXPECT_THAT(complaint(columns, "Mo 1 2 3 warm\n"), HasSubstr("rms_A"));
}

TEST(Extxyz, LeavesVacanciesOut) {
  const auto s = build({.parent = "MoS2-H",
                        .defects = {{.kind = SiteClass::anion_vacancy}},
                        .arrangement = {1, 2},
                        .placement = {1, 2}});
  const std::string text = to_extxyz(s);
  EXPECT_TRUE(text.starts_with("47\n")) << text;
  const auto back = parse_extxyz(text, "s");
  EXPECT_EQ(back.sites.size(), 47u);
  for (const auto& site : back.sites) EXPECT_EQ(site.label, SiteClass::lattice);
}

TEST(Extxyz, ExactText) {
  const Structure s{.cell_A = {3.1, 5, 12}, .sites = {{.z = 42, .r_A = {0.1, 1.0 / 3, 6}, .label = SiteClass::dopant}}};
  EXPECT_EQ(to_extxyz(s),
            "1\nLattice=\"3.1 0 0 0 5 0 0 0 12\" Properties=species:S:1:pos:R:3:site_class:S:1 pbc=\"T T T\"\n"
            "Mo 0.1 0.3333333333333333 6 dopant\n");
}

}  // namespace
}  // namespace twinmill::specimen

// Parents from files.
#include <gmock/gmock.h>

#include <set>

#include "expect_error.hpp"
#include "geometry.hpp"
#include "rectangle.hpp"
#include "temp_folder.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/specimen/build.hpp"

namespace twinmill::specimen {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using twinmill::testing::distance;
using twinmill::testing::labelled;
using twinmill::testing::message_of;
using twinmill::testing::TempFolder;

// A monolayer of 2H-MoS2: one Mo and one S, the other by the mirror plane.
const std::string mos2_cif = R"(data_MoS2
_cell_length_a   3.1841(2)
_cell_length_b   3.1841(2)
_cell_length_c   18.0
_cell_angle_alpha   90
_cell_angle_beta    90
_cell_angle_gamma   120
_space_group_name_H-M_alt   'P -6 m 2'
_space_group_IT_number   187
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
Mo1 Mo4+ 0.0 0.0 0.5 1.0
S1  S2-  0.33333 0.66667 0.586864 1.0
)";

// The cell of the bulk, without vacuum; its symmetry as a list of operations.
const std::string ptse2_cif = R"(data_1T
_cell_length_a 3.7278
_cell_length_b 3.7278
_cell_length_c 5.0813
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 120
loop_
_symmetry_equiv_pos_as_xyz
'x, y, z'
'-x, -y, -z'
'-y, x-y, z'
'-x+y, -x, z'
'y, -x+y, -z'
'x-y, x, -z'
loop_
_atom_site_label
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
Pt1 0 0 0
Se1 0.333333 0.666667 0.255
)";

const std::string mos2_poscar =
    "MoS2\n1.0\n3.1841 0 0\n-1.59205 2.757511 0\n0 0 15\nMo S\n1 2\nDirect\n"
    "0.333333333 0.666666667 0.1\n0.666666667 0.333333333 0.204237\n0.666666667 0.333333333 0.995763\n";

class ReadParent : public ::testing::Test {
 protected:
  Parent read(const std::string& name, const std::string& text) {
    write_atomic(folder / name, text);
    return read_parent(folder / name);
  }
  std::string complaint(const std::string& name, const std::string& text) {
    return message_of(Fault::input, [&] { read(name, text); });
  }
  static std::string with(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
  }
  // Each metal has six anions at the bond length.
  static void expect_bonds(const Parent& p, double bond) {
    const auto s = pristine(p, {3, 3});
    for (const auto& metal : s.sites) {
      if (metal.z != atomic_number(p.metal)) continue;
      int near = 0;
      for (const auto& anion : s.sites) near += anion.z != metal.z && std::abs(distance(s, metal, anion) - bond) < 2e-3;
      EXPECT_EQ(near, 6);
    }
  }
  TempFolder folder;
};

TEST_F(ReadParent, CifWithSpaceGroup) {
  const auto p = read("mos2.cif", mos2_cif);
  EXPECT_EQ(p.id, (folder / "mos2.cif").string());
  EXPECT_EQ(p.formula, "MoS2");
  EXPECT_EQ(p.metal, "Mo");
  EXPECT_EQ(p.anion, "S");
  EXPECT_EQ(p.phase, Phase::file);
  EXPECT_EQ(p.cells(), (std::array{1, 1}));
  EXPECT_NEAR(p.unit_A[0], 3.1841, 1e-9);
  EXPECT_NEAR(p.unit_A[1], 3.1841 * std::sqrt(3.0), 1e-9);
  EXPECT_NEAR(p.thickness_A, 2 * 0.086864 * 18, 1e-6);
  EXPECT_EQ(p.strain, 0);
  ASSERT_EQ(p.basis.size(), 6u);
  EXPECT_TRUE(std::isnan(p.formation_energy));
  expect_bonds(p, 2.4133);
}

// By name alone, by number alone, and by operations alone.
TEST_F(ReadParent, CifSymmetryInEveryForm) {
  const auto nameless = with(mos2_cif, "_space_group_name_H-M_alt   'P -6 m 2'\n", "");
  EXPECT_EQ(read("a.cif", nameless).basis.size(), 6u);
  EXPECT_EQ(
      read("a.cif", with(with(mos2_cif, "_space_group_IT_number   187\n", ""), "'P -6 m 2'", "P-6m2")).basis.size(),
      6u);
  const auto p = read("b.cif", ptse2_cif);
  EXPECT_EQ(p.formula, "PtSe2");
  EXPECT_EQ(p.basis.size(), 6u);
  EXPECT_NEAR(p.thickness_A, 2 * 0.255 * 5.0813, 1e-9);
  expect_bonds(p, std::hypot(3.7278 / std::sqrt(3.0), 0.255 * 5.0813));
  EXPECT_THAT(complaint("c.cif", with(with(mos2_cif, "187", "?"), "'P -6 m 2'", "'P 99'")),
              HasSubstr("c.cif: space group P 99 (unknown). List the operations as x,y,z?"));
}

TEST_F(ReadParent, SheetsAcrossTheFaceOfTheCellAreRecentred) {
  const auto p = read("POSCAR_mos2", mos2_poscar);
  EXPECT_NEAR(p.thickness_A, 3.1271, 1e-4);
  for (const auto& atom : p.basis) {
    EXPECT_NEAR(std::abs(atom.r_A[2]), atom.z == 42 ? 0 : p.thickness_A / 2, 1e-4);
    for (std::size_t axis = 0; axis < 2; ++axis) {
      EXPECT_GT(atom.r_A[axis], 0.1);
      EXPECT_LT(atom.r_A[axis], p.unit_A[axis] - 0.1);
    }
  }
  expect_bonds(p, 2.4133);
}

TEST_F(ReadParent, ExtxyzInAnyOrientation) {
  // The hexagonal cell with a along y.
  const auto p = read("t.extxyz",
                      "3\nLattice=\"0 3.7278 0 -3.22837 1.8639 0 0 0 20\" pbc=\"T T F\"\nPt 0 0 10\n"
                      "Se -1.076123 1.8639 11.3\nSe -2.152247 3.7278 8.7\n");
  EXPECT_EQ(p.formula, "PtSe2");
  EXPECT_NEAR(p.thickness_A, 2.6, 1e-9);
  EXPECT_NEAR(p.unit_A[0], 3.7278, 1e-6);
  expect_bonds(p, std::hypot(3.7278 / std::sqrt(3.0), 1.3));
}

TEST_F(ReadParent, IsBuiltLikeTheOthers) {
  write_atomic(folder / "mos2.cif", mos2_cif);
  Recipe r{.parent = (folder / "mos2.cif").string(),
           .supercell = {4, 2},
           .defects = {{.count = 3, .cluster = Cluster::triangle_metal}}};
  const auto s = build(r);
  EXPECT_EQ(s.sites.size(), 48u);
  EXPECT_EQ(labelled(s).size(), 3u);
}

TEST_F(ReadParent, KnowsItsFilesByName) {
  for (const char* file : {"a.cif", "x/y.vasp", "POSCAR", "CONTCAR.3", "b.extxyz", "c.xyz", "d.poscar", "e.contcar"})
    EXPECT_TRUE(is_parent_file(file)) << file;
  for (const auto& p : parents()) EXPECT_FALSE(is_parent_file(p.id)) << p.id;
}

TEST_F(ReadParent, WhatIsNoLayer) {
  const auto file = (folder / "a.cif").string();
  EXPECT_EQ(complaint("a.cif", with(mos2_cif, "S1  S2-  0.33333 0.66667 0.586864", "S1  S2-  0.33333 0.66667 0.5")),
            file + ": 2 S and 2 Mo atoms (no layer MX2: one metal for two others is needed)");
  EXPECT_THAT(complaint("a.cif", with(mos2_cif, "0.586864 1.0\n", "0.586864 1.0\nO1 O 0.33333 0.66667 0.7 1\n")),
              HasSubstr("no layer MX2"));
  // Both layers of the bulk.
  EXPECT_THAT(complaint("POSCAR",
                        "2H\n1\n3.16 0 0\n-1.58 2.736641 0\n0 0 12.29\nMo S\n2 4\nDirect\n"
                        "0.333333 0.666667 0.25\n0.666667 0.333333 0.75\n0.333333 0.666667 0.621\n"
                        "0.333333 0.666667 0.879\n0.666667 0.333333 0.121\n0.666667 0.333333 0.379\n"),
              HasSubstr("along z (more than one layer). Keep a single one?"));
}

TEST_F(ReadParent, WhatIsNoStructure) {
  EXPECT_THAT(complaint("a.cif", "data_x\n_cell_length_a 3\n"),
              HasSubstr("no atoms (no data block has _atom_site_fract_x)"));
  EXPECT_THAT(complaint("a.cif", "loop_\n_a\n'never closed\n"), HasSubstr("(not a readable CIF)"));
  EXPECT_THAT(complaint("a.cif", with(mos2_cif, "_cell_length_b   3.1841(2)\n", "")),
              HasSubstr("no _cell_length_b (the cell needs three lengths and three angles)"));
  EXPECT_THAT(complaint("a.cif", mos2_cif + with(mos2_cif, "data_MoS2", "data_again")),
              HasSubstr("structures MoS2 and again (one is needed)"));
  EXPECT_THAT(complaint("a.cif", with(mos2_cif, "0.586864 1.0", "0.586864 0.5")),
              HasSubstr("atom S1: occupancy = 0.5 (every site must be full)"));
  EXPECT_THAT(complaint("a.cif", with(mos2_cif, "0.586864 1.0", "? 1.0")),
              HasSubstr("atom S1 (its position is no number)"));
  EXPECT_THAT(complaint("a.cif", with(mos2_cif, "Mo1 Mo4+", "Q1 Q")), HasSubstr("atom Q1 (Q is no element)"));
  EXPECT_THAT(complaint("a.xyz", "1\nProperties=species:S:1:pos:R:3\nMo 0 0 0\n"), HasSubstr("no Lattice"));
  EXPECT_THAT(complaint("POSCAR", with(mos2_poscar, "0 0 15", "0 0 0")), HasSubstr("(the cell is not periodic)"));
}

TEST_F(ReadParent, OverlapsAndCells) {
  EXPECT_THAT(complaint("a.cif", with(mos2_cif, "0.586864", "0.515")),
              HasSubstr("a.cif: atoms 3 (S) and 5 (S) stand 0.54 A apart"));
}

TEST_F(ReadParent, CellsThatDoNotFit) {
  EXPECT_THAT(complaint("POSCAR", with(mos2_poscar, "0 0 15", "0 3 15")),
              HasSubstr("POSCAR:5: cell vector c (is not perpendicular to a and b)"));
  EXPECT_THAT(complaint("POSCAR", with(mos2_poscar, "-1.59205 2.757511 0", "6.3682 0 0")),
              HasSubstr("b (is parallel to a)"));
}

TEST(Rectangles, AreTheSmallestThatAreNearEnough) {
  const double h = std::sqrt(3.0) / 2;
  const auto square = find_rectangle({3, 0}, {0, 4}, 0.03);
  EXPECT_EQ(square.n, (std::array{1, 0}));
  EXPECT_EQ(square.m, (std::array{0, 1}));
  EXPECT_EQ(square.strain, 0);
  for (const double side : {0.5, -0.5}) {
    const auto hexagonal = find_rectangle({1, 0}, {side, h}, 0.03);
    EXPECT_EQ(hexagonal.n, (std::array{1, 0}));
    EXPECT_NEAR(hexagonal.lengths_A[0], 1, 1e-12);
    EXPECT_NEAR(hexagonal.lengths_A[1], std::sqrt(3.0), 1e-12);
    EXPECT_EQ(hexagonal.strain, 0);
  }
  // A left-handed pair.
  const auto left = find_rectangle({3, 0}, {0, -4}, 0.03);
  EXPECT_NEAR(left.lengths_A[0] * left.lengths_A[1], 12, 1e-12);
  // 88 degrees: strained by half of the 2 degrees; the area stays.
  const double angle = 88 * std::acos(-1.0) / 180;
  const auto sheared = find_rectangle({3, 0}, {4.1 * std::cos(angle), 4.1 * std::sin(angle)}, 0.03);
  EXPECT_NEAR(sheared.strain, std::tan(std::acos(-1.0) / 180), 2e-4);
  EXPECT_NEAR(sheared.lengths_A[0] * sheared.lengths_A[1], 12.3 * std::sin(angle), 1e-12);
  EXPECT_EQ(find_rectangle({3, 0}, {4.1 * std::cos(angle), 4.1 * std::sin(angle)}, 1e-6).lengths_A[0], 0);
}

}  // namespace
}  // namespace twinmill::specimen

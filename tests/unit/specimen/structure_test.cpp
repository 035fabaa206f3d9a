#include "twinmill/specimen/structure.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <set>

#include "cell.hpp"
#include "expect_error.hpp"
#include "temp_folder.hpp"
#include "twinmill/base/files.hpp"

namespace twinmill::specimen {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using twinmill::testing::message_of;
using twinmill::testing::TempFolder;

TEST(Elements, NumbersAndSymbolsAreInverse) {
  const auto all = symbols();
  ASSERT_EQ(all.size(), 103u);
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), 103u);
  for (int z = 1; z <= 103; ++z) {
    EXPECT_EQ(atomic_number(symbol(z)), z);
    EXPECT_EQ(all[static_cast<std::size_t>(z) - 1], symbol(z));
  }
}

// One of each row of the periodic table, and both ends of the f blocks.
TEST(Elements, KnownNumbers) {
  EXPECT_EQ(atomic_number("H"), 1);
  EXPECT_EQ(atomic_number("O"), 8);
  EXPECT_EQ(atomic_number("S"), 16);
  EXPECT_EQ(atomic_number("Se"), 34);
  EXPECT_EQ(atomic_number("Mo"), 42);
  EXPECT_EQ(atomic_number("Te"), 52);
  EXPECT_EQ(atomic_number("La"), 57);
  EXPECT_EQ(atomic_number("Lu"), 71);
  EXPECT_EQ(atomic_number("W"), 74);
  EXPECT_EQ(atomic_number("Rn"), 86);
  EXPECT_EQ(atomic_number("Lr"), 103);
}

// Groups and series of the periodic table by the numbers at which they start.
TEST(Elements, SeriesOfThePeriodicTable) {
  const auto expect_from = [](int z, const std::vector<std::string>& series) {
    for (const auto& element : series) EXPECT_EQ(atomic_number(element), z++) << element;
  };
  expect_from(1, {"H", "He", "Li", "Be", "B", "C", "N", "O", "F", "Ne", "Na", "Mg", "Al", "Si", "P", "S", "Cl", "Ar"});
  expect_from(21, {"Sc", "Ti", "V", "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "Ga", "Ge", "As", "Se", "Br", "Kr"});
  expect_from(39, {"Y", "Zr", "Nb", "Mo", "Tc", "Ru", "Rh", "Pd", "Ag", "Cd", "In", "Sn", "Sb", "Te", "I", "Xe"});
  expect_from(57, {"La", "Ce", "Pr", "Nd", "Pm", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu"});
  expect_from(72, {"Hf", "Ta", "W", "Re", "Os", "Ir", "Pt", "Au", "Hg", "Tl", "Pb", "Bi", "Po", "At", "Rn"});
  expect_from(89, {"Ac", "Th", "Pa", "U", "Np", "Pu", "Am", "Cm", "Bk", "Cf", "Es", "Fm", "Md", "No", "Lr"});
}

TEST(Elements, UnknownOnes) {
  EXPECT_EQ(atomic_number("MO"), 0);
  EXPECT_EQ(atomic_number(""), 0);
  EXPECT_EQ(atomic_number("Rf"), 0);
  message_of(Fault::bug, [] { symbol(0); });
  message_of(Fault::bug, [] { symbol(104); });
}

// Files and masks keep these names and numbers.
TEST(SiteClasses, NamesAndNumbersNeverChange) {
  const std::vector<std::string> names = {
      "lattice", "anion_vacancy",      "metal_vacancy",      "metal_on_anion", "anion_on_metal",
      "dopant",  "metal_interstitial", "anion_interstitial", "adatom",         "antisite_vacancy"};
  ASSERT_EQ(static_cast<std::size_t>(SiteClass::count_), names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(name(static_cast<SiteClass>(i)), names[i]);
    EXPECT_EQ(site_class(names[i]), static_cast<SiteClass>(i));
  }
}

TEST(SiteClasses, UnknownNamesTheNearest) {
  EXPECT_EQ(message_of(Fault::input, [] { site_class("anion_vacncy"); }),
            "site class = anion_vacncy (the classes are lattice, anion_vacancy, metal_vacancy, metal_on_anion, "
            "anion_on_metal, dopant, metal_interstitial, anion_interstitial, adatom and antisite_vacancy). Did you "
            "mean anion_vacancy?");
  message_of(Fault::bug, [] { name(SiteClass::count_); });
}

TEST(Structures, CountAtomsWithoutVacancies) {
  Structure s{.cell_A = {5, 5, 5}, .sites = {{.z = 42}, {.z = 0, .label = SiteClass::anion_vacancy}, {.z = 16}}};
  EXPECT_EQ(s.atoms(), 2u);
}

TEST(Wrap, StaysInTheHalfOpenCell) {
  const double length = 12.736;
  EXPECT_EQ(wrap(0, length), 0);
  EXPECT_EQ(wrap(length, length), 0);
  EXPECT_EQ(wrap(-1e-16, length), 0);
  EXPECT_FALSE(std::signbit(wrap(-0.0, length)));
  EXPECT_EQ(wrap(-length, length), 0);
  EXPECT_NEAR(wrap(-0.5, length), length - 0.5, 1e-12);
  EXPECT_NEAR(wrap(3 * length + 0.5, length), 0.5, 1e-12);
  const double below = std::nextafter(length, 0.0);
  EXPECT_EQ(wrap(below, length), below);
  const double tiny = std::numeric_limits<double>::denorm_min();
  EXPECT_EQ(wrap(tiny, length), tiny);
  for (double x = -50; x < 50; x += 0.0137) {
    const double inside = wrap(x, length);
    EXPECT_GE(inside, 0);
    EXPECT_LT(inside, length);
    EXPECT_NEAR(std::remainder(inside - x, length), 0, 1e-12);
  }
}

class ReadStructure : public ::testing::Test {
 protected:
  Structure read(const std::string& name, const std::string& content) {
    write_atomic(folder / name, content);
    return read_structure(folder / name);
  }
  TempFolder folder;
  const std::string extxyz = "1\nLattice=\"3 0 0 0 5 0 0 0 12\"\nMo 1 2 3\n";
  const std::string poscar = "title\n1\n3 0 0\n0 5 0\n0 0 12\nMo\n1\nCartesian\n1 2 3\n";
};

TEST_F(ReadStructure, FindsTheFormatByName) {
  for (const char* file : {"a.xyz", "a.extxyz", "POSCAR.XYZ"}) EXPECT_EQ(read(file, extxyz).sites.size(), 1u) << file;
  for (const char* file : {"POSCAR", "POSCAR_MoS2", "CONTCAR", "contcar.1", "a.vasp", "a.poscar", "mos2.POSCAR"})
    EXPECT_EQ(read(file, poscar).sites.size(), 1u) << file;
}

TEST_F(ReadStructure, FindsTheFormatByContent) {
  EXPECT_EQ(read("structure", extxyz).sites.size(), 1u);
  EXPECT_EQ(read("structure.txt", poscar).sites.size(), 1u);
  EXPECT_EQ(read("12", "12" + poscar.substr(5)).sites.size(), 1u);  // A title that is a number.
  EXPECT_THAT(
      message_of(Fault::input, [&] { read("notes.txt", "Dear diary,\n"); }),
      HasSubstr("notes.txt: not a structure (neither extxyz nor POSCAR nor CIF by its name or its first lines)"));
  EXPECT_THAT(message_of(Fault::input, [&] { read("empty", ""); }), HasSubstr("not a structure"));
}

TEST_F(ReadStructure, MissingFileAndFolder) {
  EXPECT_THAT(message_of(Fault::input, [&] { read_structure(folder / "none.xyz"); }),
              StartsWith("cannot read " + (folder / "none.xyz").string() + " ("));
  message_of(Fault::input, [&] { read_structure(folder.path()); });
}

TEST_F(ReadStructure, ErrorsNameFileAndLine) {
  EXPECT_EQ(message_of(Fault::input, [&] { read("bad.xyz", "1\nLattice=\"3 0 0 0 5 0 0 0 12\"\nMx 1 2 3\n"); }),
            (folder / "bad.xyz").string() + ":3: element = Mx (does not exist). Did you mean Mg?");
}

// Bulk 1T-PtSe2 in its trigonal cell: the smallest rectangle has two of them.
const std::string cif =
    "data_PtSe2\n_cell_length_a 3.7\n_cell_length_b 3.7\n_cell_length_c 5.06\n_cell_angle_alpha 90\n"
    "_cell_angle_beta 90\n_cell_angle_gamma 120\n_symmetry_space_group_name_H-M 'P -3 m 1'\n"
    "loop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n"
    "Pt1 0 0 0\nSe1 0.33333 0.66667 0.25\n";

TEST_F(ReadStructure, CifsBecomeRectangular) {
  for (const char* file : {"a.cif", "structure"}) {
    const auto s = read(file, cif);
    ASSERT_EQ(s.sites.size(), 6u) << file;
    EXPECT_NEAR(s.cell_A[0], 3.7, 1e-12);
    EXPECT_NEAR(s.cell_A[1], 3.7 * std::sqrt(3.0), 1e-12);
    EXPECT_NEAR(s.cell_A[2], 5.06, 1e-12);
    for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(s.sites[i].index, static_cast<int>(i));
  }
  auto oblique = cif;  // With b = a, a + b and a - b would be exact.
  oblique.replace(oblique.find("length_b 3.7"), 12, "length_b 3.9");
  oblique.replace(oblique.find("gamma 120"), 9, "gamma 119");
  EXPECT_THAT(message_of(Fault::input, [&] { read("b.cif", oblique); }),
              HasSubstr("no rectangle of its vectors comes within a strain of"));
}

TEST_F(ReadStructure, AtomsThatStandInOneAnotherAreNamed) {
  const std::string two = "2\nLattice=\"3 0 0 0 5 0 0 0 12\"\nMo 0.1 2 3\nS 2.9 2.1 3\n";
  EXPECT_EQ(message_of(Fault::input, [&] { read("a.xyz", two); }),
            (folder / "a.xyz").string() +
                ": atoms 1 (Mo) and 2 (S) stand 0.22 A apart (nearer than 0.7 A). Is an atom there twice, or the cell "
                "too small?");
  EXPECT_THAT(
      message_of(Fault::input, [&] { read("POSCAR", "t\n1\n9 0 0\n0 9 0\n0 0 9\nMo S\n1 1\nCart\n1 1 1\n1 1 1.5\n"); }),
      HasSubstr("atoms 1 (Mo) and 2 (S) stand 0.5 A apart"));
  const std::string through_top = "2\nLattice=\"9 0 0 0 9 0 0 0 9\" pbc=\"T T T\"\nMo 1 1 0.1\nS 1 1 8.9\n";
  EXPECT_THAT(message_of(Fault::input, [&] { read("a.xyz", through_top); }), HasSubstr("stand 0.2 A apart"));
  auto open = through_top;
  open.replace(open.find("T T T"), 5, "T T F");
  EXPECT_EQ(read("a.xyz", open).sites.size(), 2u);
}

TEST_F(ReadStructure, WindowsLineEndsAndByteOrderMarks) {
  std::string text = "\xEF\xBB\xBF";
  for (const char c : poscar) text += c == '\n' ? std::string("\r\n") : std::string(1, c);
  EXPECT_EQ(read("POSCAR", text).sites[0].r_A, (std::array<double, 3>{1, 2, 3}));
}

}  // namespace
}  // namespace twinmill::specimen

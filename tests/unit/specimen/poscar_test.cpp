#include <gmock/gmock.h>

#include <algorithm>

#include "expect_error.hpp"
#include "twinmill/specimen/structure.hpp"

namespace twinmill::specimen {
namespace {

using ::testing::HasSubstr;
using twinmill::testing::message_of;
using Point = std::array<double, 3>;

// MoS2, one rectangular cell with one atom of each kind and a second S; lines can be replaced.
struct Poscar {
  std::vector<std::string> lines = {"MoS2", "1.0",    "4 0 0",        "0 5 0",        "0 0 10",      "Mo S",
                                    "1 2",  "Direct", "0.25 0.5 0.5", "0.75 0.1 0.6", "0.75 0.1 0.4"};
  Poscar& line(std::size_t number, const std::string& text) {
    lines.at(number - 1) = text;
    return *this;
  }
  Poscar& insert(std::size_t number, const std::string& text) {
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(number) - 1, text);
    return *this;
  }
  Poscar& add(const std::string& text) {
    lines.push_back(text);
    return *this;
  }
  Poscar& remove(std::size_t number) {
    lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(number) - 1);
    return *this;
  }
  Structure parse() const {
    std::string text;
    for (const auto& l : lines) text += l + "\n";
    return parse_poscar(text, "POSCAR");
  }
  std::string complaint() const {
    return message_of(Fault::input, [&] { parse(); });
  }
};

void expect_near(const Point& a, const Point& b) {
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(a[i], b[i], 1e-12);
}

TEST(Poscars, Direct) {
  const auto s = Poscar().parse();
  EXPECT_EQ(s.cell_A, (Point{4, 5, 10}));
  ASSERT_EQ(s.sites.size(), 3u);
  EXPECT_EQ(s.sites[0].z, 42);
  EXPECT_EQ(s.sites[1].z, 16);
  EXPECT_EQ(s.sites[2].z, 16);
  EXPECT_EQ(s.sites[2].index, 2);
  EXPECT_EQ(s.sites[2].label, SiteClass::lattice);
  expect_near(s.sites[0].r_A, {1, 2.5, 5});
  expect_near(s.sites[2].r_A, {3, 0.5, 4});
}

TEST(Poscars, CartesianIsScaled) {
  for (const char* word : {"Cartesian", "cart", "K", "kartesisch"}) {
    const auto s = Poscar().line(2, "2").line(8, word).line(9, "1 2 3").line(10, "3 1 3").parse();
    EXPECT_EQ(s.cell_A, (Point{8, 10, 20}));
    expect_near(s.sites[0].r_A, {2, 4, 6});
  }
}

TEST(Poscars, NegativeScaleIsTheVolume) {
  const auto s =
      Poscar().line(2, "-1600").line(8, "C").line(9, "1 2 3").line(10, "3 1 3").parse();  // 8 times 4 x 5 x 10.
  expect_near(s.cell_A, {8, 10, 20});
  expect_near(s.sites[0].r_A, {2, 4, 6});
  EXPECT_THAT(Poscar().line(2, "-8").line(4, "0 0 0").complaint(),
              HasSubstr("POSCAR:3: the cell vectors span no volume"));
}

TEST(Poscars, ThreeScales) {
  EXPECT_EQ(Poscar().line(2, "1 2 3").parse().cell_A, (Point{4, 10, 30}));
  EXPECT_THAT(Poscar().line(2, "1 2 -3").complaint(), HasSubstr("three factors must be positive"));
}

TEST(Poscars, SelectiveDynamicsAndWhatFollows) {
  auto p = Poscar().insert(8, "Selective dynamics");
  for (std::size_t i = 10; i <= 12; ++i) p.line(i, p.lines[i - 1] + " T T F");
  p.add("").add("0 0 0").add("0 0 0").add("0 0 0");  // Velocities.
  EXPECT_EQ(p.parse().sites.size(), 3u);
  expect_near(p.parse().sites[0].r_A, {1, 2.5, 5});
}

TEST(Poscars, SymbolsWithPotentialsAndRepeats) {
  const auto s = Poscar().line(6, "S_GW Mo_pv S/5a1b2c3d").line(7, "1 1 1").parse();
  EXPECT_EQ(s.sites[0].z, 16);
  EXPECT_EQ(s.sites[1].z, 42);
  EXPECT_EQ(s.sites[2].z, 16);
}

TEST(Poscars, WrapsAllAxes) {
  const auto s = Poscar().line(9, "-1e-17 1.0 -0.25").line(10, "1.25 -0.5 1").parse();
  EXPECT_EQ(s.sites[0].r_A[0], 0);
  EXPECT_EQ(s.sites[0].r_A[1], 0);
  EXPECT_EQ(s.sites[0].r_A[2], 7.5);
  EXPECT_EQ(s.sites[1].r_A, (Point{1, 2.5, 0}));
}

TEST(Poscars, OldFormatAndElements) {
  EXPECT_EQ(Poscar().remove(6).complaint(),
            "POSCAR:6: no element symbols (this is the format of VASP 4). Add a line such as 'Mo S' above the counts?");
  EXPECT_EQ(Poscar().line(6, "Mq S").complaint(), "POSCAR:6: element = Mq (does not exist). Did you mean Mg?");
}

TEST(Poscars, WrongCounts) {
  EXPECT_EQ(Poscar().line(7, "1").complaint(), "POSCAR:7: 1 numbers of atoms (line 6 has 2 symbols)");
  EXPECT_EQ(Poscar().line(7, "1 3").complaint(),
            "POSCAR:12: the file ends (one of 4 positions should follow). Is it cut short?");
  EXPECT_EQ(Poscar().line(7, "1 1").complaint(), "POSCAR:11: more positions than the 2 atoms of line 7");
  EXPECT_THAT(Poscar().line(7, "1 -2").complaint(), HasSubstr("number of S atoms = -2 (must not be negative)"));
  EXPECT_THAT(Poscar().line(7, "1 x").complaint(), HasSubstr("POSCAR:7: number of S atoms = x (not a whole number)"));
  EXPECT_THAT(Poscar().line(7, "1 2000000000").complaint(), HasSubstr("the file has 11 lines"));
  EXPECT_THAT(Poscar().line(7, "0 0").complaint(), HasSubstr("POSCAR:7: no atoms"));
}

TEST(Poscars, WrongNumbersAndWords) {
  EXPECT_EQ(Poscar().line(2, "0").complaint(), "POSCAR:2: scale = 0 (must be a factor, or minus the volume)");
  EXPECT_EQ(Poscar().line(2, "one").complaint(), "POSCAR:2: scale = one (not a number)");
  EXPECT_EQ(Poscar().line(9, "0.25 nan 0").complaint(), "POSCAR:9: position = nan (not finite)");
  EXPECT_EQ(Poscar().line(9, "0.25 0.5").complaint(), "POSCAR:9: position: 2 numbers (three are needed)");
  EXPECT_EQ(Poscar().line(8, "Fractional").complaint(), "POSCAR:8: 'Fractional' (Direct or Cartesian is expected)");
  EXPECT_THAT(Poscar().line(4, "-2 3.46 0").complaint(),
              HasSubstr("POSCAR:4: cell vector b = -2 3.46 0 (not along y;"));
  EXPECT_EQ(message_of(Fault::input, [] { parse_poscar("", "POSCAR"); }),
            "POSCAR:3: the file ends (a cell vector should follow). Is it cut short?");
}

TEST(Poscars, CutAnywhereIsOneClearError) {
  const Poscar whole;
  for (std::size_t keep = 0; keep < whole.lines.size(); ++keep) {
    Poscar cut;
    cut.lines.resize(keep);
    EXPECT_THAT(cut.complaint(), HasSubstr("the file ends")) << keep;
  }
}

}  // namespace
}  // namespace twinmill::specimen

#include "twinmill/specimen/parents.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "expect_error.hpp"
#include "parents_table.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/specimen/structure.hpp"

namespace twinmill::specimen {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using twinmill::testing::message_of;

constexpr std::size_t hexagonal = 316, distorted = 12;

std::span<const Parent> hexagonal_parents() { return parents().first(hexagonal); }

TEST(Parents, TablesInTheLibraryAreTheFiles) {
  EXPECT_TRUE(parents_csv == read_text(TWINMILL_PARENTS_CSV));
  EXPECT_TRUE(distorted_csv == read_text(TWINMILL_DISTORTED_CSV));
}

TEST(Parents, HoldsEveryRowOnceInTheFilesOrder) {
  ASSERT_EQ(parents().size(), hexagonal + distorted);
  std::set<std::string> ids;
  for (const auto& p : parents()) EXPECT_TRUE(ids.insert(p.id).second) << p.id;
  EXPECT_EQ(parents()[0].id, "MoS2-H");
  EXPECT_EQ(parents()[1].id, "NbS2-H");
}

TEST(Parents, CountsOfTheSources) {
  std::map<std::string, int> source, tier;
  for (const auto& p : hexagonal_parents()) {
    ++source[p.source];
    ++tier[p.tier];
  }
  EXPECT_EQ(source, (std::map<std::string, int>{{"2DMatPedia", 83}, {"C2DB2020", 8}, {"C2DM", 216}, {"MC2D", 9}}));
  EXPECT_EQ(tier, (std::map<std::string, int>{{"A", 69}, {"B", 75}, {"C", 172}}));
}

TEST(Parents, LengthsArePlausible) {
  for (const auto& p : hexagonal_parents()) {
    EXPECT_GT(p.a_A, 2.6) << p.id;
    EXPECT_LT(p.a_A, 4.5) << p.id;
    EXPECT_GT(p.thickness_A, 1.4) << p.id;
    EXPECT_LT(p.thickness_A, 5.3) << p.id;
  }
}

// Every row of the file, read here by other means: d_MX = sqrt(a^2/3 + (t/2)^2), and the parent has the row's a and t.
TEST(Parents, BondLengthsOfTheFileFollowFromItsLengths) {
  std::string csv = read_text(TWINMILL_PARENTS_CSV);
  std::size_t row = 0;
  for (auto line_start = csv.find('\n') + 1; line_start < csv.size();
       line_start = csv.find('\n', line_start) + 1, ++row) {
    std::string line = csv.substr(line_start, csv.find('\n', line_start) - line_start);
    std::replace(line.begin(), line.end(), ',', ' ');
    const auto words = split_words(line);  // No cell among the first seven is empty.
    const double a = std::stod(words[4]), t = std::stod(words[5]), d = std::stod(words[6]);
    EXPECT_NEAR(d, std::sqrt(a * a / 3 + t * t / 4), 1e-3) << line;
    EXPECT_EQ(parents()[row].id, words[0] + "-" + words[3]);
    EXPECT_EQ(parents()[row].a_A, a);
    EXPECT_EQ(parents()[row].thickness_A, t);
  }
  EXPECT_EQ(row, hexagonal);
}

TEST(Parents, KnownValues) {
  const Parent& mos2 = parent("MoS2-H");
  EXPECT_EQ(mos2.a_A, 3.1841);
  EXPECT_EQ(mos2.thickness_A, 3.1271);
  EXPECT_EQ(mos2.metal, "Mo");
  EXPECT_EQ(mos2.anion, "S");
  EXPECT_EQ(mos2.phase, Phase::H);
  EXPECT_EQ(mos2.functional, "PBE (GPAW)");
  EXPECT_EQ(mos2.confidence, "high");
  EXPECT_EQ(mos2.formation_energy, -0.842);
  EXPECT_EQ(parent("PdO2-T").phase, Phase::T);
  EXPECT_EQ(parent("PdO2-T").a_A, 3.0938);
  EXPECT_TRUE(std::isnan(parent("CdCl2-T").formation_energy));
}

TEST(Parents, UnknownNamesTheNearest) {
  EXPECT_EQ(message_of(Fault::input, [] { parent("MoS3-H"); }),
            "parent = MoS3-H (not in the table of 328 monolayers). Did you mean MoS2-H?");
  EXPECT_EQ(message_of(Fault::input, [] { parent("MoS2"); }),
            "parent = MoS2 (not in the table of 328 monolayers). Did you mean MoS2-H, MoS2-T and MoS2-T'?");
  EXPECT_EQ(message_of(Fault::input, [] { parent("graphene"); }),
            "parent = graphene (not in the table of 328 monolayers). Write the formula and the phase, such as MoS2-H?");
}

TEST(Phases, HaveNames) {
  EXPECT_EQ(name(Phase::H), "H");
  EXPECT_EQ(name(Phase::T), "T");
  EXPECT_EQ(name(Phase::T1), "T'");
  EXPECT_EQ(name(Phase::T2), "T''");
  EXPECT_EQ(name(Phase::P), "P");
  EXPECT_EQ(name(Phase::file), "file");
}

TEST(Parents, HexagonalOnesHaveARectangleOfTwoCells) {
  for (const auto& p : hexagonal_parents()) {
    SCOPED_TRACE(p.id);
    EXPECT_EQ(p.cells(), (std::array{1, 2}));
    EXPECT_EQ(p.strain, 0);
    EXPECT_NEAR(p.unit_A[0], p.a_A, 1e-12);
    EXPECT_NEAR(p.unit_A[1], p.a_A * std::sqrt(3.0), 1e-12);
    ASSERT_EQ(p.basis.size(), 6u);
    EXPECT_EQ(p.basis[0].z, atomic_number(p.metal));
    EXPECT_EQ(p.basis[0].r_A[2], 0);
    EXPECT_NEAR(p.basis[1].r_A[2], p.thickness_A / 2, 1e-12);
    EXPECT_NEAR(p.basis[2].r_A[2], -p.thickness_A / 2, 1e-12);
  }
}

TEST(Distorted, AllFollowTheOthers) {
  std::map<Phase, std::vector<std::string>> found;
  for (const auto& p : parents().subspan(hexagonal)) {
    SCOPED_TRACE(p.id);
    found[p.phase].push_back(p.formula);
    EXPECT_EQ(p.id, p.formula + "-" + std::string(name(p.phase)));
    EXPECT_EQ(&parent(p.id), &p);
    EXPECT_EQ(p.tier, "A");
    EXPECT_EQ(p.confidence, p.source == "C2DB2020" ? "high" : "medium");
    EXPECT_TRUE(std::isnan(p.formation_energy));
    EXPECT_EQ(p.cells(), (std::array{1, 1}));
    EXPECT_EQ(p.a_A, p.unit_A[0]);
  }
  EXPECT_EQ(found,
            (std::map<Phase, std::vector<std::string>>{{Phase::T1, {"MoS2", "MoSe2", "MoTe2", "WS2", "WSe2", "WTe2"}},
                                                       {Phase::T2, {"ReS2", "ReSe2"}},
                                                       {Phase::P, {"PdTe2", "PtTe2", "PdSe2", "PdS2"}}}));
}

// No face of the cell cuts an atom, the outermost anions are at +-t/2, and bonds have the lengths of the ideal phases.
TEST(Distorted, CellsAreSheets) {
  for (const auto& p : parents().subspan(hexagonal)) {
    SCOPED_TRACE(p.id);
    double highest = 0, lowest = 0;
    for (const auto& atom : p.basis) {
      highest = std::max(highest, atom.r_A[2]);
      lowest = std::min(lowest, atom.r_A[2]);
      for (std::size_t axis = 0; axis < 2; ++axis) {
        EXPECT_GT(atom.r_A[axis], 0.1);
        EXPECT_LT(atom.r_A[axis], p.unit_A[axis] - 0.1);
      }
    }
    EXPECT_NEAR(highest, p.thickness_A / 2, 1e-9);
    EXPECT_NEAR(lowest, -p.thickness_A / 2, 1e-9);
  }
}

TEST(Distorted, KnownValues) {
  const Parent& mos2 = parent("MoS2-T'");
  EXPECT_NEAR(mos2.unit_A[0], 3.1936, 1e-12);
  EXPECT_NEAR(mos2.unit_A[1], 5.7396, 1e-12);
  EXPECT_NEAR(mos2.thickness_A, 2 * 1.7426, 1e-9);
  EXPECT_EQ(mos2.basis.size(), 6u);
  EXPECT_EQ(mos2.strain, 0);
  EXPECT_EQ(mos2.source, "2DMatPedia");
  EXPECT_EQ(parent("PdSe2-P").source, "C2DB2020");
  // gamma = 118.95: a and a + 2b are 0.5 degrees from a right angle; the area is that of two cells.
  const Parent& res2 = parent("ReS2-T''");
  EXPECT_EQ(res2.basis.size(), 24u);
  EXPECT_NEAR(res2.unit_A[0], 6.407, 1e-3);
  const double degree = std::acos(-1.0) / 180;
  EXPECT_NEAR(res2.unit_A[0] * res2.unit_A[1], 2 * 6.4073 * 6.5147 * std::sin(118.95 * degree), 1e-9);
  EXPECT_GT(res2.strain, 0.001);
  EXPECT_LT(res2.strain, 0.01);
}

TEST(Distorted, TableIsReadStrictly) {
  const auto table = [](const std::string& from, const std::string& to) {
    std::string text(distorted_csv.substr(0, distorted_csv.find("MoSe2")));
    return text.replace(text.find(from), from.size(), to);
  };
  const auto complaint = [&](const std::string& from, const std::string& to) {
    return message_of(Fault::bug, [&] { parse_distorted(table(from, to)); });
  };
  EXPECT_EQ(parse_distorted(table("MoS2", "MoS2")).size(), 1u);
  EXPECT_THAT(complaint("a_A", "a"), StartsWith("mx2_distorted.csv:1: not the header"));
  EXPECT_THAT(complaint("0.02292,", "0.02292"), HasSubstr(":2: 8 columns (9 expected)"));
  EXPECT_THAT(complaint("90.00,Mo", "90.00,Mx"), HasSubstr("element = Mx"));
  EXPECT_THAT(complaint("90.00,Mo", "90.00,S"), HasSubstr("no layer MX2"));
  EXPECT_THAT(complaint("0.02292", "x"), HasSubstr("frac_y = x (not a number)"));
}

class ParentsTable : public ::testing::Test {
 protected:
  // The true header and first row, with `from` replaced in it.
  static std::string table(const std::string& from, const std::string& to) {
    const auto header_end = parents_csv.find('\n') + 1;
    const auto row_end = parents_csv.find('\n', header_end) + 1;
    std::string text(parents_csv.substr(0, row_end));
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos);
    return text.replace(at, from.size(), to);
  }
  static std::string complaint(const std::string& csv) {
    return message_of(Fault::bug, [&] { parse_parents(csv); });
  }
};

TEST_F(ParentsTable, IsReadStrictly) {
  EXPECT_EQ(parse_parents(table("MoS2", "MoS2")).size(), 1u);
  EXPECT_THAT(complaint(table("a_A", "a")), StartsWith("mx2_monolayers.csv:1: not the header"));
  EXPECT_THAT(complaint(table("0.38,0.39,", "0.38,0.39")), HasSubstr(":2: 16 columns (17 expected)"));
  EXPECT_THAT(complaint(table("MoS2,Mo", "MoS2,Mx")), HasSubstr("no such element"));
  EXPECT_THAT(complaint(table("MoS2,Mo", "WS2,Mo")), HasSubstr("formula = WS2 (not of its elements)"));
  EXPECT_THAT(complaint(table(",H,", ",Q,")), HasSubstr("phase = Q"));
  EXPECT_THAT(complaint(table("3.1841", "abc")), HasSubstr("a = abc (not a number)"));
  EXPECT_THAT(complaint(table("3.1841", "-3.1841")), HasSubstr("must be positive"));
  EXPECT_THAT(complaint(table("3.1841", "3.1941")), HasSubstr("d_MX = 2.4133 (a and thickness give 2.41"));
  EXPECT_THAT(complaint(table("high", "great")), HasSubstr("confidence = great"));
  EXPECT_THAT(complaint(table(",A,", ",D,")), HasSubstr("tier = D"));
  EXPECT_THAT(complaint(table("-0.842", "low")), HasSubstr("hform = low (not a number)"));
}

TEST_F(ParentsTable, RefusesARowTwice) {
  std::string csv = table("MoS2", "MoS2");
  csv += csv.substr(csv.find('\n') + 1);
  EXPECT_THAT(complaint(csv), HasSubstr(":3: MoS2-H (is there twice)"));
}

}  // namespace
}  // namespace twinmill::specimen

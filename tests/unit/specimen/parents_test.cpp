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

namespace twinmill::specimen {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using twinmill::testing::message_of;

TEST(Parents, TableInTheLibraryIsTheFile) { EXPECT_TRUE(parents_csv == read_text(TWINMILL_PARENTS_CSV)); }

TEST(Parents, HoldsEveryRowOnceInTheFilesOrder) {
  ASSERT_EQ(parents().size(), 316u);
  std::set<std::string> ids;
  for (const auto& p : parents()) EXPECT_TRUE(ids.insert(p.id).second) << p.id;
  EXPECT_EQ(parents()[0].id, "MoS2-H");
  EXPECT_EQ(parents()[1].id, "NbS2-H");
}

TEST(Parents, CountsOfTheSources) {
  std::map<std::string, int> source, tier;
  for (const auto& p : parents()) {
    ++source[p.source];
    ++tier[p.tier];
  }
  EXPECT_EQ(source, (std::map<std::string, int>{{"2DMatPedia", 83}, {"C2DB2020", 8}, {"C2DM", 216}, {"MC2D", 9}}));
  EXPECT_EQ(tier, (std::map<std::string, int>{{"A", 69}, {"B", 75}, {"C", 172}}));
}

TEST(Parents, LengthsArePlausible) {
  for (const auto& p : parents()) {
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
  EXPECT_EQ(row, 316u);
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
            "parent = MoS3-H (not in the table of 316 monolayers). Did you mean MoS2-H?");
  EXPECT_EQ(message_of(Fault::input, [] { parent("MoS2"); }),
            "parent = MoS2 (not in the table of 316 monolayers). Did you mean MoS2-H and MoS2-T?");
  EXPECT_EQ(message_of(Fault::input, [] { parent("graphene"); }),
            "parent = graphene (not in the table of 316 monolayers). Write the formula and the phase, such as MoS2-H?");
}

TEST(Phases, HaveNames) {
  EXPECT_EQ(name(Phase::H), "H");
  EXPECT_EQ(name(Phase::T), "T");
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

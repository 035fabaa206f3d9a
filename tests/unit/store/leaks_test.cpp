#include <gmock/gmock.h>

#include "twinmill/store/store.hpp"

namespace twinmill::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

SampleRow row(std::int32_t structure, const std::string& defect, const std::string& variant, const std::string& split) {
  SampleRow r;
  r.structure = structure;
  r.parent = "MoS2-H";
  r.defect = defect;
  r.variant = variant;
  r.split = split;
  return r;
}

std::vector<std::string> leaks_of(const std::vector<SampleRow>& rows) {
  std::vector<std::string_view> splits;
  for (const auto& r : rows) splits.emplace_back(r.split);
  std::vector<std::string> words;
  for (const auto& leak : find_leaks(rows, splits)) words.push_back(text(leak));
  return words;
}

TEST(Leaks, DifferentDefectsOfAParentMayPart) {
  EXPECT_THAT(leaks_of({row(0, "pristine", "", "train"), row(1, "anion_vacancy", "x2 line", "validation"),
                        row(2, "anion_vacancy", "x3 line", "test"), row(3, "dopant", "W", "test"),
                        row(4, "dopant", "V", "train")}),
              IsEmpty());
}

TEST(Leaks, AStructureInTwoSplitsIsFoundOnce) {
  EXPECT_THAT(leaks_of({row(0, "pristine", "", "train"), row(3, "dopant", "W", "train"), row(3, "dopant", "W", "test"),
                        row(3, "dopant", "W", "validation")}),
              ElementsAre("MoS2-H dopant W stands in two splits: sample 1 in train, sample 2 in test"));
}

TEST(Leaks, ArrangementsReplicatesAndSidesOfOneDefectMayNotPart) {
  EXPECT_THAT(
      leaks_of({row(0, "anion_vacancy", "x2 line top", "train"), row(1, "anion_vacancy", "x2 line bottom", "test"),
                row(2, "adatom", "top", "train"), row(3, "adatom", "", "test")}),
      ElementsAre("MoS2-H anion_vacancy x2 line stands in two splits: sample 0 in train, sample 1 in test",
                  "MoS2-H adatom stands in two splits: sample 2 in train, sample 3 in test"));
}

TEST(Leaks, AnotherParentIsAnotherDefect) {
  auto other = row(1, "dopant", "W", "test");
  other.parent = "MoS2-T";
  EXPECT_THAT(leaks_of({row(0, "dopant", "W", "train"), other}), IsEmpty());
}

TEST(Leaks, SamplesWithoutASplitCountForNothing) {
  EXPECT_THAT(leaks_of({row(0, "dopant", "W", "train"), row(0, "dopant", "W", "")}), IsEmpty());
}

TEST(Leaks, WithoutParentsOnlyStructuresAreCompared) {
  auto a = row(0, "", "", "train"), b = row(1, "", "", "test"), c = row(1, "", "", "train");
  a.parent = b.parent = c.parent = "";
  EXPECT_THAT(leaks_of({a, b}), IsEmpty());
  EXPECT_THAT(leaks_of({a, b, c}),
              ElementsAre("structure 1 stands in two splits: sample 1 in test, sample 2 in train"));
}

}  // namespace
}  // namespace twinmill::store

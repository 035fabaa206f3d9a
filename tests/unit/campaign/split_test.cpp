#include <gmock/gmock.h>

#include <map>
#include <set>

#include "support.hpp"

namespace twinmill::campaign {
namespace {

using Count = std::map<Split, int>;

Catalogue many_parents(int count) {
  Catalogue c = small_catalogue();
  c.parents.clear();
  for (int i = 0; i < count; ++i) c.parents.push_back(parent("M" + std::to_string(i), "Mo", "S", "H", 3.2, 3.1, -1));
  return c;
}

Plan plan_of(int parents, const std::vector<std::string>& defects, int replicates, const SplitSection& split = {},
             std::uint64_t seed = 1) {
  Spec spec;
  spec.campaign.seed = seed;
  spec.specimen.supercell = {2, 2};
  for (int i = 0; i < parents; ++i) spec.specimen.parents.push_back("M" + std::to_string(i) + "-H");
  spec.specimen.defects = defects;
  spec.specimen.replicates = replicates;
  spec.split = split;
  return expand(spec, many_parents(parents));
}

Count counts(const Plan& plan, const std::string& kind = "") {
  Count c;
  for (const auto& s : plan.structures)
    if (kind.empty() || s.defect == kind) ++c[s.split];
  return c;
}

TEST(Split, ByStructureFollowsTheFractionsInAllAndPerKind) {
  const Plan plan = plan_of(20, {"anion_vacancy", "metal_vacancy", "metal_on_anion"}, 5);
  EXPECT_EQ(counts(plan), (Count{{Split::train, 210}, {Split::validation, 45}, {Split::test, 45}}));
  for (const std::string kind : {"anion_vacancy", "metal_vacancy", "metal_on_anion"})
    EXPECT_EQ(counts(plan, kind), (Count{{Split::train, 70}, {Split::validation, 15}, {Split::test, 15}})) << kind;
}

TEST(Split, EachKindOfThreeOrMoreIsInEverySplit) {
  for (int parents = 1; parents <= 9; ++parents)
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      const Plan plan = plan_of(parents, {"pristine", "anion_vacancy", "metal_vacancy"}, 2, {}, seed);
      for (const std::string kind : {"pristine", "anion_vacancy", "metal_vacancy"}) {
        const Count c = counts(plan, kind);
        if (parents >= 2) {
          EXPECT_TRUE(c.contains(Split::train)) << kind;
        }
        if (parents >= 3) {
          EXPECT_EQ(c.size(), 3u) << kind << " of " << parents;
        }
      }
    }
}

// One point defect in a periodic sheet looks the same at every site but for a shift, so replicates are near-twins.
TEST(Split, ReplicatesOfADefectAreNeverParted) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Plan plan = plan_of(5, {"anion_vacancy", "metal_vacancy"}, 4, {}, seed);
    std::map<std::string, std::set<Split>> seen;
    for (const auto& s : plan.structures) seen[s.parent_id + " " + s.defect].insert(s.split);
    EXPECT_EQ(seen.size(), 10u);
    for (const auto& [group, splits] : seen) EXPECT_EQ(splits.size(), 1u) << group;
  }
}

TEST(Split, ThreeStructuresFillEverySplitEvenWithOneOfEachKind) {
  const Plan plan = plan_of(1, {"pristine", "anion_vacancy", "metal_vacancy"}, 1);
  EXPECT_EQ(counts(plan), (Count{{Split::train, 1}, {Split::validation, 1}, {Split::test, 1}}));
  EXPECT_EQ(counts(plan_of(2, {"anion_vacancy"}, 1)), (Count{{Split::train, 1}, {Split::test, 1}}));
  EXPECT_EQ(counts(plan_of(1, {"anion_vacancy"}, 1)), (Count{{Split::train, 1}}));
  EXPECT_THAT(
      plan_of(1, {"anion_vacancy"}, 1).notes,
      ::testing::Contains("no anion_vacancy in validation and test (there is 1 to deal, 3 are needed to be in every "
                          "split)"));
}

TEST(Split, ByParentKeepsAParentTogether) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Plan plan = plan_of(10, {"pristine", "anion_vacancy", "metal_vacancy"}, 3, {.by = "parent"}, seed);
    std::map<std::string, std::set<Split>> splits;
    for (const auto& s : plan.structures) splits[s.parent_id].insert(s.split);
    Count parents;
    for (const auto& [id, of_parent] : splits) {
      ASSERT_EQ(of_parent.size(), 1u) << id;
      ++parents[*of_parent.begin()];
    }
    EXPECT_EQ(parents[Split::train], 7);
    EXPECT_EQ(parents[Split::validation] + parents[Split::test], 3);
    EXPECT_EQ(parents.size(), 3u);
  }
}

TEST(Split, WithoutValidationNothingIsValidated) {
  for (int parents = 1; parents < 7; ++parents) {
    const Count c = counts(plan_of(parents, {"pristine", "anion_vacancy"}, 2, {.train = 0.8, .validation = 0}));
    EXPECT_FALSE(c.contains(Split::validation));
    EXPECT_TRUE(c.contains(Split::test));
  }
}

TEST(Split, SmallTestPartsStillGetAGroup) {
  const Count c = counts(plan_of(4, {"anion_vacancy"}, 1, {.train = 0.97, .validation = 0.01}));
  EXPECT_EQ(c, (Count{{Split::train, 2}, {Split::validation, 1}, {Split::test, 1}}));
}

TEST(Split, FollowsTheSeed) {
  std::set<std::vector<Split>> seen;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    std::vector<Split> splits;
    for (const auto& s : plan_of(6, {"anion_vacancy"}, 2, {}, seed).structures) splits.push_back(s.split);
    seen.insert(splits);
  }
  EXPECT_GT(seen.size(), 5u);
}

TEST(Split, Names) {
  EXPECT_EQ(name(Split::train), "train");
  EXPECT_EQ(name(Split::validation), "validation");
  EXPECT_EQ(name(Split::test), "test");
}

}  // namespace
}  // namespace twinmill::campaign

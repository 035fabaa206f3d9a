// [[defect]], [[impurity]], relaxations and operations: which structures and simulations a plan has.
#include <gmock/gmock.h>

#include <map>
#include <set>

#include "support.hpp"

namespace twinmill::campaign {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Spec one_parent() {
  Spec spec;
  spec.specimen.parents = {"MoS2-H"};
  return spec;
}

std::vector<std::string> labels(const Plan& plan) {
  std::vector<std::string> list;
  for (const auto& s : plan.structures) list.push_back(s.label());
  return list;
}

TEST(Kinds, NothingAskedIsPristine) {
  EXPECT_THAT(labels(expand(one_parent(), small_catalogue())), ElementsAre("MoS2-H pristine #0"));
}

TEST(Kinds, CountsAndShapesThatGoTogether) {
  Spec spec = one_parent();
  spec.defects = {{.classes = {"anion_vacancy"}, .count = {1, 2, 3}, .cluster = {"random", "line", "bent", "column"}}};
  EXPECT_THAT(labels(expand(spec, small_catalogue())),
              ElementsAre("MoS2-H anion_vacancy #0", "MoS2-H anion_vacancy x2 #0", "MoS2-H anion_vacancy x2 column #0",
                          "MoS2-H anion_vacancy x2 line #0", "MoS2-H anion_vacancy x3 #0",
                          "MoS2-H anion_vacancy x3 bent #0", "MoS2-H anion_vacancy x3 line #0"));
  spec.defects[0].cluster = {"bent"};
  spec.defects[0].count = {2};
  EXPECT_THAT(plan_message(spec), HasSubstr("has no shape of [2] vacancies"));
}

TEST(Kinds, SidesOfWhatHasSidesOnly) {
  Spec spec = one_parent();
  spec.defects = {{.classes = {"metal_on_anion"}, .side = {"top", "bottom"}},
                  {.classes = {"metal_vacancy"}, .side = {"top", "bottom"}}};
  EXPECT_THAT(
      labels(expand(spec, small_catalogue())),
      ElementsAre("MoS2-H metal_on_anion bottom #0", "MoS2-H metal_on_anion top #0", "MoS2-H metal_vacancy #0"));
}

TEST(Kinds, SeveralClassesStandInOneSpecimen) {
  Spec spec = one_parent();
  spec.defects = {{.classes = {"dopant", "anion_vacancy"}, .count = {2}, .elements = {"W"}, .min_distance_A = 4}};
  const Plan plan = expand(spec, small_catalogue());
  ASSERT_EQ(plan.structures.size(), 1U);
  EXPECT_EQ(plan.structures[0].label(), "MoS2-H dopant+anion_vacancy W x2 #0");
  const auto& kind = plan.kinds[0];
  ASSERT_EQ(kind.parts.size(), 2U);
  EXPECT_EQ(kind.parts[0].element, "W");
  EXPECT_EQ(kind.parts[1].element, "");
  EXPECT_EQ(kind.min_distance_A, 4);
}

TEST(Kinds, ArrangementsAndReplicates) {
  Spec spec = one_parent();
  spec.specimen.replicates = 3;
  spec.relaxation.engine = "gpaw";
  spec.defects = {{.classes = {"anion_vacancy"}, .count = {2}, .arrangements = 2}};
  const Plan plan = expand(spec, small_catalogue());
  ASSERT_EQ(plan.structures.size(), 6U);
  ASSERT_EQ(plan.relaxations.size(), 2U);
  std::map<int, std::set<Hash128>> keys, arrangements;
  for (const auto& s : plan.structures) {
    keys[s.relaxation].insert(s.key);
    arrangements[s.relaxation].insert(s.arrangement_key);
  }
  for (int r : {0, 1}) {
    EXPECT_EQ(keys[r].size(), 3U);
    EXPECT_EQ(arrangements[r].size(), 1U);
  }
}

TEST(Kinds, ParentsOfOneTable) {
  Spec spec = one_parent();
  spec.specimen.parents = {"MoS2-H", "MoS2-T", "WSe2-H"};
  spec.defects = {{.classes = {"metal_vacancy"}}, {.classes = {"adatom"}, .parents = {"*-T", "WSe2"}}};
  EXPECT_THAT(labels(expand(spec, small_catalogue())),
              ElementsAre("MoS2-H metal_vacancy #0", "MoS2-T adatom #0", "MoS2-T metal_vacancy #0", "WSe2-H adatom #0",
                          "WSe2-H metal_vacancy #0"));
}

TEST(Parents, PatternsAndFilters) {
  const auto ids = [](const Spec& spec) {
    std::set<std::string> found;
    for (const auto& s : expand(spec, small_catalogue()).structures) found.insert(s.parent_id);
    return found;
  };
  Spec spec = one_parent();
  spec.specimen.parents = {"*"};
  EXPECT_EQ(ids(spec).size(), 6U);
  spec.specimen.phases = {"T"};
  EXPECT_THAT(ids(spec), ElementsAre("FeCl2-T", "MoS2-T", "PtSe2-T"));
  spec.specimen.anions = {"S", "Se"};
  spec.specimen.metals = {"Mo", "W"};
  EXPECT_THAT(plan_message(spec), HasSubstr("specimen.anions[0] = \"S\": is no element"));
  Catalogue catalogue = small_catalogue();
  catalogue.elements.insert(catalogue.elements.end(), {"S", "Se"});
  EXPECT_EQ(expand(spec, catalogue).structures[0].parent_id, "MoS2-T");
  spec.specimen.tiers = {"C"};
  EXPECT_THAT(plan_message(spec, catalogue), HasSubstr("fits no parent of the table"));
  // An id names its parent whatever the filters say, also beside a pattern.
  spec.specimen.parents = {"M?S2-*", "WSe2-H"};
  spec.specimen.tiers = {};
  std::set<std::string> found;
  for (const auto& s : expand(spec, catalogue).structures) found.insert(s.parent_id);
  EXPECT_THAT(found, ElementsAre("MoS2-T", "WSe2-H"));
}

TEST(Impurities, AreInAPartOfTheArrangementsAndNeverInPristineSheets) {
  Spec spec = one_parent();
  spec.specimen.defects = {"pristine"};
  spec.defects = {{.classes = {"anion_vacancy"}, .arrangements = 400}};
  spec.impurities = {{.element = "V", .place = "metal", .fraction = 0.25}, {.element = "Re", .place = "adatom"}};
  const Plan plan = expand(spec, small_catalogue());
  int with_vanadium = 0;
  for (const auto& s : plan.structures) {
    if (s.defect == "pristine") {
      EXPECT_THAT(s.impurities, IsEmpty());
      continue;
    }
    EXPECT_THAT(s.impurities, Contains(1));
    with_vanadium += s.impurities.size() == 2 ? 1 : 0;
  }
  EXPECT_NEAR(with_vanadium, 100, 30);
}

TEST(Relaxations, AreTasksBehindTheImages) {
  Spec spec = small_spec();
  const Plan still = expand(spec, small_catalogue());
  spec.relaxation.engine = "gpaw";
  const Plan plan = expand(spec, small_catalogue());
  EXPECT_NE(plan.key, still.key);
  ASSERT_EQ(plan.relaxations.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    const auto& r = plan.relaxations[i];
    EXPECT_EQ(r.id.index(), plan.simulations.size() + i);
    EXPECT_EQ(r.task.index(), plan.samples.size() + i);
    EXPECT_TRUE(plan.is_relaxation(r.id));
    EXPECT_EQ(plan.structures[static_cast<std::size_t>(r.structure)].relaxation, static_cast<int>(i));
  }
  for (const auto& s : plan.simulations) {
    EXPECT_FALSE(plan.is_relaxation(s.id));
    EXPECT_EQ(plan.awaited_by(s).valid(), plan.structure_of(s).defect != "pristine");
  }
  // Pristine sheets are what they were; the others have other keys. Limits of time change nothing.
  EXPECT_EQ(plan.structures[1].key, still.structures[1].key);
  EXPECT_NE(plan.structures[0].key, still.structures[0].key);
  spec.relaxation.time_limit_s = 5;
  spec.relaxation.max_steps = 7;
  spec.relaxation.library = {"elsewhere"};
  EXPECT_EQ(expand(spec, small_catalogue()).key, plan.key);
  spec.relaxation.k_points = {2, 2};
  EXPECT_NE(expand(spec, small_catalogue()).key, plan.key);
  spec.relaxation.parents = {"WSe2-*"};
  EXPECT_EQ(expand(spec, small_catalogue()).relaxations.size(), 1U);
}

TEST(Operations, AreTheProductOfTheirAxes) {
  Spec spec = one_parent();
  spec.geometry.rotations_deg = {45, 0};
  spec.geometry.boundary_rotations_deg = {10, 30};
  spec.geometry.boundary_gaps_A = {-3, 0, 3};
  spec.geometry.damage = {"none", "beam"};
  const Plan plan = expand(spec, small_catalogue());
  // Both rotations of the whole, periodic sheet share one simulation; each of the others is its own.
  EXPECT_EQ(plan.simulations.size(), 1U + 2 + 6 * 2);
  EXPECT_EQ(plan.samples.size(), 2U + 2 + 6 * 2);
  EXPECT_FALSE(plan.simulations[0].operation.field());
  EXPECT_DOUBLE_EQ(plan.simulations[0].lx_A, 4 * 3.1841);
  std::set<Hash128> keys;
  for (std::size_t i = 1; i < plan.simulations.size(); ++i) {
    const auto& s = plan.simulations[i];
    EXPECT_TRUE(s.operation.field());
    EXPECT_DOUBLE_EQ(s.lx_A, 16 + 2 * 5.0);
    EXPECT_EQ(s.exposure_count, 1);
    EXPECT_LE(std::abs(s.operation.offset_A), 16.0 / 6);
    if (s.operation.damage_atoms > 0) {
      EXPECT_GE(s.operation.damage_atoms, 5);
      EXPECT_LE(s.operation.damage_atoms, 30);
    }
    keys.insert(s.key);
  }
  EXPECT_EQ(keys.size(), plan.simulations.size() - 1);
  // What is added changes nothing that was there.
  spec.geometry.rotations_deg.push_back(30);
  spec.geometry.boundary_gaps_A.push_back(1);
  const Plan more = expand(spec, small_catalogue());
  std::set<Hash128> all;
  for (const auto& s : more.simulations) all.insert(s.key);
  for (const auto& key : keys) EXPECT_TRUE(all.contains(key));
}

TEST(Operations, AreDrawnForEachStructureByItself) {
  Spec spec = one_parent();
  spec.specimen.replicates = 300;
  spec.specimen.defects = {"anion_vacancy"};
  spec.geometry.choice = "draw";
  spec.geometry.draws = 2;
  spec.geometry.rotations_deg = {0, 30, 45};
  spec.geometry.boundary_rotations_deg = {0, 10, 30, 45};
  spec.geometry.boundary_gaps_A = {-3, 3};
  spec.geometry.damage = {"none", "beam"};
  const Plan plan = expand(spec, small_catalogue());
  EXPECT_EQ(plan.samples.size(), 600U);
  int boundaries = 0, damaged = 0, overlapping = 0;
  for (const auto& sample : plan.samples) {
    const auto& o = plan.simulation(sample.simulation).operation;
    boundaries += o.boundary ? 1 : 0;
    damaged += o.damage_atoms > 0 ? 1 : 0;
    overlapping += o.gap_A < 0 ? 1 : 0;
    EXPECT_LE(std::abs(o.gap_A), 3);
  }
  EXPECT_NEAR(boundaries, 300, 60);
  EXPECT_NEAR(damaged, 300, 60);
  EXPECT_NEAR(overlapping, 150, 50);
  // A structure keeps its draws when others come and go.
  spec.specimen.replicates = 2;
  std::set<Hash128> few, many;
  for (const auto& s : expand(spec, small_catalogue()).simulations) few.insert(s.key);
  for (const auto& s : plan.simulations) many.insert(s.key);
  for (const auto& key : few) EXPECT_TRUE(many.contains(key));
}

TEST(Operations, MistakesAreTold) {
  Spec spec = one_parent();
  spec.geometry.damage_atoms = {30, 5};
  spec.geometry.draws = 3;
  EXPECT_EQ(plan_message(spec),
            "geometry.damage_atoms = [30, 5]: must be a range, the smaller number first\n"
            "geometry.draws = 3: belongs to geometry.choice = \"draw\"");
}

TEST(Split, SidesOfOneDefectStayTogether) {
  Spec spec = small_spec();
  spec.specimen.defects = {};
  spec.specimen.parents = {"MoS2-H", "WSe2-H", "MoS2-T", "PtSe2-T"};
  spec.defects = {{.classes = {"anion_vacancy"}, .side = {"top", "bottom"}}};
  const Plan plan = expand(spec, small_catalogue());
  std::map<std::string, std::set<Split>> splits;
  for (const auto& s : plan.structures) splits[s.parent_id].insert(s.split);
  for (const auto& [parent, all] : splits) EXPECT_EQ(all.size(), 1U) << parent;
}

}  // namespace
}  // namespace twinmill::campaign

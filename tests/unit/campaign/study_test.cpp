#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>

#include "support.hpp"

namespace twinmill::campaign {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::SizeIs;

Catalogue many_parents(int count) {
  Catalogue c = small_catalogue();
  c.parents.clear();
  for (int i = 0; i < count; ++i) c.parents.push_back(parent("M" + std::to_string(i), "Mo", "S", "H", 3.2, 3.1, -1));
  return c;
}

const Catalogue parents = many_parents(6);

Spec study_spec() {
  Spec spec;
  spec.specimen.parents = {"M*"};
  spec.specimen.defects = {"pristine", "anion_vacancy", "metal_vacancy", "adatom"};
  spec.dose.e_per_A2 = {1e3, 1e5};
  spec.study.classes = {2, 4};
  return spec;
}

Plan plan_of(const Spec& spec) { return expand(spec, parents); }

std::vector<std::string> names(const Plan& plan) {
  std::vector<std::string> all;
  for (const auto& t : plan.trainings) all.push_back(t.name);
  std::ranges::sort(all);
  return all;
}

std::map<std::string, Hash128> keys(const Plan& plan) {
  std::map<std::string, Hash128> all;
  for (const auto& t : plan.trainings) all[t.name] = t.key;
  return all;
}

TEST(Study, WithoutClassesThereIsNone) {
  Spec spec = study_spec();
  spec.study.classes = {};
  const Plan plan = plan_of(spec);
  EXPECT_THAT(plan.trainings, SizeIs(0));
  EXPECT_EQ(plan.study_key, Hash128{});
}

TEST(Study, RunsOverAllAxesAndNamesWhatItTrains) {
  Spec spec = study_spec();
  EXPECT_THAT(names(plan_of(spec)), ElementsAre("g-unet-n2-ad-s1-r1", "g-unet-n2-av-s1-r1", "g-unet-n2-mv-s1-r1",
                                                "g-unet-n4-av.mv.ad-s1-r1"));
  spec.study.networks = {"a-unet", "narrow"};
  spec.models = {{.name = "narrow", .network = "resnet-152", .width = 8, .epochs = 3, .learning_rate = 0.1}};
  spec.study.seeds = {1, 7};
  spec.study.splits = 2;
  spec.conditions = {{.name = "dim", .dose_e_per_A2 = {1, 1e4}}};
  spec.study.train_conditions = {"all", "dim"};
  const Plan plan = plan_of(spec);
  EXPECT_THAT(plan.trainings, SizeIs(4 * 2 * 2 * 2 * 2));
  const auto found = std::ranges::find(plan.trainings, "narrow-n4-av.mv.ad-dim-s2-r7", &Training::name);
  ASSERT_NE(found, plan.trainings.end());
  EXPECT_EQ(found->settings.network, "resnet-152");
  EXPECT_EQ(found->settings.width, 8);
  EXPECT_EQ(found->settings.epochs, 3);
  EXPECT_EQ(found->settings.batch_size, spec.training.batch_size);
  EXPECT_EQ(found->settings.learning_rate, 0.1);
  EXPECT_EQ(found->settings.seed, 7U);
  EXPECT_THAT(found->classes, ElementsAre("anion_vacancy", "metal_vacancy", "adatom"));
}

TEST(Study, FewImagesArePassedOverMoreOften) {
  Spec spec = study_spec();
  spec.training.epochs = 2;
  spec.training.batch_size = 4;
  spec.study.min_steps = 100;
  for (const auto& t : plan_of(spec).trainings) {
    const std::int64_t steps = (t.train_samples + 3) / 4;
    EXPECT_GE(t.settings.epochs * steps, 100) << t.name;
    EXPECT_LT((t.settings.epochs - 1) * steps, 100) << t.name;
  }
  spec.study.min_steps = 1;
  for (const auto& t : plan_of(spec).trainings) EXPECT_EQ(t.settings.epochs, 2) << t.name;
}

TEST(Study, TrainingsAreNumberedAfterAllOtherWork) {
  Spec spec = study_spec();
  spec.relaxation.engine = "gpaw";
  const Plan plan = plan_of(spec);
  ASSERT_THAT(plan.relaxations, SizeIs(18));
  for (std::size_t i = 0; i < plan.trainings.size(); ++i) {
    const auto& t = plan.trainings[i];
    EXPECT_EQ(t.id.index(), plan.simulations.size() + plan.relaxations.size() + i);
    EXPECT_EQ(t.task.index(), plan.samples.size() + plan.relaxations.size() + i);
    EXPECT_TRUE(plan.is_training(t.id));
    EXPECT_FALSE(plan.is_relaxation(t.id));
    EXPECT_EQ(plan.training(t.id).name, t.name);
  }
  EXPECT_TRUE(plan.is_relaxation(plan.relaxations.back().id));
  EXPECT_FALSE(plan.is_training(plan.relaxations.back().id));
}

TEST(Study, ChangesNothingInTheStoreButMoreDrawsOfTheSplitDo) {
  Spec spec = study_spec(), other = spec;
  other.study.classes = {};
  EXPECT_EQ(plan_of(spec).key, plan_of(other).key);
  other = spec;
  other.study.seeds = {4};
  other.conditions = {{.name = "dim", .dose_e_per_A2 = {1, 1e4}}};
  EXPECT_EQ(plan_of(spec).key, plan_of(other).key);
  EXPECT_NE(plan_of(spec).study_key, plan_of(other).study_key);
  other.study.splits = 2;
  EXPECT_NE(plan_of(spec).key, plan_of(other).key);
}

TEST(Study, ALongerAxisKeepsTheTrainingsOfTheShorterOne) {
  Spec spec = study_spec();
  const auto before = keys(plan_of(spec));
  spec.study.seeds = {1, 2};
  spec.study.networks = {"g-unet", "a-unet"};
  spec.study.splits = 3;
  spec.study.classes = {2, 3, 4};
  const auto after = keys(plan_of(spec));
  EXPECT_EQ(after.size(), 7 * 2 * 2 * 3);
  EXPECT_THAT(after, IsSupersetOf(before));
}

TEST(Study, KeysFollowFromWhatDecidesAndFromNothingElse) {
  const Spec spec = study_spec();
  const auto before = keys(plan_of(spec));
  Spec other = spec;
  other.training.bucket_mb = 4;
  other.training.checkpoint_every = 3;
  other.run.attempts = 7;
  EXPECT_EQ(keys(plan_of(other)), before);
  other = spec;
  other.training.epochs += 1;
  for (const auto& [name, key] : keys(plan_of(other))) EXPECT_NE(key, before.at(name));
  // Another dose is seen by all; another class only by those that know it.
  other = spec;
  other.dose.e_per_A2.push_back(1e7);
  for (const auto& [name, key] : keys(plan_of(other))) EXPECT_NE(key, before.at(name)) << name;
  other = spec;
  other.specimen.defects.push_back("anion_vacancy");
  other.specimen.defects.back() = "metal_on_anion";
  other.study.defects = {"anion_vacancy", "metal_vacancy", "adatom"};
  EXPECT_EQ(keys(plan_of(other)), before);
  // A further condition is tested, not trained: the same network, another task.
  other = spec;
  other.conditions = {{.name = "dim", .dose_e_per_A2 = {1, 1e4}}};
  const Plan with = plan_of(other), without = plan_of(spec);
  for (std::size_t i = 0; i < with.trainings.size(); ++i) {
    EXPECT_EQ(with.trainings[i].model_key, without.trainings[i].model_key);
    EXPECT_NE(with.trainings[i].key, without.trainings[i].key);
  }
}

TEST(Study, FewerSubsetsAreAmongTheMore) {
  Spec spec = study_spec();
  spec.study.classes = {3};
  spec.study.subsets = 1;
  const auto one = names(plan_of(spec));
  spec.study.subsets = 2;
  const auto two = names(plan_of(spec));
  EXPECT_THAT(one, SizeIs(1));
  EXPECT_THAT(two, SizeIs(2));
  EXPECT_THAT(two, IsSupersetOf(one));
}

TEST(Study, CountsTheSamplesThatATrainingSees) {
  Spec spec = study_spec();
  spec.study.networks = {};
  spec.conditions = {{.name = "dim", .dose_e_per_A2 = {1, 1e4}}};
  spec.study.train_conditions = {"dim"};
  const Plan plan = plan_of(spec);
  for (const auto& t : plan.trainings) {
    std::int64_t train = 0, test = 0;
    for (const auto& sample : plan.samples) {
      const auto& structure = plan.structure_of(plan.simulation(sample.simulation));
      const bool known =
          structure.defect == "pristine" || std::ranges::find(t.classes, structure.defect) != t.classes.end();
      if (!known || sample.dose > 1e4) continue;
      train += structure.split == Split::train ? 1 : 0;
      test += structure.split == Split::test ? 1 : 0;
    }
    EXPECT_EQ(t.train_samples, train) << t.name;
    EXPECT_EQ(t.test_samples, test) << t.name;
    EXPECT_GT(t.cost_s, 0);
  }
}

TEST(Study, ConditionsSortImages) {
  Spec spec = study_spec();
  spec.specimen.supercell = {8, 8};
  spec.scan.field_A = {10, 10};
  spec.geometry.rotations_deg = {0, 20};
  spec.geometry.boundary_rotations_deg = {10};
  spec.geometry.damage = {"none", "beam"};
  const auto share = [&](const ConditionEntry& condition) {
    spec.conditions = {condition};
    const Plan plan = plan_of(spec);
    const auto in = samples_in(plan, "c");
    return static_cast<double>(std::ranges::count(in, true)) / static_cast<double>(in.size());
  };
  EXPECT_EQ(share({.name = "c", .boundary = "any"}), 1);
  // Operations: rotations 0 and 20 or a boundary, each with and without damage.
  EXPECT_DOUBLE_EQ(share({.name = "c", .boundary = "yes"}), 1.0 / 3);
  EXPECT_DOUBLE_EQ(share({.name = "c", .boundary = "no"}), 2.0 / 3);
  EXPECT_DOUBLE_EQ(share({.name = "c", .rotation_deg = {15, 25}}), 1.0 / 3);
  EXPECT_DOUBLE_EQ(share({.name = "c", .damage_atoms = {0, 0}}), 0.5);
  EXPECT_DOUBLE_EQ(share({.name = "c", .dose_e_per_A2 = {1e3, 1e3}}), 0.5);
  EXPECT_DOUBLE_EQ(share({.name = "c", .parents = {"M0-H", "M1"}}), 2.0 / 6);
  EXPECT_DOUBLE_EQ(share({.name = "c", .impurities = "no"}), 1);
}

TEST(Study, DrawsOfTheSplitDifferAndNeverPartAGroup) {
  Spec spec = study_spec();
  spec.specimen.replicates = 3;
  spec.study.splits = 4;
  const Plan plan = plan_of(spec);
  ASSERT_EQ(plan.draws(), 4);
  std::set<std::vector<Split>> different;
  for (int draw = 1; draw <= 4; ++draw) {
    std::vector<Split> splits;
    std::map<std::pair<std::string, std::string>, std::set<Split>> groups;
    for (std::size_t i = 0; i < plan.structures.size(); ++i) {
      const auto& s = plan.structures[i];
      splits.push_back(plan.split_of(static_cast<int>(i), draw));
      groups[{s.parent_id, s.defect}].insert(splits.back());
    }
    for (const auto& [who, found] : groups) EXPECT_THAT(found, SizeIs(1)) << who.first << " " << who.second;
    different.insert(splits);
  }
  EXPECT_THAT(different, SizeIs(4));
  spec.study.splits = 1;
  const Plan one = plan_of(spec);
  for (std::size_t i = 0; i < plan.structures.size(); ++i) EXPECT_EQ(plan.structures[i].split, one.structures[i].split);
}

TEST(Study, RefusesWhatTheCampaignDoesNotShow) {
  Spec spec = study_spec();
  spec.study.classes = {5};
  EXPECT_THAT(plan_message(spec, parents), HasSubstr("study.classes[0] = 5: is more than the campaign shows (the "
                                                     "lattice and 3: anion_vacancy, metal_vacancy and adatom)"));
  spec = study_spec();
  spec.study.defects = {"anion_vacancy", "dopant"};
  spec.study.classes = {2};
  EXPECT_THAT(plan_message(spec, parents),
              HasSubstr("study.defects[1] = \"dopant\": is in no structure of this campaign"));
  spec = study_spec();
  spec.conditions = {{.name = "bright", .dose_e_per_A2 = {1e9, 1e10}}};
  EXPECT_THAT(plan_message(spec, parents), HasSubstr("condition[0] \"bright\": is met by no image of this campaign"));
  // Adatoms stand in one parent only, which the condition leaves out.
  spec = study_spec();
  spec.specimen.defects = {"pristine", "anion_vacancy", "metal_vacancy"};
  spec.defects = {{.classes = {"adatom"}, .parents = {"M0-H"}}};
  spec.conditions = {{.name = "rest", .parents = {"M1-H", "M2-H", "M3-H", "M4-H", "M5-H"}}};
  spec.study.train_conditions = {"all", "rest"};
  EXPECT_THAT(plan_message(spec, parents),
              HasSubstr("study (condition \"rest\", split 1): has no training sample that shows adatom"));
}

TEST(Study, EveryMistakeIsToldWithItsLine) {
  const std::string message = read_message(R"([specimen]
parents = ["MoS2-H"]
defects = ["anion_vacancy"]
[study]
classes = [2, 11]
networks = ["g-unett", "mine"]
defects = ["dopand"]
train_conditions = ["al", "dimm"]
ranks = "two"
[[model]]
name = "mine"
network = "unet"
[[condition]]
name = "dim"
dose_e_per_A2 = [1e5, 1e3]
damage_atoms = [1]
[[condition]]
name = "all"
)");
  for (const std::string line : {
           "c.toml:5: study.classes[1] = 11: must be 2 to 10 classes",
           "c.toml:6: study.networks[0] = \"g-unett\": is neither a network nor the name of a [[model]]. Did you mean "
           "g-unet?",
           "c.toml:7: study.defects[0] = \"dopand\": must be",
           "Did you mean dopant?",
           "c.toml:8: study.train_conditions[0] = \"al\": is neither \"all\" nor the name of a [[condition]]. Did you "
           "mean all?",
           "c.toml:8: study.train_conditions[1] = \"dimm\": is neither \"all\" nor the name of a [[condition]]. Did "
           "you mean dim?",
           "c.toml:9: study.ranks = \"two\": must be one or all",
           "c.toml:12: model[0].network = \"unet\": must be g-unet, a-unet or resnet-152",
           "c.toml:15: condition[0].dose_e_per_A2 = [1e+05, 1000]: must be a range, the smaller number first",
           "c.toml:16: condition[0].damage_atoms = [1]: must be a range, [lowest, highest]",
           "c.toml:18: condition[1].name = \"all\": is taken (it means every image)",
       })
    EXPECT_THAT(message, HasSubstr(line));
}

TEST(Study, AxesWithoutAStudyAreAMistake) {
  EXPECT_THAT(read_message("[specimen]\nparents = [\"MoS2-H\"]\n[study]\nseeds = [1]\n"),
              HasSubstr("study.classes = []: must have at least one entry"));
  EXPECT_THAT(read_message("[specimen]\nparents = [\"MoS2-H\"]\n[[condition]]\nname = \"dim\"\n"),
              HasSubstr("study.classes = []: must have at least one entry"));
}

}  // namespace
}  // namespace twinmill::campaign

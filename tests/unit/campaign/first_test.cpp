// run.first: which structures are wanted before the others.
#include <map>

#include "support.hpp"

namespace twinmill::campaign {
namespace {

Spec wanting(std::vector<std::string> first) {
  Spec spec = small_spec();
  spec.specimen.defects = {"pristine", "anion_vacancy", "metal_vacancy"};
  spec.defects = {{.classes = {"anion_vacancy", "metal_vacancy"}}};
  spec.run.first = std::move(first);
  return spec;
}

std::map<std::string, int> turns(const std::vector<std::string>& first) {
  const Plan plan = expand(wanting(first), small_catalogue());
  std::map<std::string, int> all;
  for (const auto& structure : plan.structures) all[structure.label()] = plan.turn_of(structure);
  return all;
}

TEST(First, WithoutWishesAllAreEqual) {
  for (const auto& [label, turn] : turns({})) EXPECT_EQ(turn, 0) << label;
}

TEST(First, TheEarliestWordThatFitsCounts) {
  const auto all = turns({"metal_vacancy", "WSe2-H", "pristine"});
  EXPECT_EQ(all.at("MoS2-H metal_vacancy #0"), 0);
  EXPECT_EQ(all.at("WSe2-H metal_vacancy #0"), 0);
  EXPECT_EQ(all.at("MoS2-H anion_vacancy+metal_vacancy #0"), 0);
  EXPECT_EQ(all.at("WSe2-H anion_vacancy #0"), 1);
  EXPECT_EQ(all.at("WSe2-H pristine #0"), 1);
  EXPECT_EQ(all.at("MoS2-H pristine #0"), 2);
  EXPECT_EQ(all.at("MoS2-H anion_vacancy #0"), 3);
}

TEST(First, ChangesNoKey) {
  const Plan without = expand(wanting({}), small_catalogue());
  const Plan with = expand(wanting({"WSe2-H"}), small_catalogue());
  EXPECT_EQ(with.key, without.key);
  for (std::size_t i = 0; i < with.samples.size(); ++i) EXPECT_EQ(with.samples[i].key, without.samples[i].key);
}

TEST(First, UnknownWordsAreRefusedWithTheNearest) {
  EXPECT_EQ(
      plan_message(wanting({"WSe2-H", "MoS2-G", "anion_vacancie", "dopant"})),
      "run.first[1] = \"MoS2-G\": is neither a parent nor a class of defects of this campaign. Did you mean "
      "MoS2-H?\n"
      "run.first[2] = \"anion_vacancie\": is neither a parent nor a class of defects of this campaign. Did you mean "
      "anion_vacancy?\n"
      "run.first[3] = \"dopant\": is neither a parent nor a class of defects of this campaign. See twinmill plan?");
}

}  // namespace
}  // namespace twinmill::campaign

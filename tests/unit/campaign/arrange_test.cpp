#include <gmock/gmock.h>

#include <set>

#include "support.hpp"

namespace twinmill::campaign {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> labels(const Plan& plan) {
  std::vector<std::string> list;
  for (const auto& s : plan.structures) list.push_back(s.label());
  return list;
}

TEST(Arrange, IsParentsTimesDefectsTimesReplicates) {
  Spec spec = small_spec();
  spec.specimen.replicates = 2;
  EXPECT_THAT(labels(expand(spec, small_catalogue())),
              ElementsAre("MoS2-H anion_vacancy #0", "MoS2-H anion_vacancy #1", "MoS2-H pristine #0",
                          "WSe2-H anion_vacancy #0", "WSe2-H anion_vacancy #1", "WSe2-H pristine #0"));
}

TEST(Arrange, DopantsMultiplyAndTheMetalItselfIsSkippedWithANote) {
  Spec spec = small_spec();
  spec.specimen.parents = {"WSe2-H", "MoS2-H", "MoS2-T"};
  spec.specimen.defects = {"dopant"};
  spec.specimen.dopants = {"W", "Mo", "V"};
  const Plan plan = expand(spec, small_catalogue());
  EXPECT_THAT(labels(plan), ElementsAre("MoS2-H dopant V #0", "MoS2-H dopant W #0", "MoS2-T dopant V #0",
                                        "MoS2-T dopant W #0", "WSe2-H dopant Mo #0", "WSe2-H dopant V #0"));
  EXPECT_THAT(plan.notes, Contains("dopant W is skipped for WSe2-H (it is the metal itself)"));
  EXPECT_THAT(plan.notes, Contains("dopant Mo is skipped for MoS2-H and MoS2-T (it is the metal itself)"));
}

TEST(Arrange, ADopantWithoutAnyHostLeavesNothing) {
  Spec spec = small_spec();
  spec.specimen.parents = {"WSe2-H"};
  spec.specimen.defects = {"dopant"};
  EXPECT_EQ(
      plan_message(spec),
      "this campaign: has no structure (every kind of defect is left out for every parent; see the dopants and the "
      "parents of [[defect]])");
}

TEST(Arrange, AFormulaIsItsPhaseOfLowestEnergy) {
  Spec spec = small_spec();
  spec.specimen.parents = {"MoS2", "WSe2"};
  const Plan plan = expand(spec, small_catalogue());
  std::set<std::string> ids;
  for (const auto& s : plan.structures) ids.insert(s.parent_id);
  EXPECT_THAT(ids, ElementsAre("MoS2-H", "WSe2-H"));
  EXPECT_THAT(plan.notes, Contains("MoS2 is taken as MoS2-H (its phase of lowest formation energy)"));
  EXPECT_THAT(plan.notes, ::testing::Not(Contains(HasSubstr("WSe2"))));
}

TEST(Arrange, TellsAllParentsAndDopantsThatDoNotFit) {
  Spec spec = small_spec();
  spec.specimen.parents = {"MoS3", "MoS2-H", "WSe2-1H", "Unobtainium", "FeCl2", "MoS2"};
  spec.specimen.defects = {"dopant"};
  spec.specimen.dopants = {"R", "Xyz"};
  EXPECT_EQ(
      plan_message(spec),
      "specimen.dopants[0] = \"R\": is no element. Did you mean V?\n"
      "specimen.dopants[1] = \"Xyz\": is no element\n"
      "specimen.parents[0] = \"MoS3\": is no parent in the table. Did you mean MoS2?\n"
      "specimen.parents[2] = \"WSe2-1H\": is no parent in the table. Did you mean WSe2-H?\n"
      "specimen.parents[3] = \"Unobtainium\": is no parent in the table\n"
      "specimen.parents[4] = \"FeCl2\": has the phases T and H, and the table knows no formation energy that would "
      "choose one. Write one of FeCl2-T and FeCl2-H?\n"
      "specimen.parents[5] = \"MoS2\": is MoS2-H, which specimen.parents[1] names already");
}

TEST(Arrange, CellsAreOrthogonalSupercells) {
  Spec spec = small_spec();
  spec.specimen.supercell = {3, 6};
  const Plan plan = expand(spec, small_catalogue());
  const Structure& s = plan.structures.front();
  EXPECT_DOUBLE_EQ(s.lx_A, 3 * 3.1841);
  EXPECT_DOUBLE_EQ(s.ly_A, 6 * 3.1841 * std::sqrt(3.0) / 2);
  EXPECT_EQ(s.max_atoms, 54);
  EXPECT_EQ(s.supercell, (std::array<int, 2>{3, 6}));
}

TEST(Arrange, RowsOfHexagonalSheetsComeInPairs) {
  Spec spec = small_spec();
  spec.specimen.supercell = {4, 3};
  EXPECT_EQ(
      plan_message(spec),
      "specimen.supercell[1] = 3: must be even for MoS2-H (the orthogonal cell holds rows of the sheet in pairs). "
      "Write 4?");
  Catalogue catalogue = small_catalogue();
  for (auto& p : catalogue.parents) {
    p.unit_cells = {1, 1};
    p.unit_A = {5.5, 5.6};
  }
  const Plan plan = expand(spec, catalogue);
  EXPECT_DOUBLE_EQ(plan.structures.front().ly_A, 3 * 5.6);
  EXPECT_EQ(plan.structures.front().max_atoms, 4 * 3 * 6);
}

TEST(Arrange, FilesAreImagedAsTheyAre) {
  Spec spec = small_spec();
  spec.specimen.parents = {};
  spec.specimen.files = {"b.extxyz", "a.extxyz"};
  const Plan plan = expand(spec, small_catalogue());
  ASSERT_THAT(labels(plan), ElementsAre("a.extxyz", "b.extxyz"));
  EXPECT_EQ(plan.structures[0].defect, "file");
  EXPECT_EQ(plan.structures[0].parent, -1);
  EXPECT_EQ(plan.structures[0].file, 0);
  EXPECT_EQ(plan.structures[1].max_atoms, 188);
  EXPECT_DOUBLE_EQ(plan.structures[1].lx_A, 25);

  spec.specimen.files = {"a.extxyz", "copy of a.extxyz"};
  EXPECT_EQ(plan_message(spec), "specimen.files[1] = \"copy of a.extxyz\": has the same content as a.extxyz");
  spec.specimen.files = {"unread.extxyz"};
  EXPECT_THROW(expand(spec, small_catalogue()), Error);
}

TEST(Arrange, ADefectNeedsRoom) {
  Spec spec = small_spec();
  spec.specimen.supercell = {1, 2};
  spec.specimen.label_radius_A = 2;
  EXPECT_EQ(
      plan_message(spec),
      "specimen.supercell = [1, 2]: leaves no room for a defect in MoS2-H (the cell of 3.18 x 5.52 A is smaller than "
      "the defect's label of 4 A). Take more unit cells?");
  spec.specimen.defects = {"pristine"};
  EXPECT_EQ(plan_message(spec), "nothing thrown");
}

TEST(Arrange, NotesThatDefectsRepeatInALargeImage) {
  Spec spec = small_spec();
  const std::string note =
      "the image is larger than the cell of 2 structures (smallest cell 12.7 x 11 A): a defect is seen there more than "
      "once";
  EXPECT_THAT(expand(spec, small_catalogue()).notes, Contains(note));
  spec.specimen.supercell = {6, 6};
  EXPECT_THAT(expand(spec, small_catalogue()).notes, ::testing::Not(Contains(HasSubstr("larger than the cell"))));
}

}  // namespace
}  // namespace twinmill::campaign

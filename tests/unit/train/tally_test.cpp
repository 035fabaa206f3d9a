#include "tally.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "evaluated_samples.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::train {
namespace {

using ::testing::ElementsAre;

const std::vector<std::string> names = {"lattice", "vacancy", "dopant"};

store::SampleRow row(std::int32_t structure, double dose, const std::string& defect) {
  store::SampleRow r;
  r.structure = structure;
  r.dose_e_per_A2 = dose;
  r.defect = defect;
  r.parent = "MoS2-H";
  return r;
}

std::vector<std::string> titles(const Slices& slices) {
  std::vector<std::string> result;
  for (const auto& slice : slices.slices) result.push_back(cat(slice.axis, "=", slice.value, ":", slice.images));
  return result;
}

TEST(Slices, AreSortedAndLeaveOutWhereAllAgree) {
  std::vector<store::SampleRow> rows = {row(0, 1000, "vacancy"), row(0, 100, "vacancy"),
                                        row(1, std::numeric_limits<double>::infinity(), "pristine")};
  rows[2].boundary = 1;
  rows[2].boundary_rotation_deg = 30;
  rows[1].damage_atoms = 3;
  const auto slices = slices_of(rows);
  EXPECT_THAT(titles(slices), ElementsAre("all=all:3", "dose=100:1", "dose=1000:1", "dose=inf:1", "boundary=with:1",
                                          "boundary=without:2", "damage=with:1", "damage=without:2",
                                          "defect=pristine:1", "defect=vacancy:2"));
  EXPECT_EQ(slices.slices[0].structures, 2);
  EXPECT_THAT(slices.of_sample[2], ElementsAre(0, 3, 4, 7, 8));
}

TEST(Slices, ManyAnglesBecomeRanges) {
  std::vector<store::SampleRow> rows;
  for (int i = 0; i < 13; ++i) {
    rows.push_back(row(i, 100, "vacancy"));
    rows.back().rotation_deg = 2.5 * i;
  }
  EXPECT_THAT(titles(slices_of(rows)), ElementsAre("all=all:13", "dose=100:13", "rotation=0 to 15:6",
                                                   "rotation=15 to 30:6", "rotation=30 to 45:1"));
  rows.pop_back();
  EXPECT_EQ(slices_of(rows).slices.size(), 2U + 12U);
}

TEST(Tally, CountsPixelsDefectsAndStructures) {
  const std::vector<store::SampleRow> rows = {row(0, 100, "vacancy"), row(0, 1000, "vacancy")};
  Tally tally(3, rows);
  const std::vector<std::int64_t> truth = {0, 0, 1, 1};
  const std::vector<std::int32_t> sure(4, Calibration::units);
  const std::vector<std::uint8_t> bad = {0, 2, 0, 1}, good = {0, 0, 1, 1};
  tally.count(0, {.truth = truth,
                  .predicted = bad,
                  .confidence = sure,
                  .defects = std::vector<DefectPair>{{.truth = 1, .found = 0}, {.truth = 0, .found = 2}}});
  tally.count(1, {.truth = truth,
                  .predicted = good,
                  .confidence = sure,
                  .defects = std::vector<DefectPair>{{.truth = 1, .found = 1}}});
  const auto result = tally.result(names);
  EXPECT_EQ(result.images, 2);
  EXPECT_EQ(result.structures, 1);
  EXPECT_EQ(result.confusion, (std::vector<std::vector<std::int64_t>>{{3, 0, 1}, {1, 3, 0}, {0, 0, 0}}));
  EXPECT_DOUBLE_EQ(result.macro_f1, 2.0 * 3 / (4 + 3));
  ASSERT_EQ(result.by_dose.size(), 2U);
  EXPECT_DOUBLE_EQ(result.by_dose[0].macro_f1, 2.0 / 3);
  EXPECT_DOUBLE_EQ(result.by_dose[1].macro_f1, 1);
  // One of two vacancies is found, and a dopant where there is nothing.
  ASSERT_EQ(result.defects.size(), 2U);
  EXPECT_EQ(result.defects[0].true_defects, 2);
  EXPECT_EQ(result.defects[0].hits, 1);
  EXPECT_DOUBLE_EQ(result.defects[0].precision, 1);
  EXPECT_DOUBLE_EQ(result.defects[0].recall, 0.5);
  EXPECT_DOUBLE_EQ(result.defect_macro_f1, 2.0 / 3);
  EXPECT_EQ(result.defects[1].found_defects, 1);
  EXPECT_EQ(result.slices[0].false_alarms, 1);
  EXPECT_EQ(result.defect_confusion, (std::vector<std::vector<std::int64_t>>{{0, 0, 1}, {1, 1, 0}, {0, 0, 0}}));
  // Six of eight pixels are right, all of them surely.
  EXPECT_DOUBLE_EQ(result.calibration.expected_error, 0.25);
  ASSERT_EQ(result.by_structure.size(), 2U);
  EXPECT_THAT(result.by_structure[0].true_pixels, ElementsAre(2, 2, 0));
  EXPECT_THAT(result.by_structure[0].predicted_pixels, ElementsAre(2, 1, 1));
  EXPECT_THAT(result.by_structure[0].hit_pixels, ElementsAre(1, 1, 0));
}

TEST(ModelClasses, GoByName) {
  const std::vector<std::string> store = {"lattice", "dopant", "adatom"};
  const ModelClasses classes(names, store);
  EXPECT_THAT(classes.unknown_names(), ElementsAre("adatom"));
  EXPECT_EQ(classes.of(2), ModelClasses::unknown);
  EXPECT_THAT(classes.renumbered(std::vector<std::int64_t>{0, 1, 1}, 7), ElementsAre(0, 2, 2));
  EXPECT_THROW(classes.renumbered(std::vector<std::int64_t>{2}, 7), Error);
  EXPECT_THROW(classes.renumbered_label(3, 7), Error);
}

}  // namespace
}  // namespace twinmill::train

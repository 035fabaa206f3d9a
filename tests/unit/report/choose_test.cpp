#include "choose.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace twinmill::report {
namespace {

using store::SampleRow;
using testing::ElementsAre;

/// parents x kinds x doses, one exposure per (parent, kind), keys that grow with the number.
std::vector<SampleRow> grid_of_samples() {
  std::vector<SampleRow> rows;
  int exposure = 0;
  for (const char* parent : {"MoS2-H", "WSe2-H"}) {
    for (const char* defect : {"pristine", "anion_vacancy", "dopant"}) {
      for (const double dose : {10000.0, 100.0, 1000.0}) {
        SampleRow row;
        row.key = std::string(1, static_cast<char>('a' + static_cast<int>(rows.size())));
        row.exposure = exposure;
        row.parent = parent;
        row.defect = defect;
        row.dose_e_per_A2 = dose;
        rows.push_back(row);
      }
      ++exposure;
    }
  }
  return rows;
}

Candidates all_done(const std::vector<SampleRow>& rows) {
  return {.rows = rows,
          .done = std::vector<bool>(rows.size(), true),
          .predicted = std::vector<bool>(rows.size(), false),
          .shows_defect = [](std::int64_t) { return true; }};
}

TEST(Choose, OnePerKindPristineLastDosesUpwardsParentsVaried) {
  const auto rows = grid_of_samples();
  const auto chosen = chosen_specimens(all_done(rows));
  ASSERT_EQ(chosen.size(), 3u);
  EXPECT_THAT(chosen[0].samples, ElementsAre(4, 5, 3)) << "anion_vacancy of MoS2: 100, 1000, 10000";
  EXPECT_THAT(chosen[1].samples, ElementsAre(16, 17, 15)) << "dopant of the parent not shown yet";
  EXPECT_EQ(rows[static_cast<std::size_t>(chosen[2].samples[0])].defect, "pristine");
}

TEST(Choose, PredictionsComeFirst) {
  const auto rows = grid_of_samples();
  Candidates candidates = all_done(rows);
  candidates.predicted[12] = true;  // anion_vacancy of WSe2
  const auto chosen = chosen_specimens(candidates);
  EXPECT_EQ(chosen[0].exposure, rows[12].exposure);
  EXPECT_EQ(chosen[0].predicted, 1);
}

TEST(Choose, UnfinishedSamplesAreNotShown) {
  const auto rows = grid_of_samples();
  Candidates candidates = all_done(rows);
  candidates.done[3] = candidates.done[4] = false;
  EXPECT_EQ(chosen_specimens(candidates)[0].exposure, rows[12].exposure) << "the one with more doses";
  candidates.done.assign(rows.size(), false);
  EXPECT_TRUE(chosen_specimens(candidates).empty());
}

TEST(Choose, ADefectOutsideTheFieldOfViewIsPassedOver) {
  const auto rows = grid_of_samples();
  Candidates candidates = all_done(rows);
  candidates.shows_defect = [&](std::int64_t sample) {
    return rows[static_cast<std::size_t>(sample)].parent == "WSe2-H";
  };
  EXPECT_EQ(chosen_specimens(candidates)[0].exposure, rows[12].exposure);
  candidates.shows_defect = [](std::int64_t) { return false; };
  EXPECT_EQ(chosen_specimens(candidates)[0].exposure, rows[3].exposure) << "better than nothing";
}

TEST(Choose, DoesNotDependOnTheOrderInTheStore) {
  auto rows = grid_of_samples();
  const auto before = chosen_specimens(all_done(rows));
  const std::string first_key = rows[static_cast<std::size_t>(before[0].samples[0])].key;
  // Parents the other way round, kinds in the same order.
  std::rotate(rows.begin(), rows.begin() + 9, rows.end());
  const auto after = chosen_specimens(all_done(rows));
  EXPECT_EQ(rows[static_cast<std::size_t>(after[0].samples[0])].key, first_key);
}

TEST(Spread, KeepsBothEnds) {
  EXPECT_THAT(spread({1, 2, 3}, 4), ElementsAre(1, 2, 3));
  EXPECT_THAT(spread({1, 2, 3, 4, 5}, 3), ElementsAre(1, 3, 5));
  EXPECT_THAT(spread({1, 2, 3, 4, 5, 6, 7}, 2), ElementsAre(1, 7));
  EXPECT_THAT(spread({1, 2}, 1), ElementsAre(2));
  EXPECT_THAT(spread({1, 2}, 0), ElementsAre());
}

ShownAxis by_rotation() {
  return {"Turned", [](const SampleRow& row) { return row.rotation_deg; }};
}

TEST(AlongAxis, TakesWhatIsMostLikeTheBase) {
  auto rows = grid_of_samples();
  for (std::size_t i : {3, 4, 5, 12, 15})
    rows[i].rotation_deg = 30;  // MoS2 with a vacancy, WSe2 with one and a dopant.
  // The base: MoS2, dopant, 10,000 e/A^2. No structure of its kind is turned: a vacancy of the same dose.
  EXPECT_THAT(along_axis(all_done(rows), by_rotation(), 6, 4), ElementsAre(6, 3));
  rows[7].rotation_deg = 30;  // Its own kind at 100 e/A^2 is nearer than another kind at the same dose.
  EXPECT_THAT(along_axis(all_done(rows), by_rotation(), 6, 4), ElementsAre(6, 7));
  auto candidates = all_done(rows);
  candidates.done[7] = false;
  EXPECT_THAT(along_axis(candidates, by_rotation(), 6, 4), ElementsAre(6, 3));
}

TEST(AlongAxis, OneValueIsNoAxis) {
  const auto rows = grid_of_samples();
  EXPECT_TRUE(along_axis(all_done(rows), by_rotation(), 0, 4).empty());
  const ShownAxis none{"None", [](const SampleRow&) { return std::nan(""); }};
  EXPECT_TRUE(along_axis(all_done(rows), none, 0, 4).empty());
}

TEST(AlongAxis, ManyValuesAreSpread) {
  auto rows = grid_of_samples();
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].rotation_deg = static_cast<double>(i);
  EXPECT_THAT(along_axis(all_done(rows), by_rotation(), 0, 3), ElementsAre(0, 8, 17));
}

}  // namespace
}  // namespace twinmill::report

#include "scan.hpp"

#include <gtest/gtest.h>

namespace twinmill::monitor {
namespace {

using ledger::TaskKind;
using ledger::TaskState;

ledger::LedgerView::TaskNote note(std::int64_t id, TaskState state, std::int64_t simulation, double finished = 0) {
  return {.id = SampleId(id),
          .kind = TaskKind::image,
          .state = state,
          .simulation = SimulationId(simulation),
          .finished = finished};
}

TEST(TaskTally, CountsImagesAndRelaxationsApart) {
  TaskTally tally(nullptr);
  tally.add(note(0, TaskState::done, 0, 60));
  tally.add(note(1, TaskState::pending, 0));
  tally.add(note(2, TaskState::quarantined, 1));
  auto relaxation = note(3, TaskState::done, 2, 61);
  relaxation.kind = TaskKind::relaxation;
  tally.add(relaxation);
  LedgerFacts facts;
  tally.put_into(facts);
  EXPECT_EQ(facts.images, (ledger::Counts{.pending = 1, .done = 1, .quarantined = 1}));
  EXPECT_EQ(facts.relaxations, (ledger::Counts{.pending = 0, .done = 1, .quarantined = 0}));
  ASSERT_EQ(facts.quarantined.size(), 1U);
  EXPECT_EQ(facts.quarantined.front().id, 2);
  EXPECT_EQ(tally.latest_relaxations(), std::vector{SampleId(3)});
}

TEST(TaskTally, ShowsTheLatestImageOfEachSimulationFirst) {
  TaskTally tally(nullptr);
  // Simulation s finishes at 100 + s with four images each.
  for (int s = 0; s < 200; ++s)
    for (int i = 0; i < 4; ++i) tally.add(note(4 * s + i, TaskState::done, s, 100.0 + s));
  LedgerFacts facts;
  tally.put_into(facts);
  ASSERT_EQ(facts.latest.size(), 12U);
  for (int k = 0; k < 12; ++k) EXPECT_EQ(facts.latest[static_cast<std::size_t>(k)], 4 * (199 - k) + 3);
}

TEST(TaskTally, FillsUpWithMoreImagesOfFewSimulations) {
  TaskTally tally(nullptr);
  for (int i = 0; i < 5; ++i) tally.add(note(i, TaskState::done, i / 3, 100.0 + i / 3));
  LedgerFacts facts;
  tally.put_into(facts);
  EXPECT_EQ(facts.latest, (std::vector<std::int64_t>{4, 2, 3, 1, 0}));
}

TEST(TaskTally, BinsAreWholeMinutesAndHoldEveryImage) {
  TaskTally tally(nullptr);
  constexpr int images = 5000;
  for (int i = 0; i < images; ++i) tally.add(note(i, TaskState::done, i, 6000 + 37.0 * i));
  tally.add(note(images, TaskState::done, images, 0));  // Found by a repair: no time.
  LedgerFacts facts;
  tally.put_into(facts);
  ASSERT_FALSE(facts.throughput.empty());
  EXPECT_LE(facts.throughput.size(), 240U);
  std::int64_t sum = 0;
  for (const auto& bin : facts.throughput) {
    sum += bin.samples;
    EXPECT_EQ(static_cast<std::int64_t>(bin.width) % 60, 0);
  }
  EXPECT_EQ(sum, images);
  EXPECT_EQ(facts.throughput.front().start, 6000);
}

}  // namespace
}  // namespace twinmill::monitor

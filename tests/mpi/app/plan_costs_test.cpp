#include "plan_costs.hpp"

#include <gtest/gtest.h>

namespace twinmill::app {
namespace {

JobRequest job(int nodes, int ranks, int training_ranks, std::int64_t walltime_s, std::int64_t drain_s) {
  JobRequest j;
  j.nodes = nodes;
  j.ranks_per_node = ranks;
  j.train_ranks_per_node = training_ranks;
  j.walltime_s = walltime_s;
  j.drain_s = drain_s;
  return j;
}

TEST(Duration, IsSharedByWorkersButNoShorterThanTheLongestTask) {
  const Work work{.images = 1000, .longest_simulation = 30, .trainings = 600, .longest_training = 100};
  EXPECT_DOUBLE_EQ(duration_of(work, 10, 1).images_s, 100);
  EXPECT_DOUBLE_EQ(duration_of(work, 10, 1).trainings_s, 100) << "six trainings side by side: the longest one";
  EXPECT_DOUBLE_EQ(duration_of(work, 100, 1).images_s, 30);
  EXPECT_DOUBLE_EQ(duration_of(work, 2, 1).trainings_s, 300);
  EXPECT_DOUBLE_EQ(duration_of(work, 2, 1).total_s(), 800);
}

TEST(Duration, RanksWithoutAnImageOfTheBatchDoNotHelp) {
  const Work work{.trainings = 600, .longest_training = 600, .shared_training = true, .batch = 4};
  EXPECT_DOUBLE_EQ(duration_of(work, 1, 2).trainings_s, 300);
  EXPECT_DOUBLE_EQ(duration_of(work, 100, 16).trainings_s, 150);
}

TEST(OnSite, CountsNodeHoursAndJobs) {
  const Work work{.images = 8 * 3600.0 * 111, .longest_simulation = 10};
  // One of 112 ranks schedules.
  const auto cost = on_site(work, job(2, 56, 8, 7200, 300));
  EXPECT_DOUBLE_EQ(cost.duration.images_s, 8 * 3600);
  EXPECT_DOUBLE_EQ(cost.node_hours, 16);
  EXPECT_EQ(cost.jobs, 5) << "28,800 s in jobs of 6,900 s";
  EXPECT_EQ(on_site(work, job(2, 56, 8, 0, 0)).jobs, std::nullopt);
  EXPECT_EQ(on_site({}, job(1, 4, 1, 60, 10)).jobs, 1);
}

campaign::Plan small_plan() {
  campaign::Plan plan;
  plan.simulations.resize(4);
  for (auto& s : plan.simulations) s.cost_flop = 6e9;
  plan.simulations[2].cost_flop = 12e9;
  plan.samples.resize(40);
  for (auto& s : plan.samples) s.simulation = SimulationId(0);
  plan.structures.resize(1);
  for (auto& s : plan.simulations) s.structure = 0;
  return plan;
}

TEST(WorkOf, FollowsTheRateAndWhatIsLeft) {
  const auto plan = small_plan();
  const Left all = Left::all(plan);
  EXPECT_EQ(all.images, 40);
  EXPECT_EQ(all.trainings, 1);
  const Work nominal = work_of(plan, {}, all);
  EXPECT_DOUBLE_EQ(nominal.images, 30e9 / campaign::nominal_flops);
  EXPECT_DOUBLE_EQ(nominal.longest_simulation, 1);
  Rates rates{.flops = 6e9};
  EXPECT_DOUBLE_EQ(work_of(plan, rates, all).images, 5);
  EXPECT_DOUBLE_EQ(work_of(plan, rates, {.images = 10, .trainings = 1}).images, 1.25);
  EXPECT_EQ(work_of(plan, rates, {.images = 0, .trainings = 0}).longest_simulation, 0);
  EXPECT_EQ(work_of(plan, rates, {.images = 0, .trainings = 0}).trainings, 0);
  EXPECT_GT(nominal.trainings, 0) << "all forty samples train";
  rates.training["g-unet of width 64"] = 3;
  EXPECT_DOUBLE_EQ(work_of(plan, rates, all).trainings, 3 * nominal.trainings);
}

}  // namespace
}  // namespace twinmill::app

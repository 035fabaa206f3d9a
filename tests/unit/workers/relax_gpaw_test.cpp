// The real GPAW on six atoms: coarse, and at once.
#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>

#include "relax_support.hpp"
#include "twinmill/base/process.hpp"

namespace twinmill::workers {
namespace {

RelaxSettings coarse() {
  return {.engine = "gpaw",
          .max_force_eV_per_A = 0.6,
          .max_steps = 12,
          .time_limit_s = 500,
          .vacuum_A = 4,
          .gpaw_spacing_A = 0.28};
}

bool has_gpaw() { return run_process({"gpaw", "--version"}).ok(); }

TEST(RelaxGpaw, PutsAMetalBackAfterAnInterruption) {
  if (!has_gpaw()) GTEST_SKIP() << "gpaw is not installed";
  testing::Bench bench;
  bench.task.input.sites[3].r_A[1] += 0.1;
  const auto restart = bench.task.work / "restart.extxyz";
  EXPECT_THROW(relax(bench.task, coarse(), {.stopping = [&] { return std::filesystem::exists(restart); }}),
               Interrupted);
  ASSERT_TRUE(std::filesystem::exists(restart));

  // The interrupted run has done no step: only one that continues from here can know of seven.
  std::string text = read_text(restart);
  const std::string steps = "twinmill_steps=0";
  ASSERT_NE(text.find(steps), std::string::npos) << text;
  write_atomic(restart, text.replace(text.find(steps), steps.size(), "twinmill_steps=7"));

  const auto outcome = relax(bench.task, coarse());
  EXPECT_FALSE(outcome.found);
  EXPECT_GT(outcome.relaxed.steps, 7);
  EXPECT_LE(outcome.relaxed.steps, 12);
  EXPECT_TRUE(outcome.relaxed.converged);
  EXPECT_LT(outcome.relaxed.largest_force(), 0.6);
  EXPECT_LT(outcome.relaxed.energy_eV, -30);  // Six atoms bind by about 7 eV each.
  EXPECT_GT(outcome.relaxed.energy_eV, -50);
  EXPECT_THAT(outcome.relaxed.engine, ::testing::StartsWith("gpaw "));
  EXPECT_THAT(outcome.relaxed.engine, ::testing::HasSubstr("PBE lcao(dzp) h=0.28 A, 1 x 1 k-points"));

  // Gamma alone in the smallest cell is no MoS2, but its bonds pull the metal back.
  const auto moved = relaxed_structure(bench.task, coarse());
  const auto neighbour = [&](const specimen::Structure& s) { return s.sites[3].r_A[1] - s.sites[1].r_A[1]; };
  EXPECT_LT(neighbour(moved), neighbour(bench.task.input) - 0.03);
  EXPECT_NEAR(moved.sites[3].r_A[2], 10, 0.05);
  EXPECT_FALSE(std::filesystem::exists(bench.task.work));
  EXPECT_TRUE(relax(bench.task, coarse()).found);
}

}  // namespace
}  // namespace twinmill::workers

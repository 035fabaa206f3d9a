// Simulations, exposures and samples of a plan.

#include <gmock/gmock.h>

#include "support.hpp"

namespace twinmill::campaign {
namespace {

Spec spec_with_axes() {
  Spec spec = small_spec();
  spec.geometry.rotations_deg = {30, 0};
  spec.microscope.defocus_A = {0, 20};
  spec.dose.e_per_A2 = {1e5, 1e4, std::numeric_limits<double>::infinity()};
  spec.dose.replicates = 2;
  return spec;
}

TEST(Expand, IdsAreContiguousPerSimulation) {
  const Plan plan = expand(spec_with_axes(), small_catalogue());
  ASSERT_EQ(plan.simulations.size(), 4u);
  ASSERT_EQ(plan.exposures.size(), 4u * 4);
  ASSERT_EQ(plan.samples.size(), 4u * 4 * 6);
  std::int64_t sample = 0, exposure = 0;
  for (std::size_t i = 0; i < plan.simulations.size(); ++i) {
    const auto& s = plan.simulations[i];
    EXPECT_EQ(s.id.index(), i);
    EXPECT_EQ(s.structure, static_cast<int>(i));
    EXPECT_EQ(s.first_sample, sample);
    EXPECT_EQ(s.first_exposure, exposure);
    EXPECT_EQ(s.sample_count, 24);
    EXPECT_EQ(s.exposure_count, 4);
    EXPECT_GT(s.cost_flop, 0);
    for (; exposure < s.first_exposure + s.exposure_count; ++exposure) {
      EXPECT_EQ(plan.exposures[static_cast<std::size_t>(exposure)].id, ExposureId(exposure));
      EXPECT_EQ(plan.exposures[static_cast<std::size_t>(exposure)].simulation, s.id);
    }
    for (; sample < s.first_sample + s.sample_count; ++sample) {
      const auto& of = plan.samples[static_cast<std::size_t>(sample)];
      EXPECT_EQ(of.id, SampleId(sample));
      EXPECT_EQ(of.simulation, s.id);
      EXPECT_EQ(plan.exposure(of.exposure).simulation, s.id);
    }
  }
  EXPECT_EQ(sample, static_cast<std::int64_t>(plan.samples.size()));
}

TEST(Expand, EachCombinationOfTheAxesIsThereOnce) {
  const Plan plan = expand(spec_with_axes(), small_catalogue());
  std::map<std::tuple<int, double, double, double, int>, int> seen;
  for (const auto& s : plan.samples) {
    const auto& e = plan.exposure(s.exposure);
    ++seen[{plan.simulation(s.simulation).structure, e.rotation_deg, e.defocus_A, s.dose, s.replicate}];
  }
  EXPECT_EQ(seen.size(), 4u * 2 * 2 * 3 * 2);
}

TEST(Expand, RefusesASpecThatNoFileCouldHold) {
  Spec spec = small_spec();
  spec.dose.e_per_A2 = {-1};
  spec.split.by = "crop";
  EXPECT_EQ(plan_message(spec),
            "dose.e_per_A2[0] = -1: must be above 0 e/A^2 (or inf)\nsplit.by = \"crop\": must be structure or parent");
}

TEST(Expand, RefusesMoreThanAPlanCanHold) {
  Spec spec = small_spec();
  spec.specimen.replicates = 1000000;
  spec.dose.replicates = 1000000;
  EXPECT_EQ(plan_message(spec),
            "this campaign: has 2e+12 images (a plan holds at most 20,000,000). Cut it into several campaigns?");
}

TEST(Expand, NotesPixelsThatAreTooCoarse) {
  Spec spec = small_spec();
  spec.scan.pixels = {32, 32};
  EXPECT_THAT(expand(spec, small_catalogue()).notes,
              ::testing::Contains("pixels of 0.5 A are too coarse for all that the probe resolves (0.418 A would do)"));
}

TEST(Expand, KeepsSpecAndCatalogue) {
  const Plan plan = expand(spec_with_axes(), small_catalogue());
  EXPECT_EQ(plan.spec, spec_with_axes());
  EXPECT_EQ(plan.catalogue.parents.size(), small_catalogue().parents.size());
}

}  // namespace
}  // namespace twinmill::campaign

// What the executor makes of a plan: whether what the plan promises holds for the specimen that is built.
#include "workers/simulate_executor.hpp"

#include <gtest/gtest.h>

#include "twinmill/specimen/parents.hpp"

namespace twinmill::workers {
namespace {

campaign::Plan plan_of(const campaign::Spec& spec) {
  const auto& parent = specimen::parent("MoS2-H");
  campaign::Catalogue catalogue;
  catalogue.parents = {{.id = "MoS2-H",
                        .formula = "MoS2",
                        .metal = "Mo",
                        .anion = "S",
                        .phase = "H",
                        .tier = "A",
                        .a_A = parent.a_A,
                        .thickness_A = parent.thickness_A,
                        .unit_A = parent.unit_A,
                        .unit_cells = parent.cells(),
                        .unit_atoms = static_cast<int>(parent.basis.size())}};
  catalogue.elements = {"Mo", "W"};
  return campaign::expand(spec, catalogue);
}

// The store has that many rows and no more.
TEST(SimulateExecutor, PlansBoundTheSitesOfDistortedScans) {
  for (const double field : {4.0, 9.0, 25.0})
    for (const double jitter : {0.05, 0.5, 3.0})
      for (const double drift : {-0.5, 0.0, 0.5}) {
        campaign::Spec spec;
        spec.specimen.parents = {"MoS2-H"};
        spec.geometry.rotations_deg = {0, 17};
        spec.scan.field_A = {field, 0.8 * field};
        spec.scan.pixels = {16, 16};
        spec.acquisition.stages = {"jitter", "poisson"};
        spec.acquisition.jitter_A = jitter;
        if (drift != 0) spec.acquisition.stages.push_back("drift");
        spec.acquisition.drift_A = {drift * field, drift * 0.8 * field};
        spec.dose.replicates = 40;
        const auto plan = plan_of(spec);
        const auto structure = build_specimen(plan, plan.simulations[0], {});
        std::size_t most = 0;
        for (const auto& sample : plan.samples) {
          auto view = view_of(plan, plan.simulations[0], plan.exposure(sample.exposure));
          view.scan = imaging::scan_distortion(acquisition_of(plan), 16, random_key(plan, sample));
          most = std::max(most, specimen::seen_sites(structure, view).size());
        }
        EXPECT_GT(most, 0u);
        EXPECT_LE(most, static_cast<std::size_t>(plan.shapes.max_atoms)) << field << " " << jitter << " " << drift;
      }
}

}  // namespace
}  // namespace twinmill::workers

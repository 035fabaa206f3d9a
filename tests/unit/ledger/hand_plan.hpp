#pragma once
// Plans made by hand: as many simulations and samples as a test wants, without specimens.

#include "twinmill/campaign/plan.hpp"

namespace twinmill::testing {

/// Simulation i has `samples` samples and cost i + 1; keys are made from the ids.
inline campaign::Plan hand_plan(int simulations, int samples, std::uint64_t seed = 1) {
  const auto key = [&](std::string_view kind, std::int64_t id) {
    return Hasher().add(kind).add(seed).add(id).digest();
  };
  campaign::Plan plan;
  plan.spec.campaign.name = "by hand";
  plan.key = key("plan", simulations);
  for (int i = 0; i < simulations; ++i) {
    campaign::Simulation simulation;
    simulation.id = SimulationId(i);
    simulation.key = key("simulation", i);
    simulation.first_sample = static_cast<std::int64_t>(plan.samples.size());
    simulation.sample_count = samples;
    simulation.cost_flop = i + 1.0;
    plan.simulations.push_back(simulation);
    for (int j = 0; j < samples; ++j) {
      campaign::Sample sample;
      sample.id = SampleId(static_cast<std::int64_t>(plan.samples.size()));
      sample.simulation = simulation.id;
      sample.key = key("sample", sample.id.value);
      plan.samples.push_back(sample);
    }
  }
  return plan;
}

}  // namespace twinmill::testing

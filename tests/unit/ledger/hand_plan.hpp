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

/// A training for each name, after all other work; keys are made from the names.
inline void add_trainings(campaign::Plan& plan, const std::vector<std::string>& names) {
  Hasher study;
  for (const auto& name : names) {
    campaign::Training training;
    const auto number = plan.relaxations.size() + plan.trainings.size();
    training.id = SimulationId(static_cast<std::int64_t>(plan.simulations.size() + number));
    training.task = SampleId(static_cast<std::int64_t>(plan.samples.size() + number));
    training.name = name;
    training.key = Hasher().add("training").add(name).digest();
    study.add(training.key);
    plan.trainings.push_back(training);
  }
  plan.study_key = study.digest();
}

}  // namespace twinmill::testing

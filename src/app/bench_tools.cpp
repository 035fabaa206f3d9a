#include "bench_tools.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "twinmill/base/clock.hpp"
#include "twinmill/base/cpu.hpp"
#include "twinmill/base/version.hpp"

namespace twinmill::app {
using nlohmann::json;

json bench_facts() {
  return {{"processor", processor_name()},
          {"cores", usable_cores()},
          {"version", std::string(version())},
          {"commit", std::string(commit())},
          {"date", utc_text(unix_seconds())}};
}

std::string bench_facts_text(const json& facts) {
  return fmt::format("{}, {} cores; twinmill {} ({}); {}", facts["processor"].get<std::string>(),
                     facts["cores"].get<int>(), facts["version"].get<std::string>(), facts["commit"].get<std::string>(),
                     facts["date"].get<std::string>());
}

campaign::Plan empty_plan(std::int64_t tasks, std::int64_t per_lease) {
  campaign::Plan plan;
  plan.spec.campaign.name = "bench";
  plan.key = Hasher().add("bench").add(tasks).add(per_lease).digest();
  plan.samples.reserve(static_cast<std::size_t>(tasks));
  plan.simulations.reserve(static_cast<std::size_t>((tasks + per_lease - 1) / per_lease));
  for (std::int64_t first = 0; first < tasks; first += per_lease) {
    const SimulationId id(static_cast<std::int64_t>(plan.simulations.size()));
    auto& simulation = plan.simulations.emplace_back();
    simulation.id = id;
    simulation.key = Hasher().add(plan.key).add("simulation").add(id.value).digest();
    simulation.first_sample = first;
    simulation.sample_count = std::min(per_lease, tasks - first);
    simulation.cost_flop = 1;
    for (std::int64_t i = 0; i < simulation.sample_count; ++i) {
      auto& sample = plan.samples.emplace_back();
      sample.id = SampleId(first + i);
      sample.simulation = id;
      sample.key = Hasher().add(plan.key).add(first + i).digest();
    }
  }
  return plan;
}

workers::Completed NoWork::execute(const protocol::Grant& grant, const workers::Beat&) {
  workers::Completed completed;
  completed.samples.reserve(grant.samples.size());
  for (const SampleId sample : grant.samples)
    completed.samples.push_back({sample, static_cast<std::uint64_t>(sample.value) + 1});
  return completed;
}

}  // namespace twinmill::app

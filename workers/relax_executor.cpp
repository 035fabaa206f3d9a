#include "workers/relax_executor.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "twinmill/base/files.hpp"

namespace twinmill::workers {
namespace {

nlohmann::json number(double value) { return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json(); }

std::string summary(const RelaxTask& task, const RelaxOutcome& outcome) {
  const auto& r = outcome.relaxed;
  return nlohmann::json{{"structure", task.label},
                        {"file", outcome.file.filename().string()},
                        {"engine", r.engine},
                        {"energy_eV", number(r.energy_eV)},
                        {"largest_force_eV_per_A", number(r.largest_force())},
                        {"steps", r.steps},
                        {"seconds", r.seconds},
                        {"found", outcome.found}}
      .dump();
}

Completed completed(const campaign::Relaxation& relaxation, const RelaxTask& task, const RelaxOutcome& outcome) {
  const std::string text = read_text(outcome.file);
  return {.samples = {{relaxation.task, checksum(std::as_bytes(std::span(text)))}}, .result = summary(task, outcome)};
}

}  // namespace

std::optional<Completed> kept_relaxation(const campaign::Plan& plan, const campaign::Relaxation& relaxation,
                                         const Places& places) {
  const auto task = relax_task_of(plan, plan.structures[static_cast<std::size_t>(relaxation.structure)], places);
  const auto outcome = kept_relaxation(task, relax_settings_of(plan, places));
  return outcome ? std::optional(completed(relaxation, task, *outcome)) : std::nullopt;
}

Completed RelaxExecutor::execute(const protocol::Grant& grant, const Beat& beat) {
  const auto& relaxation = plan_.relaxation(grant.simulation);
  const auto task = relax_task_of(plan_, plan_.structures[static_cast<std::size_t>(relaxation.structure)], places_);
  beat(0);
  try {
    const auto outcome = relax(task, relax_settings_of(plan_, places_),
                               {.beat = [&](double fraction) { beat(fraction); },
                                .stopping = [&] { return beat.stopping() || (stop_requested_ && stop_requested_()); }});
    return completed(relaxation, task, outcome);
  } catch (const Interrupted&) {
    throw GivenBack{};
  }
}

}  // namespace twinmill::workers

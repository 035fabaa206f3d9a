#include "failure_view.hpp"

#include <fmt/format.h>

#include <iostream>
#include <map>
#include <set>

#include "twinmill/base/text.hpp"

namespace twinmill::app {
namespace {

// By chance alone something is listed in less than one of a hundred campaigns.
constexpr double bound = 0.01;

using Values = std::vector<std::pair<std::string, std::string>>;

void add_structure(const campaign::Structure& structure, Values& values) {
  values.emplace_back("parent", structure.parent_id);
  values.emplace_back("defect", structure.defect);
  if (!structure.variant.empty()) values.emplace_back("variant", structure.variant);
}

// A value of each axis that the unit's images have, several where they differ.
Values values_of(const campaign::Plan& plan, SimulationId id) {
  Values values;
  if (plan.is_relaxation(id)) {
    values.emplace_back("task", "relaxation");
    add_structure(plan.structures[static_cast<std::size_t>(plan.relaxation(id).structure)], values);
    return values;
  }
  if (plan.is_training(id)) {
    const auto& training = plan.training(id);
    values.emplace_back("task", "training");
    values.emplace_back("model", training.model);
    values.emplace_back("condition", training.condition);
    values.emplace_back("split", std::to_string(training.draw));
    for (const auto& c : training.classes) values.emplace_back("class", c);
    return values;
  }
  values.emplace_back("task", "image");
  const auto& simulation = plan.simulation(id);
  add_structure(plan.structure_of(simulation), values);
  const auto& operation = simulation.operation;
  values.emplace_back("boundary", operation.boundary ? cat(number_text(operation.boundary_rotation_deg), " deg, gap ",
                                                           number_text(operation.gap_A), " A")
                                                     : "none");
  values.emplace_back("damage", cat(operation.damage_atoms, " atoms"));
  std::set<std::pair<std::string, std::string>> several;
  for (std::int64_t i = 0; i < simulation.sample_count; ++i) {
    const auto& sample = plan.sample(SampleId(simulation.first_sample + i));
    const auto& exposure = plan.exposure(sample.exposure);
    several.emplace("rotation", number_text(exposure.rotation_deg) + " deg");
    several.emplace("defocus", number_text(exposure.defocus_A) + " A");
    several.emplace("dose", number_text(sample.dose) + " e/A^2");
  }
  values.insert(values.end(), several.begin(), several.end());
  return values;
}

void add_clear(const scheduler::FailureTally& tally, const std::string& things, std::vector<FailureFinding>& found) {
  for (auto& association : tally.clear(bound)) found.push_back({std::move(association), things});
}

}  // namespace

std::vector<FailureFinding> FailureFinder::find(const ledger::LedgerView& view) {
  std::map<SimulationId, bool> units;  // Tried at least once; whether any attempt failed.
  scheduler::FailureTally attempts;
  view.each_tried([&](const ledger::AttemptRow& attempt) {
    const bool failed = attempt.end != ledger::AttemptEnd::done;
    units[attempt.simulation] |= failed;
    attempts.add({{"host", attempt.host}, {"rank", std::to_string(attempt.worker)}}, failed);
  });
  if (!campaign_ || campaign_->plan.key.hex() != view.plan_key())
    campaign_ = std::make_unique<Campaign>(load_campaign(run_.campaign().string()));
  if (campaign_->plan.key.hex() != view.plan_key()) return {};  // The copy was edited: its numbers mean other tasks.
  scheduler::FailureTally tally;
  for (const auto& [id, failed] : units) tally.add(values_of(campaign_->plan, id), failed);
  std::vector<FailureFinding> found;
  add_clear(tally, campaign_->plan.trainings.empty() ? "simulations or relaxations" : "units of work", found);
  add_clear(attempts, "attempts", found);
  return found;
}

void explain_failures(const ledger::LedgerView& view, const RunDirectory& run) {
  for (const auto& [a, things] : FailureFinder(run).find(view)) {
    std::cout << fmt::format("failures go with {} {}: {} of {} {} failed, of the others {} of {} (p = {})\n", a.axis,
                             a.value, count_text(a.failed), count_text(a.with), things, count_text(a.other_failed),
                             count_text(a.without), rounded_text(a.p, 2));
    if (a.has_all()) std::cout << fmt::format("  all {} failures have {} {}\n", count_text(a.failed), a.axis, a.value);
  }
}

}  // namespace twinmill::app

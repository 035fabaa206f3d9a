#include "study.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "stage_json.hpp"
#include "study_results.hpp"
#include "train_settings.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/report/tables.hpp"
#include "twinmill/store/store.hpp"

namespace twinmill::app {
using nlohmann::json;
namespace fs = std::filesystem;
namespace {

// Whether a structure shows no class that the training does not know.
bool fits(const campaign::Plan& plan, const campaign::Training& training, const campaign::Structure& structure) {
  if (structure.kind < 0) return true;
  const auto known = [&](const campaign::DefectPart& part) {
    return std::ranges::find(training.classes, part.kind) != training.classes.end();
  };
  return std::ranges::all_of(plan.kinds[static_cast<std::size_t>(structure.kind)].parts, known);
}

train::Role role_of(campaign::Split split) {
  switch (split) {
    case campaign::Split::train:
      return train::Role::train;
    case campaign::Split::validation:
      return train::Role::validation;
    case campaign::Split::test:
      return train::Role::test;
    case campaign::Split::count_:
      break;
  }
  throw Error(Fault::bug, "a split out of range");
}

// Whether the selection has a finished image to test with.
bool has_test(const train::Selection& selection, const std::vector<store::SlotRow>& slots) {
  for (std::size_t i = 0; i < slots.size(); ++i)
    if (selection.roles[i] == static_cast<std::uint8_t>(train::Role::test) &&
        slots[i].state == static_cast<std::uint8_t>(store::SlotState::done))
      return true;
  return false;
}

// In the order of condition_names(); conditions without a finished test image are left out.
std::vector<report::EvaluationOf> evaluations(const campaign::Plan& plan, const campaign::Training& training,
                                              const RunDirectory& run, const TrainingRun& how,
                                              const mpi::Communicator& group) {
  const auto slots = store::Reader(run.store()).sample_slots();
  auto conditions = campaign::condition_names(plan.spec);
  // "all" last: its predictions are those that stay.
  std::rotate(conditions.begin(), conditions.begin() + 1, conditions.end());
  std::vector<report::EvaluationOf> all;
  for (const auto& condition : conditions) {
    auto chosen = selection_of(plan, training, condition);
    if (!has_test(chosen, slots)) continue;
    const auto result = train::api().evaluate({.store = run.store(),
                                               .models = folder_of(run, training),
                                               .key = training.model_key.hex(),
                                               .split = "test",
                                               .selection = std::move(chosen),
                                               .defects = {.label_radius_A = plan.spec.specimen.label_radius_A},
                                               .threads = how.threads,
                                               .progress =
                                                   [&](std::int64_t, std::int64_t) {
                                                     if (how.testing) how.testing();
                                                   }},
                                              group);
    all.insert(condition == "all" ? all.begin() : all.end(), {.condition = condition, .json = to_json(result)});
  }
  return all;
}

json document_of(const std::vector<report::EvaluationOf>& evaluations) {
  json all = json::array();
  for (const auto& evaluation : evaluations) {
    all.push_back(json::parse(evaluation.json));
    all.back()["condition"] = evaluation.condition;
  }
  return all;
}

}  // namespace

train::Selection selection_of(const campaign::Plan& plan, const campaign::Training& training,
                              const std::string& condition) {
  train::Selection s{.classes = training.classes,
                     .roles = std::vector(plan.samples.size(), static_cast<std::uint8_t>(train::Role::unused))};
  std::vector<train::Role> roles;  // Of each structure.
  for (std::size_t i = 0; i < plan.structures.size(); ++i)
    roles.push_back(fits(plan, training, plan.structures[i])
                        ? role_of(plan.split_of(static_cast<int>(i), training.draw))
                        : train::Role::unused);
  const auto in = campaign::samples_in(plan, condition);
  for (const auto& sample : plan.samples) {
    if (!in[sample.id.index()]) continue;
    const auto structure = static_cast<std::size_t>(plan.simulation(sample.simulation).structure);
    s.roles[sample.id.index()] = static_cast<std::uint8_t>(roles[structure]);
  }
  return s;
}

std::optional<std::string> train_and_test(const campaign::Plan& plan, const campaign::Training& training,
                                          const RunDirectory& run, const TrainingRun& how,
                                          const mpi::Communicator& group) {
  const fs::path folder = folder_of(run, training);
  mpi::together(group, [&] {
    if (group.rank() != 0) return;
    make_writable_folder(run.models());
    make_writable_folder(folder);
  });
  const auto trained = train::api().train({.store = run.store(),
                                           .models = folder,
                                           .spec = train_spec(training.settings, plan.catalogue),
                                           .selection = selection_of(plan, training, training.condition),
                                           .key = training.model_key.hex(),
                                           .threads = how.threads,
                                           .stop = how.stop,
                                           .progress =
                                               [&](const train::EpochRecord& epoch, double) {
                                                 if (how.epoch) how.epoch(epoch);
                                               }},
                                          group);
  if (!trained.finished) return std::nullopt;
  const auto evaluated = evaluations(plan, training, run, how, group);
  std::vector<std::string> classes = {"lattice"};
  classes.insert(classes.end(), training.classes.begin(), training.classes.end());
  const std::string text = json{
      {"model", training.name},
      {"key", training.key.hex()},
      {"variant", training.model},
      {"network", training.settings.network},
      {"width", training.settings.width},
      {"conditioned", training.settings.conditioned},
      {"classes", classes},
      {"n", classes.size()},
      {"subset", training.classes},
      {"condition", training.condition},
      {"split", training.draw},
      {"seed", training.settings.seed},
      {"train", json::parse(to_json(trained))},
      {"evaluations",
       document_of(evaluated)}}.dump();
  mpi::together(group, [&] {
    if (group.rank() != 0) return;
    report::write_evaluation_tables(folder, training.name, evaluated);
    write_atomic(result_path(folder), text);
  });
  return text;
}

}  // namespace twinmill::app

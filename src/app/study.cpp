#include "study.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "stage_json.hpp"
#include "study_results.hpp"
#include "train_settings.hpp"
#include "twinmill/base/files.hpp"
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

train::Selection selection(const campaign::Plan& plan, const campaign::Training& training,
                           const std::string& condition) {
  train::Selection s{.classes = training.classes,
                     .roles = std::vector(plan.samples.size(), static_cast<std::uint8_t>(train::Role::unused))};
  const auto in = campaign::samples_in(plan, condition);
  for (const auto& sample : plan.samples) {
    const int structure = plan.simulation(sample.simulation).structure;
    if (!in[sample.id.index()] || !fits(plan, training, plan.structures[static_cast<std::size_t>(structure)])) continue;
    s.roles[sample.id.index()] = static_cast<std::uint8_t>(role_of(plan.split_of(structure, training.draw)));
  }
  return s;
}

// Whether the selection has a finished image to test with.
bool has_test(const train::Selection& selection, const std::vector<store::SlotRow>& slots) {
  for (std::size_t i = 0; i < slots.size(); ++i)
    if (selection.roles[i] == static_cast<std::uint8_t>(train::Role::test) &&
        slots[i].state == static_cast<std::uint8_t>(store::SlotState::done))
      return true;
  return false;
}

json evaluations(const campaign::Plan& plan, const campaign::Training& training, const RunDirectory& run,
                 const TrainingRun& how, const mpi::Communicator& group) {
  const auto slots = store::Reader(run.store()).sample_slots();
  auto conditions = campaign::condition_names(plan.spec);
  std::rotate(conditions.begin(), conditions.begin() + 1,
              conditions.end());  // "all" last: its predictions are those that stay.
  json all = json::array();
  for (const auto& condition : conditions) {
    json one = {{"condition", condition}, {"images", 0}};
    const auto chosen = test_selection(plan, training, condition);
    if (has_test(chosen, slots)) {
      const auto result = train::api().evaluate({.store = run.store(),
                                                 .models = folder_of(run, training),
                                                 .key = training.model_key.hex(),
                                                 .split = "test",
                                                 .selection = chosen,
                                                 .threads = how.threads},
                                                group);
      one.update(json::parse(to_json(result)));
    }
    all.insert(condition == "all" ? all.begin() : all.end(), one);
  }
  return all;
}

}  // namespace

train::Selection training_selection(const campaign::Plan& plan, const campaign::Training& training) {
  return selection(plan, training, training.condition);
}

train::Selection test_selection(const campaign::Plan& plan, const campaign::Training& training,
                                const std::string& condition) {
  return selection(plan, training, condition);
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
                                           .spec = train_spec(training.settings),
                                           .selection = training_selection(plan, training),
                                           .key = training.model_key.hex(),
                                           .threads = how.threads,
                                           .stop = how.stop,
                                           .progress =
                                               [&](const train::EpochRecord& epoch, double) {
                                                 if (how.epoch) how.epoch(epoch);
                                               }},
                                          group);
  if (!trained.finished) return std::nullopt;
  const json evaluated = evaluations(plan, training, run, how, group);
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
       evaluated}}.dump();
  mpi::together(group, [&] {
    if (group.rank() == 0) write_atomic(result_path(folder), text);
  });
  return text;
}

}  // namespace twinmill::app

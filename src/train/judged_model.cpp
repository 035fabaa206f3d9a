#include "judged_model.hpp"

#include <algorithm>

#include "model_card.hpp"
#include "script.hpp"
#include "short_errors.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"
#include "weights.hpp"

namespace twinmill::train {
namespace {

/// All but the network.
JudgedModel described(const std::filesystem::path& file, const ModelCard& card) {
  return {.file = file.string(),
          .classes = card.classes,
          .detectors = card.detectors,
          .conditions = card.conditions.empty() ? Conditions::left_out : Conditions::read,
          .network = {}};
}

JudgedModel trained_model(const EvaluateRequest& request, const mpi::Communicator& group) {
  SavedModel saved;
  together(group, [&] {
    if (group.rank() != 0) return;
    if (!std::filesystem::exists(card_path(request.models))) {
      throw Error(Fault::input, cat(request.models.string(),
                                    " holds no trained network (there is no model.json). "
                                    "Train first?"));
    }
    saved = load_model(request.models);
    if (saved.card.key != request.key) {
      throw Error(Fault::input, cat("the network in ", request.models.string(),
                                    " was trained on other data or with other settings. Train again?"));
    }
  });
  saved.card = card_from_text(group.broadcast(group.rank() == 0 ? to_text(saved.card) : std::string()));
  saved.weights = group.broadcast(saved.weights);
  JudgedModel model = described(weights_path(request.models), saved.card);
  together(group, [&] {
    model.network = make_network(saved.card.network, shape_of(saved.card), 0);
    load_weights(*model.network, saved.weights);
  });
  return model;
}

JudgedModel exported_model(const EvaluateRequest& request, const mpi::Communicator& group) {
  JudgedModel model;
  together(group, [&] {
    ScriptModel script = load_script(request.script);
    model = described(request.script, script.card);
    model.network = std::move(script.network);
  });
  return model;
}

}  // namespace

JudgedModel judged_model(const EvaluateRequest& request, const mpi::Communicator& group) {
  return request.script.empty() ? trained_model(request, group) : exported_model(request, group);
}

void check_fit(const JudgedModel& model, const store::Header& header, const std::filesystem::path& store) {
  if (header.classes.empty()) {
    throw Error(Fault::input, cat(store.string(), " names no classes (it has no masks to compare with)"));
  }
  const bool any_known = std::any_of(model.classes.begin() + 1, model.classes.end(), [&](const auto& name) {
    return std::find(header.classes.begin(), header.classes.end(), name) != header.classes.end();
  });
  const bool lattice_first = model.classes.at(0) == header.classes.at(0);
  if (model.detectors != header.detectors || !lattice_first || !(any_known || model.classes.size() == 1)) {
    throw Error(Fault::input, cat("the network of ", model.file, " knows classes ", list_text(model.classes),
                                  " in images of ", list_text(model.detectors), ", the store ", store.string(), " has ",
                                  list_text(header.classes), " in ", list_text(header.detectors), ". Train again?"));
  }
}

}  // namespace twinmill::train

#include "evaluated_samples.hpp"

#include <algorithm>

#include "selection.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::train {
namespace {

/// What the model and the store both know. Throws Error(input) when that is nothing.
Selection common_selection(const store::Header& header, const EvaluateRequest& request, const ModelClasses& classes) {
  Selection selection{.classes = {}, .roles = request.selection.roles};
  for (std::size_t c = 1; c < header.classes.size(); ++c)
    if (classes.of(c) != ModelClasses::unknown) selection.classes.push_back(header.classes[c]);
  if (selection.classes.empty()) {
    throw Error(Fault::input, cat("the model knows none of the classes in ", request.store.string(), " (",
                                  list_text(header.classes), "). Is it the right model?"));
  }
  return selection;
}

}  // namespace

ModelClasses::ModelClasses(std::span<const std::string> model, std::span<const std::string> store) {
  for (const auto& name : store) {
    const auto found = std::find(model.begin(), model.end(), name);
    to_model_.push_back(found == model.end() ? unknown : static_cast<int>(found - model.begin()));
    if (found == model.end()) unknown_names_.push_back(name);
  }
}

std::uint8_t ModelClasses::renumbered_label(std::int64_t label, std::int64_t sample) const {
  const auto at = static_cast<std::size_t>(label);
  if (at >= to_model_.size() || to_model_[at] == unknown) {
    throw Error(Fault::system, cat("the labels of sample ", sample, " hold class ", label,
                                   " (its row in the table says that it shows none such). Run verify?"));
  }
  return static_cast<std::uint8_t>(to_model_[at]);
}

std::vector<std::int64_t> ModelClasses::renumbered(std::span<const std::int64_t> mask, std::int64_t sample) const {
  std::vector<std::int64_t> classes;
  classes.reserve(mask.size());
  for (const std::int64_t label : mask) classes.push_back(renumbered_label(label, sample));
  return classes;
}

EvaluatedSamples samples_to_evaluate(const store::Reader& reader, const std::vector<store::SampleRow>& rows,
                                     const EvaluateRequest& request, const ModelClasses& classes) {
  const Selection selection = common_selection(reader.header(), request, classes);
  const ClassMap seen(reader.header(), selection);
  const auto splits = splits_of(rows, selection);
  const auto slots = reader.sample_slots();
  EvaluatedSamples result;
  std::int64_t left_out = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool wanted = request.split == "all" ? !splits[i].empty() : splits[i] == request.split;
    if (!wanted || slots[i].state != static_cast<std::uint8_t>(store::SlotState::done)) continue;
    const auto id = static_cast<std::int64_t>(i);
    if (is_seen(reader, rows[i], id, seen)) {
      result.ids.push_back(id);
    } else {
      ++left_out;
    }
  }
  if (left_out > 0) {
    result.notes.push_back(cat(count_text(left_out), left_out == 1 ? " image" : " images",
                               " left out, with defects that the model does not know (",
                               list_text(classes.unknown_names()), ")"));
  }
  if (result.ids.empty()) {
    throw Error(Fault::input,
                cat(request.store.string(), " holds no finished sample in the split \"", request.split, "\"",
                    left_out > 0 ? cat(" that shows only what the model knows (", result.notes.back(), ")") : "",
                    ". Choose train, validation, test or all?"));
  }
  return result;
}

}  // namespace twinmill::train

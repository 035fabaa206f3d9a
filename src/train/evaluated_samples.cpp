#include "evaluated_samples.hpp"

#include <algorithm>

#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::train {
namespace {

constexpr std::string_view split_names[] = {"", "train", "validation", "test"};
static_assert(std::size(split_names) == static_cast<std::size_t>(Role::count_));

bool in_split(const store::SampleRow& row, std::size_t id, const EvaluateRequest& request) {
  const auto& roles = request.selection.roles;
  const bool all = request.split == "all";
  if (roles.empty()) return all || row.split == request.split;
  const std::size_t role = roles.at(id);
  return role != static_cast<std::size_t>(Role::unused) && (all || split_names[role] == request.split);
}

// "a+b" holds a and b.
bool holds(std::string_view defect, std::string_view name) {
  while (!defect.empty()) {
    const auto end = std::min(defect.find('+'), defect.size());
    if (trim(defect.substr(0, end)) == name) return true;
    defect.remove_prefix(std::min(end + 1, defect.size()));
  }
  return false;
}

bool mask_holds_unknown(const Image<std::uint8_t>& mask, const ModelClasses& classes) {
  return std::any_of(mask.data.begin(), mask.data.end(),
                     [&](std::uint8_t label) { return classes.of(label) == ModelClasses::unknown; });
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

EvaluatedSamples samples_to_evaluate(const store::Reader& reader, std::span<const store::SampleRow> rows,
                                     const EvaluateRequest& request, const ModelClasses& classes) {
  const auto slots = reader.sample_slots();
  const auto& roles = request.selection.roles;
  if (!roles.empty() && roles.size() != rows.size()) {
    throw Error(Fault::input, cat("the selection speaks of ", roles.size(), " samples, the store has ", rows.size(),
                                  " (it belongs to another store)"));
  }
  EvaluatedSamples result;
  std::int64_t left_out = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (slots[i].state != static_cast<std::uint8_t>(store::SlotState::done) || !in_split(rows[i], i, request)) continue;
    const auto id = static_cast<std::int64_t>(i);
    const auto& names = classes.unknown_names();
    const bool unknown =
        std::any_of(names.begin(), names.end(), [&](const auto& n) { return holds(rows[i].defect, n); });
    if (unknown || (rows[i].defect == "file" && !names.empty() && mask_holds_unknown(reader.mask(id), classes))) {
      ++left_out;
    } else {
      result.ids.push_back(id);
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

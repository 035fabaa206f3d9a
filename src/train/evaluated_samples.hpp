#pragma once
// Which samples of a store a model is judged on, and what its classes are called there.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "twinmill/store/store.hpp"
#include "twinmill/train/api.hpp"

namespace twinmill::train {

/// The model's number of each class of a store, by name.
class ModelClasses {
 public:
  ModelClasses(std::span<const std::string> model, std::span<const std::string> store);
  static constexpr int unknown = -1;
  int of(std::size_t store_class) const { return to_model_.at(store_class); }
  /// Classes of the store that the model does not know, by name.
  const std::vector<std::string>& unknown_names() const { return unknown_names_; }
  /// The model's number of a pixel's or site's class. Throws Error(system) naming `sample` when there is none.
  std::uint8_t renumbered_label(std::int64_t label, std::int64_t sample) const;
  std::vector<std::int64_t> renumbered(std::span<const std::int64_t> mask, std::int64_t sample) const;

 private:
  std::vector<int> to_model_;
  std::vector<std::string> unknown_names_;
};

/// What is evaluated, the same on every rank.
struct EvaluatedSamples {
  std::vector<std::int64_t> ids;   ///< Ascending.
  std::vector<std::string> notes;  ///< What was left out, in sentences.
};

/// The samples of the split that are done and show only what the model knows: one with a labelled defect of another
/// class is left out, by the kind of its structure and, for a structure from a file, by its mask. Throws Error(input)
/// when none is left.
EvaluatedSamples samples_to_evaluate(const store::Reader& reader, const std::vector<store::SampleRow>& rows,
                                     const EvaluateRequest& request, const ModelClasses& classes);

}  // namespace twinmill::train

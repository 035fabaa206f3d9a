#pragma once
// A study in words, for `plan` and `explain`.

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "twinmill/campaign/plan.hpp"

namespace twinmill::app {

/// Lines of `twinmill plan`: how many trainings stand at each value of each axis, what they see.
std::string study_text(const campaign::Plan& plan);
/// The same for --json; null without a study.
nlohmann::json study_json(const campaign::Plan& plan);
/// Lines of `twinmill explain` for one training, by its key; `result` is its JSON, or empty.
std::string training_text(const campaign::Plan& plan, const std::string& key, const std::string& result);

}  // namespace twinmill::app

#pragma once
// Results of training and evaluation as the JSON documents that the ledger keeps.

#include <string>

#include "twinmill/train/api.hpp"

namespace twinmill::app {

std::string to_json(const train::TrainResult& result);
std::string to_json(const train::EvaluateResult& result);

}  // namespace twinmill::app

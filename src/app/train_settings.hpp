#pragma once
// From the campaign's words to those of the training module.

#include "twinmill/campaign/spec.hpp"
#include "twinmill/train/api.hpp"

namespace twinmill::app {

train::TrainSpec train_spec(const campaign::TrainingSection& training);

}  // namespace twinmill::app

#pragma once
// From the campaign's words to those of the training module.

#include "twinmill/campaign/plan.hpp"
#include "twinmill/campaign/spec.hpp"
#include "twinmill/train/api.hpp"

namespace twinmill::app {

/// Pretrained weights must be in the catalogue, which knows their content.
train::TrainSpec train_spec(const campaign::TrainingSection& training, const campaign::Catalogue& catalogue);

}  // namespace twinmill::app

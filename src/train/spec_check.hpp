#pragma once

#include "twinmill/train/api.hpp"

namespace twinmill::train {

/// Reports every mistake in the settings at once. Throws Error(input).
void check(const TrainSpec& spec, int image_width, int image_height);

}  // namespace twinmill::train

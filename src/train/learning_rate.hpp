#pragma once

#include <cstdint>

namespace twinmill::train {

/// The learning rate of a step: a cosine from `first` at step 0 towards zero behind the last of `steps`.
double learning_rate(double first, std::int64_t step, std::int64_t steps);

}  // namespace twinmill::train

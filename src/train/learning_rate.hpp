#pragma once
// The learning rate of each step, and when training has gone on for long enough. All of it follows from the settings,
// the step and the history, so that a resumed training goes the same way.

#include <cstdint>
#include <span>
#include <string_view>

#include "twinmill/train/api.hpp"

namespace twinmill::train {

/// Epochs without a better one after which the plateau schedule takes a tenth of the learning rate.
inline constexpr int plateau_patience = 5;

/// Whether there is a schedule of this name.
bool is_schedule(std::string_view name);

/// The learning rate of a step (0-based, over all epochs) of `steps` that are planned; `history`: the epochs before it.
double learning_rate(const TrainSpec& spec, std::int64_t step, std::int64_t steps,
                     std::span<const EpochRecord> history);

/// Whether so many epochs (spec.early_stop) have passed since the best one that no more follow.
bool stops_early(const TrainSpec& spec, std::span<const EpochRecord> history);

}  // namespace twinmill::train

#pragma once
// What must be right about the samples before the first step.

#include <cstdint>
#include <span>
#include <string>

#include "selection.hpp"

namespace twinmill::train {

/// How many samples of each split a training would see.
struct SampleCounts {
  std::int64_t training = 0, validation = 0;
};

/// Refuses a leak between splits, an empty split that samples were planned for, and fewer samples than ranks. Throws
/// Error(input). `path` names the store in messages.
void check_samples(const store::Reader& reader, const Selection& selection, const SampleCounts& counts, int ranks,
                   const std::string& path);

/// Refuses to train without a defect in the masks, or for a class of the selection (without one: of the table of
/// samples) that no training sample shows. `pixels` by the network's number of a class. Throws Error(input).
void check_classes(const store::Reader& reader, const Selection& selection, std::span<const std::int64_t> pixels);

}  // namespace twinmill::train

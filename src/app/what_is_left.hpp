#pragma once
// What a campaign still needs, judged from published files alone.

#include <string>

#include "phases.hpp"

namespace twinmill::app {

/// "12 of 20 images, train (epoch 3), evaluate, report"; empty when every phase up to `until` is done. It changes
/// whenever a run gets on, and not otherwise.
std::string what_is_left(const RunDirectory& run, const Campaign& campaign, Phase until);

}  // namespace twinmill::app

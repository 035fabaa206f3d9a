#pragma once
// Names of aberration coefficients (Krivanek notation) as campaign files write them.

#include <string>
#include <string_view>
#include <vector>

#include "twinmill/campaign/spec.hpp"

namespace twinmill::campaign {

/// C12 phi12 C21 ... phi56, in the canonical order.
const std::vector<std::string>& aberration_names();
/// The name without aliases: Cs is C30.
std::string_view canonical_aberration(std::string_view name);
/// Without aliases, in the canonical order. All names must be known.
std::vector<Aberration> canonical(std::vector<Aberration> aberrations);
/// Only what has an effect: no coefficients of 0, and no azimuths of such coefficients.
std::vector<Aberration> effective(const std::vector<Aberration>& aberrations);

}  // namespace twinmill::campaign

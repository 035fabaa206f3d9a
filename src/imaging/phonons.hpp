#pragma once
// Frozen phonons.

#include "twinmill/imaging/simulate.hpp"

namespace twinmill::imaging {

/// The structure in one configuration; the same for the same key and number. A site's own rms_A comes before the
/// phonons' by element, and that before the table's.
specimen::Structure displaced(const specimen::Structure& structure, const Phonons& phonons, int configuration);

}  // namespace twinmill::imaging

#pragma once
// Frozen phonons.

#include "twinmill/imaging/simulate.hpp"

namespace twinmill::imaging {

/// Configurations that an image is the mean of; 1 for atoms at rest.
int images_to_average(const Phonons& phonons);

/// The structure in one configuration, itself for atoms at rest; the same for the same key and number. A site's own
/// rms_A comes before the phonons' by element, and that before the table's.
specimen::Structure displaced(const specimen::Structure& structure, const Phonons& phonons, int configuration);

}  // namespace twinmill::imaging

#pragma once
// What a conditioned network sees beside the images: the sample's metadata as numbers of about 1.

#include <string>
#include <vector>

#include "twinmill/store/layout.hpp"

namespace twinmill::train {

/// Names of the numbers, in the order of condition_values(); with the same detectors always the same.
std::vector<std::string> condition_names(const store::Header& header);

/// The numbers of one sample. Composition is that of the parent's formula (zeros for a structure file, which has none):
/// atomic number of the first element (the metal)/100, mean atomic number of the other atoms (the anions)/100, their
/// part of all atoms; beam energy/100 keV, convergence semiangle/30 mrad, defocus/100 A, log10(dose in e/A^2)/5 and
/// whether there is no noise (1, and 0 for the dose), pixel along x and y/0.2 A; inner and outer angle/100 mrad of each
/// detector.
std::vector<float> condition_values(const store::Header& header, const store::SampleRow& row);

}  // namespace twinmill::train

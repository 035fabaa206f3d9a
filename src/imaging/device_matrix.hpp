#pragma once
// The products of a scattering matrix by a device.

#include <array>
#include <complex>
#include <vector>

#include "aperture.hpp"
#include "detector.hpp"
#include "twinmill/imaging/device.hpp"

namespace twinmill::imaging {

/// What all configurations of the atoms share.
struct DeviceTask {
  Grid grid;
  double wavelength_A = 0;
  const std::vector<Beam>& beams;
  const Pixels& pixels;
};

/// Means over the even and over the odd configurations (the second one empty without), per detector: beams x beams,
/// Hermitian. Throws what the device throws.
std::array<std::vector<std::vector<std::complex<float>>>, 2> products_on_device(Device& device,
                                                                                const specimen::Structure& structure,
                                                                                const Multislice& multislice,
                                                                                const DeviceTask& task,
                                                                                const Progress& progress);

}  // namespace twinmill::imaging

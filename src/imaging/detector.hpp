#pragma once
// Which pixels of the diffraction pattern a detector holds, and with what weight.

#include <utility>
#include <vector>

#include "grid.hpp"
#include "twinmill/imaging/simulate.hpp"

namespace twinmill::imaging {

/// Pixels of all detectors, sorted by angle, so that an annulus is a contiguous range.
struct Pixels {
  std::vector<int> index;                   ///< Into the grid: ix * ny + iy.
  std::vector<std::pair<int, int>> range;   ///< Per detector: [first, last) into `index`.
  std::vector<std::vector<float>> weights;  ///< Per detector, over its range; empty: all 1.
};
Pixels detector_pixels(const Grid& grid, double wavelength_A, const std::vector<Detector>& detectors);

/// Throws Error(input) listing what does not fit: detectors or aperture beyond the band limit (with the grid that would
/// do), empty annuli and sectors, apertures that are not positive.
void check_angles(const Grid& grid, double wavelength_A, const std::vector<Detector>& detectors, const Optics& widest);
/// The aperture alone.
void check_aperture(const Grid& grid, double wavelength_A, const Optics& optics);

}  // namespace twinmill::imaging

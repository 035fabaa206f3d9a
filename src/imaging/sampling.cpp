// How fine the grid must be. What a detector receives of a plane wave from a single atom changes with the grid as the
// mean of an image does, and costs a moment.
#include <algorithm>
#include <cmath>
#include <set>

#include "constants.hpp"
#include "detector.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/friendly_size.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/imaging/field.hpp"

namespace twinmill::imaging {
namespace {

constexpr double cell_A = 5;
constexpr std::array<double, 7> pixels_A = {0.1, 0.08, 0.066, 0.05, 0.04, 0.033, 0.025};
constexpr std::array<int, 5> factors = {2, 3, 4, 6, 8};
constexpr double finest_pixel_A = 0.02;
constexpr int finest_factor = 8;

std::vector<double> signals(int z, double pixel_A, int oversampling, const Multislice& multislice,
                            const std::vector<Detector>& detectors) {
  const specimen::Structure atom{.cell_A = {cell_A, cell_A, 1},
                                 .sites = {specimen::Site{.z = z, .r_A = {0.4 * cell_A, 0.6 * cell_A, 0.5}}}};
  Multislice m = multislice;
  const int n = friendly_size(cell_A / pixel_A);
  m.grid = {n, n};
  m.oversampling = oversampling;
  m.slice_thickness_A = 1;
  m.phonons = {};
  return plane_wave_signals(atom, m, detectors);
}

// Coarsest pixel whose band holds all detectors and the aperture.
double coarsest_pixel(const Multislice& multislice, const Optics& optics, const std::vector<Detector>& detectors) {
  double mrad = optics.semiangle_mrad + std::hypot(optics.beam_tilt_mrad[0], optics.beam_tilt_mrad[1]);
  for (const auto& d : detectors) mrad = std::max(mrad, d.outer_mrad);
  return electron_wavelength_A(multislice.energy_kev) / (3 * mrad * 1e-3);
}

}  // namespace

Sampling sampling_for(const specimen::Structure& structure, const Multislice& multislice, const Optics& optics,
                      const std::vector<Detector>& detectors, double max_error) {
  if (!(max_error > 0)) throw Error(Fault::input, cat("accuracy = ", max_error, " (must be positive)"));
  std::set<int> elements;
  for (const auto& site : structure.sites)
    if (site.z > 0) elements.insert(site.z);
  std::vector<std::vector<double>> exact;
  for (const int z : elements) exact.push_back(signals(z, finest_pixel_A, finest_factor, multislice, detectors));
  const double coarsest = coarsest_pixel(multislice, optics, detectors);
  double best = INFINITY;
  for (const double pixel : pixels_A) {
    if (pixel > coarsest) continue;
    for (const int factor : factors) {
      double error = 0;
      std::size_t at = 0;
      for (const int z : elements) {
        const auto here = signals(z, pixel, factor, multislice, detectors);
        for (std::size_t d = 0; d < here.size(); ++d) error = std::max(error, std::abs(here[d] / exact[at][d] - 1));
        ++at;
      }
      if (error <= max_error) return {pixel, factor, error};
      best = std::min(best, error);
    }
  }
  throw Error(Fault::input,
              cat("accuracy = ", max_error, " (the finest sampling on offer reaches ", rounded_text(best, 2), ")"));
}

}  // namespace twinmill::imaging

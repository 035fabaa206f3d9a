// Multislice straight from its definition: every probe is a wave in real space that goes through all planes (Kirkland
// 2010, ch. 6.4), in double precision.
#include <cmath>
#include <numbers>

#include "aberrations.hpp"
#include "aperture.hpp"
#include "constants.hpp"
#include "detector.hpp"
#include "overlaps.hpp"
#include "phonons.hpp"
#include "twinmill/base/error.hpp"
#include "wave_stack.hpp"

namespace twinmill::imaging {
namespace {

using std::numbers::pi;

// Sum over the detector's pixels.
double signal(const fft::Buffer<double>& wave, const Pixels& pixels, std::size_t detector) {
  const auto [first, last] = pixels.range[detector];
  const auto& weights = pixels.weights[detector];
  double sum = 0;
  for (int i = first; i < last; ++i) {
    const double weight = weights.empty() ? 1 : weights[static_cast<std::size_t>(i - first)];
    sum += weight * std::norm(wave[static_cast<std::size_t>(pixels.index[static_cast<std::size_t>(i)])]);
  }
  return sum;
}

}  // namespace

std::vector<std::vector<double>> plain_multislice(const specimen::Structure& structure, const Multislice& multislice,
                                                  const Optics& optics, const std::vector<Detector>& detectors,
                                                  const std::vector<std::array<double, 2>>& at,
                                                  const Progress& progress) {
  const Grid grid{multislice.grid[0], multislice.grid[1], structure.cell_A[0], structure.cell_A[1]};
  const double lambda = electron_wavelength_A(multislice.energy_kev);
  check_angles(grid, lambda, detectors, optics);
  build_stack(structure, multislice);  // Finds mistakes before memory is taken.
  refuse_overlaps(structure);
  if (optics.focal_spread_A > 0)
    throw Error(Fault::input, "the plain multislice method takes one defocus at a time; leave the focal spread out");
  const Pixels pixels = detector_pixels(grid, lambda, detectors);
  const AberrationFunction chi(optics.aberrations, lambda);
  const auto beams = beams_inside(optics, grid, lambda);
  std::vector<std::complex<double>> a;
  double intensity = 0;
  for (const auto& b : beams) {
    const double weight = aperture_weight(optics, grid, lambda, b.hx, b.hy);
    a.push_back(std::polar(weight, -chi(lambda * b.hx / grid.lx_A, lambda * b.hy / grid.ly_A)));
    intensity += weight * weight;
  }

  const int configurations = images_to_average(multislice.phonons);
  std::vector<std::vector<double>> images(detectors.size(), std::vector<double>(at.size()));
  for (int c = 0; c < configurations; ++c) {
    const WaveStack stack(displaced(structure, multislice.phonons, c), multislice);
    fft::Buffer<double> wave(grid.size());
    for (std::size_t p = 0; p < at.size(); ++p) {
      std::fill(wave.begin(), wave.end(), 0.0);
      for (std::size_t g = 0; g < beams.size(); ++g) {
        const auto [hx, hy] = beams[g];
        const double turns = hx * at[p][0] / grid.lx_A + hy * at[p][1] / grid.ly_A;
        wave[static_cast<std::size_t>(Grid::index_of(hx, grid.nx)) * grid.ny +
             static_cast<std::size_t>(Grid::index_of(hy, grid.ny))] =
            a[g] * std::polar(1 / std::sqrt(intensity), -2 * pi * turns);
      }
      stack.transmit(wave, {0, 0});
      for (std::size_t d = 0; d < detectors.size(); ++d) images[d][p] += signal(wave, pixels, d) / configurations;
      if (progress) progress((c + static_cast<double>(p + 1) / static_cast<double>(at.size())) / configurations);
    }
  }
  return images;
}

std::vector<double> plane_wave_signals(const specimen::Structure& structure, const Multislice& multislice,
                                       const std::vector<Detector>& detectors) {
  const Grid grid{multislice.grid[0], multislice.grid[1], structure.cell_A[0], structure.cell_A[1]};
  const double lambda = electron_wavelength_A(multislice.energy_kev);
  const Pixels pixels = detector_pixels(grid, lambda, detectors);
  fft::Buffer<double> wave(grid.size());
  wave[0] = 1;
  WaveStack(structure, multislice).transmit(wave, {0, 0});
  std::vector<double> signals;
  for (std::size_t d = 0; d < detectors.size(); ++d) signals.push_back(signal(wave, pixels, d));
  return signals;
}

}  // namespace twinmill::imaging

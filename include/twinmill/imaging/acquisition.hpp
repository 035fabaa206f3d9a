#pragma once
// From the exact image to a recorded one: a chain of stages, each with its own random stream. Formulas:
// docs/physics.md.

#include <array>
#include <vector>

#include "twinmill/base/hash.hpp"
#include "twinmill/base/image.hpp"
#include "twinmill/base/random.hpp"
#include "twinmill/specimen/view.hpp"

namespace twinmill::imaging {

/// The chain, in the order in which its stages act. A stage whose numbers are 0 is off.
struct Acquisition {
  std::array<double, 2> drift_A{0, 0};  ///< Displacement of the specimen over the frame, image frame.
  double jitter_A = 0;                  ///< Standard deviation of a line's displacement along x.
  double contamination = 0;             ///< Mean of the added background / mean of the noise-free image.
  double contamination_length_A = 5;    ///< Where the background's correlation has fallen to 1/e.
  bool poisson = true;                  ///< Shot noise.
  double gain_spread = 0;               ///< Standard deviation / mean of the pulse height of one electron.
  double gain_error = 0;                ///< Standard deviation / mean of the calibration factor of an image.
  double dark_electrons = 0;            ///< Standard deviation of dark and read noise, electrons per pixel.
};

/// Field and dose of an image.
struct Exposed {
  std::array<double, 2> field_A{16, 16};
  double electrons = 0;  ///< Per pixel, above 0; inf: what is counted in electrons vanishes.
};

/// Electrons per pixel of a dose (e/A^2) and a pixel area (A^2).
double electrons_per_pixel(double dose_e_per_A2, double pixel_area_A2);

/// Stages drift and jitter: where the probe truly is. `key` names the streams; they are shared by all detectors.
specimen::ScanDistortion scan_distortion(const Acquisition& acquisition, int lines, const Hash128& key);

/// All later stages: recorded images (fraction of the beam) from the noise-free ones at the true positions of the
/// probe, one per detector and all of one size. Streams are named by `key` and the stage ("noise" for poisson); the
/// detectors draw from them in their order and share the contamination's field.
std::vector<Image<float>> record(std::vector<Image<double>> exact, const Acquisition& acquisition,
                                 const Exposed& exposed, const Hash128& key);

/// Displacement (A) of each scan line along x: Gaussian of standard deviation `jitter_A`, independent.
std::vector<double> jitter(double jitter_A, int lines, RandomStream& stream);

/// A smooth random field >= 0 whose mean over the image is 1: half the sum of the squares of two Gaussian fields, so
/// that its one-point distribution is exponential and its correlation exp(-(r / length_A)^2). The field belongs to the
/// stream and to field_A, not to the pixels.
Image<double> contamination(std::array<double, 2> field_A, std::array<int, 2> pixels, double length_A,
                            RandomStream& stream);

/// Poisson counts of `fraction` x electrons, divided by electrons: still a fraction of the beam, and counts = image x
/// electrons exactly to rounding. Infinite electrons: the image itself. Negative values (round-off) count as 0.
Image<double> poisson(const Image<double>& fraction, double electrons, RandomStream& stream);

/// A detector whose pulses of single electrons have relative spread `spread` and whose calibration is wrong by a
/// factor of mean 1 and relative standard deviation `error`, the same for the whole image. n electrons give a gamma
/// deviate of mean n and variance n spread^2: never negative, and nothing from nothing. Infinite electrons: the
/// factor only.
Image<double> gain(const Image<double>& fraction, double electrons, double spread, double error, RandomStream& stream);

/// Adds Gaussian noise of `dark_electrons` (electrons per pixel, after the dark level was subtracted: values may be
/// negative). Infinite electrons: the image itself.
Image<double> dark(const Image<double>& fraction, double electrons, double dark_electrons, RandomStream& stream);

}  // namespace twinmill::imaging

#include "twinmill/imaging/acquisition.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "twinmill/base/error.hpp"

namespace twinmill::imaging {
namespace {

double mean(const Image<double>& image) {
  return std::accumulate(image.data.begin(), image.data.end(), 0.0) / static_cast<double>(image.size());
}

void add_contamination(std::vector<Image<double>>& images, const Acquisition& a, const Exposed& exposed,
                       const Hash128& key) {
  RandomStream stream(key, "contamination");
  const auto& first = images.at(0);
  const auto layer = contamination(exposed.field_A, {first.width, first.height}, a.contamination_length_A, stream);
  for (auto& image : images) {
    const double level = a.contamination * mean(image);
    for (std::size_t i = 0; i < image.size(); ++i) image.data[i] += level * layer.data[i];
  }
}

}  // namespace

double electrons_per_pixel(double dose_e_per_A2, double pixel_area_A2) { return dose_e_per_A2 * pixel_area_A2; }

specimen::ScanDistortion scan_distortion(const Acquisition& acquisition, int lines, const Hash128& key) {
  specimen::ScanDistortion distortion{.drift_A = acquisition.drift_A, .line_A = {}};
  if (acquisition.jitter_A > 0) {
    RandomStream stream(key, "jitter");
    distortion.line_A = jitter(acquisition.jitter_A, lines, stream);
  }
  return distortion;
}

std::vector<Image<float>> record(std::vector<Image<double>> images, const Acquisition& a, const Exposed& exposed,
                                 const Hash128& key) {
  const double electrons = exposed.electrons;
  ensure(electrons > 0, "record: the number of electrons must be positive");
  if (a.contamination > 0) add_contamination(images, a, exposed, key);
  RandomStream shots(key, "noise"), pulses(key, "gain"), readout(key, "dark");
  std::vector<Image<float>> recorded;
  for (auto& image : images) {
    if (a.poisson) image = poisson(image, electrons, shots);
    if (a.gain_spread > 0 || a.gain_error > 0) image = gain(image, electrons, a.gain_spread, a.gain_error, pulses);
    if (a.dark_electrons > 0) image = dark(image, electrons, a.dark_electrons, readout);
    Image<float>& out = recorded.emplace_back(image.width, image.height);
    std::ranges::transform(image.data, out.data.begin(), [](double v) { return static_cast<float>(v); });
  }
  return recorded;
}

std::vector<double> jitter(double jitter_A, int lines, RandomStream& stream) {
  std::vector<double> line_A(static_cast<std::size_t>(lines));
  for (double& d : line_A) d = jitter_A * stream.normal();
  return line_A;
}

Image<double> poisson(const Image<double>& fraction, double electrons, RandomStream& stream) {
  ensure(electrons > 0, "poisson: the number of electrons must be positive");
  Image<double> image(fraction.width, fraction.height);
  for (std::size_t i = 0; i < fraction.size(); ++i) {
    const double mean = std::max(0.0, fraction.data[i]);
    image.data[i] = std::isinf(electrons) ? mean : static_cast<double>(stream.poisson(mean * electrons)) / electrons;
  }
  return image;
}

// Each pulse is a gamma deviate of mean 1 and variance s^2, shape 1/s^2 and scale s^2; the sum of n of them has shape
// n/s^2. The factor is log-normal: exp(u z - u^2/2) has mean 1 and variance exp(u^2) - 1.
Image<double> gain(const Image<double>& fraction, double electrons, double spread, double error, RandomStream& stream) {
  const double u = std::sqrt(std::log1p(error * error)), factor = std::exp(u * stream.normal() - u * u / 2);
  const double scale = spread * spread;
  Image<double> image = fraction;
  for (double& v : image.data) {
    if (spread > 0 && !std::isinf(electrons)) {
      const double shape = v * electrons / scale;
      v = shape > 0 ? scale * stream.gamma(shape) / electrons : 0;
    }
    v *= factor;
  }
  return image;
}

Image<double> dark(const Image<double>& fraction, double electrons, double dark_electrons, RandomStream& stream) {
  Image<double> image = fraction;
  if (std::isinf(electrons)) return image;
  for (double& v : image.data) v += dark_electrons * stream.normal() / electrons;
  return image;
}

}  // namespace twinmill::imaging

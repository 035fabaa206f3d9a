// A Gaussian field g is white noise on a square lattice of spacing h under a Gaussian kernel of standard deviation w:
// g(r) = sum_n noise_n exp(-(r - r_n)^2 / (2 w^2)), correlation exp(-r^2 / (4 w^2)). The square of such a field has the
// correlation exp(-r^2 / (2 w^2)), so w = length / sqrt(2). With h = w the field is homogeneous to 2 exp(-pi^2) = 1e-4.
#include <cmath>
#include <numbers>
#include <numeric>

#include "twinmill/base/error.hpp"
#include "twinmill/imaging/acquisition.hpp"

namespace twinmill::imaging {
namespace {

constexpr int reach = 4;  // Of the kernel, in lattice spacings: exp(-8) = 3e-4 of its height is cut off.

/// One axis: lattice points 0 ... points - 1 stand at (k - reach) h from the image's edge.
struct KernelAxis {
  int pixels = 0, points = 0;
  double pixel_A = 0, spacing_A = 0;

  KernelAxis(double field_A, int n, double w)
      : pixels(n),
        points(static_cast<int>(std::ceil(field_A / w)) + 2 * reach + 1),
        pixel_A(field_A / n),
        spacing_A(w) {}
  int first(int pixel) const { return static_cast<int>((pixel + 0.5) * pixel_A / spacing_A); }
  /// Weights of points first(pixel) ... first(pixel) + 2 reach.
  std::array<double, 2 * reach + 1> weights(int pixel) const {
    std::array<double, 2 * reach + 1> weights{};
    for (int k = 0; k <= 2 * reach; ++k) {
      const double distance = (pixel + 0.5) * pixel_A / spacing_A - (first(pixel) + k - reach);
      weights[static_cast<std::size_t>(k)] = std::exp(-distance * distance / 2);
    }
    return weights;
  }
};

/// g, up to a factor; the kernel is a product, so rows of the lattice come first.
Image<double> gaussian_field(const KernelAxis& x, const KernelAxis& y, RandomStream& stream) {
  Image<double> rows(x.pixels, y.points);
  std::vector<double> noise(static_cast<std::size_t>(x.points));
  for (int row = 0; row < y.points; ++row) {
    for (double& v : noise) v = stream.normal();
    for (int ix = 0; ix < x.pixels; ++ix) {
      const auto weights = x.weights(ix);
      rows.at(ix, row) = std::inner_product(weights.begin(), weights.end(), noise.begin() + x.first(ix), 0.0);
    }
  }
  Image<double> field(x.pixels, y.pixels);
  for (int iy = 0; iy < y.pixels; ++iy) {
    const auto weights = y.weights(iy);
    for (int k = 0; k <= 2 * reach; ++k)
      for (int ix = 0; ix < x.pixels; ++ix)
        field.at(ix, iy) += weights[static_cast<std::size_t>(k)] * rows.at(ix, y.first(iy) + k);
  }
  return field;
}

}  // namespace

Image<double> contamination(std::array<double, 2> field_A, std::array<int, 2> pixels, double length_A,
                            RandomStream& stream) {
  ensure(length_A > 0, "contamination: its length must be positive");
  const double w = length_A / std::numbers::sqrt2;
  const KernelAxis x(field_A[0], pixels[0], w), y(field_A[1], pixels[1], w);
  Image<double> layer = gaussian_field(x, y, stream);
  const Image<double> other = gaussian_field(x, y, stream);
  double sum = 0;
  for (std::size_t i = 0; i < layer.size(); ++i) {
    layer.data[i] = layer.data[i] * layer.data[i] + other.data[i] * other.data[i];
    sum += layer.data[i];
  }
  for (double& v : layer.data) v *= static_cast<double>(layer.size()) / sum;
  return layer;
}

}  // namespace twinmill::imaging

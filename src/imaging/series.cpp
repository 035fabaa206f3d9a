// I(r) = sum_q c[q] exp(2 pi i q.r) at any points. The image is real, so half of the coefficients suffice:
// I = c[0] + 2 Re sum over one half of the others.
#include <cmath>
#include <numbers>

#include "twinmill/base/error.hpp"
#include "twinmill/imaging/simulate.hpp"

namespace twinmill::imaging {
namespace {

using std::numbers::pi;
using Complex = std::complex<double>;

Complex unit(double turns) { return std::polar(1.0, 2 * pi * (turns - std::round(turns))); }

}  // namespace

// Separable: first along y for every hx >= 0, then along x.
Image<double> Series::on_cell(int width, int height) const {
  const auto phases = [](int harmonics, int points) {
    std::vector<Complex> e(static_cast<std::size_t>(harmonics) * static_cast<std::size_t>(points));
    for (int h = 0; h < harmonics; ++h)
      for (int i = 0; i < points; ++i)
        e[static_cast<std::size_t>(h) * static_cast<std::size_t>(points) + static_cast<std::size_t>(i)] =
            unit(static_cast<double>(h) * i / points);
    return e;
  };
  const auto ey = phases(ny + 1, height);
  const auto ex = phases(nx + 1, width);
  Image<double> image(width, height);
  std::vector<Complex> partial(static_cast<std::size_t>(height));
  for (int hx = 0; hx <= nx; ++hx) {
    std::fill(partial.begin(), partial.end(), Complex(0));
    for (int hy = -ny; hy <= ny; ++hy) {
      const Complex coefficient(c[static_cast<std::size_t>(hx + nx) * static_cast<std::size_t>(2 * ny + 1) +
                                  static_cast<std::size_t>(hy + ny)]);
      for (int j = 0; j < height; ++j) {
        const Complex e =
            ey[static_cast<std::size_t>(std::abs(hy)) * static_cast<std::size_t>(height) + static_cast<std::size_t>(j)];
        partial[static_cast<std::size_t>(j)] += coefficient * (hy < 0 ? std::conj(e) : e);
      }
    }
    const double weight = hx == 0 ? 1 : 2;
    for (int i = 0; i < width; ++i) {
      const Complex e =
          weight * ex[static_cast<std::size_t>(hx) * static_cast<std::size_t>(width) + static_cast<std::size_t>(i)];
      for (int j = 0; j < height; ++j) image.at(i, j) += (e * partial[static_cast<std::size_t>(j)]).real();
    }
  }
  return image;
}

Series Series::blurred(double source_fwhm_A) const {
  Series result = *this;
  const double sigma = source_fwhm_A / (2 * std::sqrt(2 * std::numbers::ln2));
  for (int hx = -nx; hx <= nx; ++hx) {
    for (int hy = -ny; hy <= ny; ++hy) {
      const double q2 = std::pow(hx / cell_A[0], 2) + std::pow(hy / cell_A[1], 2);
      result.c[static_cast<std::size_t>(hx + nx) * static_cast<std::size_t>(2 * ny + 1) +
               static_cast<std::size_t>(hy + ny)] *= static_cast<float>(std::exp(-2 * pi * pi * sigma * sigma * q2));
    }
  }
  return result;
}

// Points r = r00 + i u + j v: exp(2 pi i q.r) = exp(2 pi i q.(r00 + j v)) exp(2 pi i i q.u), one table along a row per
// q.
Image<double> Series::on_view(const specimen::View& view) const {
  const int width = view.pixels[0], height = view.pixels[1];
  const double px = view.field_A[0] / width, py = view.field_A[1] / height;
  const auto r00 = view.to_structure({0.5 * px, 0.5 * py});
  const auto r10 = view.to_structure({1.5 * px, 0.5 * py});
  const auto r01 = view.to_structure({0.5 * px, 1.5 * py});
  const std::array<double, 2> u = {r10[0] - r00[0], r10[1] - r00[1]};
  const std::array<double, 2> v = {r01[0] - r00[0], r01[1] - r00[1]};
  // A distorted scan (specimen/view.hpp): each line starts somewhere else, and drift changes the step along it.
  const auto displaced = [&](std::array<double, 2> r, std::array<double, 2> d) -> std::array<double, 2> {
    return {r[0] + d[0] / px * u[0] + d[1] / py * v[0], r[1] + d[0] / px * u[1] + d[1] / py * v[1]};
  };
  std::array<double, 2> step = u;
  std::vector<std::array<double, 2>> start(static_cast<std::size_t>(height));
  for (int j = 0; j < height; ++j) start[static_cast<std::size_t>(j)] = {r00[0] + j * v[0], r00[1] + j * v[1]};
  if (!view.scan.none()) {
    const double frame = static_cast<double>(width) * height;
    step = displaced(u, {-view.scan.drift_A[0] / frame, -view.scan.drift_A[1] / frame});
    for (int j = 0; j < height; ++j)
      start[static_cast<std::size_t>(j)] = displaced(start[static_cast<std::size_t>(j)], view.displacement_A(0, j));
  }
  Image<double> image(width, height);
  std::vector<Complex> along(static_cast<std::size_t>(width));
  for (int hx = 0; hx <= nx; ++hx) {
    for (int hy = hx == 0 ? 0 : -ny; hy <= ny; ++hy) {
      const Complex coefficient(c[static_cast<std::size_t>(hx + nx) * static_cast<std::size_t>(2 * ny + 1) +
                                  static_cast<std::size_t>(hy + ny)]);
      if (coefficient == 0.0) continue;
      const double qx = hx / cell_A[0], qy = hy / cell_A[1];
      const double weight = hx == 0 && hy == 0 ? 1 : 2;
      for (int i = 0; i < width; ++i) along[static_cast<std::size_t>(i)] = unit(i * (qx * step[0] + qy * step[1]));
      for (int j = 0; j < height; ++j) {
        const auto [x, y] = start[static_cast<std::size_t>(j)];
        const Complex factor = weight * coefficient * unit(qx * x + qy * y);
        double* const out = &image.at(0, j);
        for (int i = 0; i < width; ++i)
          out[i] += factor.real() * along[static_cast<std::size_t>(i)].real() -
                    factor.imag() * along[static_cast<std::size_t>(i)].imag();
      }
    }
  }
  return image;
}

}  // namespace twinmill::imaging

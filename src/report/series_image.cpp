#include "series_image.hpp"

#include <cmath>
#include <numbers>
#include <vector>

#include "twinmill/base/error.hpp"

namespace twinmill::report {

namespace {

/// exp(2 pi i h t) for h = -n..n.
void fill_phases(std::vector<std::complex<double>>& phases, int n, double t) {
  for (int h = 0; h <= n; ++h) {
    const std::complex<double> phase = std::polar(1.0, 2 * std::numbers::pi * h * t);
    phases[static_cast<std::size_t>(n + h)] = phase;
    phases[static_cast<std::size_t>(n - h)] = std::conj(phase);
  }
}

}  // namespace

Image<float> series_image(std::span<const std::complex<float>> series, const store::Shapes& shapes,
                          const store::ExposureRow& exposure, const store::SampleRow& view) {
  const auto columns = static_cast<std::size_t>(shapes.series_y);
  ensure(series.size() == static_cast<std::size_t>(shapes.series_x) * columns, "a series does not fill its box");
  ensure(shapes.series_x % 2 == 1 && shapes.series_y % 2 == 1, "a series has its zero frequency in the middle");
  const int nx = shapes.series_x / 2, ny = shapes.series_y / 2;
  const double angle = exposure.rotation_deg * std::numbers::pi / 180;
  const double cosine = std::cos(angle), sine = std::sin(angle);
  std::vector<std::complex<double>> along_x(static_cast<std::size_t>(shapes.series_x)), along_y(columns);

  Image<float> image(shapes.width, shapes.height);
  for (int iy = 0; iy < shapes.height; ++iy) {
    for (int ix = 0; ix < shapes.width; ++ix) {
      const double px = (ix + 0.5) * view.field_x_A / shapes.width - view.field_x_A / 2;
      const double py = (iy + 0.5) * view.field_y_A / shapes.height - view.field_y_A / 2;
      const double rx = view.origin_x_A + cosine * px + sine * py;
      const double ry = view.origin_y_A - sine * px + cosine * py;
      fill_phases(along_x, nx, rx / exposure.lx_A);
      fill_phases(along_y, ny, ry / exposure.ly_A);
      double value = 0;
      // c[-q] = conj(c[q]): hx > 0 counts twice and the imaginary parts cancel.
      for (int hx = 0; hx <= nx; ++hx) {
        const auto* row = &series[static_cast<std::size_t>(nx + hx) * columns];
        std::complex<double> sum = 0;
        for (std::size_t k = 0; k < columns; ++k) sum += std::complex<double>(row[k]) * along_y[k];
        value += (hx == 0 ? 1 : 2) * (sum * along_x[static_cast<std::size_t>(nx + hx)]).real();
      }
      image.at(ix, iy) = static_cast<float>(value);
    }
  }
  return image;
}

}  // namespace twinmill::report

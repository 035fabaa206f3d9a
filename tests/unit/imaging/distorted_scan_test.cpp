// Images of displaced probes, and whether the labels lie where these images have their peaks.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "twinmill/imaging/acquisition.hpp"
#include "twinmill/imaging/simulate.hpp"

namespace twinmill::imaging {
namespace {

const specimen::Structure atoms{.cell_A = {12, 11, 5},
                                .sites = {{.z = 42, .r_A = {3, 3.2, 1}, .index = 0},
                                          {.z = 16, .r_A = {8.1, 4, 1}, .index = 1},
                                          {.z = 16, .r_A = {5.4, 8.3, 1}, .index = 2}}};

/// A Gaussian of 0.6 A at each site, as a series.
Series peaks() {
  constexpr double width = 0.6;
  constexpr int n = 14;
  Series series{.cell_A = {12, 11}, .nx = n, .ny = n, .c = {}};
  for (int hx = -n; hx <= n; ++hx)
    for (int hy = -n; hy <= n; ++hy) {
      const double qx = hx / 12.0, qy = hy / 11.0;
      std::complex<double> c = 0;
      for (const auto& site : atoms.sites)
        c += std::polar(std::exp(-2 * std::numbers::pi * std::numbers::pi * width * width * (qx * qx + qy * qy)),
                        -2 * std::numbers::pi * (qx * site.r_A[0] + qy * site.r_A[1]));
      series.c.emplace_back(c);
    }
  return series;
}

/// The series at one point, straight from the definition.
double value(const Series& series, std::array<double, 2> r) {
  std::complex<double> sum = 0;
  std::size_t i = 0;
  for (int hx = -series.nx; hx <= series.nx; ++hx)
    for (int hy = -series.ny; hy <= series.ny; ++hy)
      sum += std::complex<double>(series.c[i++]) *
             std::polar(1.0, 2 * std::numbers::pi * (hx * r[0] / series.cell_A[0] + hy * r[1] / series.cell_A[1]));
  return sum.real();
}

specimen::View distorted(const Acquisition& acquisition, std::uint64_t number) {
  specimen::View view{.field_A = {10, 9}, .pixels = {100, 90}, .rotation_deg = 21, .origin_A = {6, 5}};
  view.scan = scan_distortion(acquisition, view.pixels[1], {number, 1});
  return view;
}

TEST(DistortedScan, ShowsTheSeriesUnderTheDisplacedProbe) {
  const Series series = peaks();
  const auto view = distorted({.drift_A = {1.5, -0.7}, .jitter_A = 0.2}, 1);
  const auto image = series.on_view(view);
  for (int iy = 0; iy < 90; iy += 7)
    for (int ix = 0; ix < 100; ix += 9) {
      const double t = (iy * 100 + ix) / 9000.0;
      const auto r = view.to_structure(
          {(ix + 0.5) * 0.1 - 1.5 * t + view.scan.line_A[static_cast<std::size_t>(iy)], (iy + 0.5) * 0.1 + 0.7 * t});
      EXPECT_NEAR(image.at(ix, iy), value(series, r), 1e-4);
    }
}

TEST(DistortedScan, DriftMovesTheLastLineByNearlyAllOfIt) {
  const Series series = peaks();
  auto still = distorted({}, 1);
  const auto drifting = series.on_view(distorted({.drift_A = {0.8, 0.5}}, 1));
  const auto first = series.on_view(still);
  EXPECT_EQ(drifting.at(0, 0), first.at(0, 0));
  // Seen through a scan that is displaced as a whole: the specimen has moved by (+0.8, +0.5).
  const auto origin = still.to_structure({5 - 0.8, 4.5 - 0.5});
  still.origin_A = origin;
  const auto last = series.on_view(still);
  double there = 0, here = 0;
  for (int ix = 0; ix < 100; ++ix) {
    there = std::max(there, std::abs(drifting.at(ix, 89) - last.at(ix, 89)));
    here = std::max(here, std::abs(drifting.at(ix, 89) - first.at(ix, 89)));
  }
  EXPECT_LT(there, 0.05 * here);
}

/// Position of the maximum near `middle` of three values around it, by a parabola.
double summit(double left, double middle, double right) { return 0.5 * (left - right) / (left - 2 * middle + right); }

TEST(DistortedScan, LabelsLieOnThePeaks) {
  const Series series = peaks();
  for (const Acquisition& acquisition : {Acquisition{.drift_A = {1.5, -1.2}}, Acquisition{.jitter_A = 0.3},
                                         Acquisition{.drift_A = {-2, 3}, .jitter_A = 0.3}})
    for (std::uint64_t number = 0; number < 10; ++number) {
      const auto view = distorted(acquisition, number);
      const auto image = series.on_view(view);
      int looked_at = 0;
      for (const auto& site : specimen::seen_sites(atoms, view)) {
        const int ix = static_cast<int>(std::lround(site.x_px)), iy = static_cast<int>(std::lround(site.y_px));
        if (ix < 1 || ix > 98 || iy < 1 || iy > 88) continue;
        ++looked_at;
        // On its line the atom is brightest at x_px, whatever the lines beside it do.
        // (Half a line later the drift has moved it a little further.)
        EXPECT_NEAR(ix + summit(image.at(ix - 1, iy), image.at(ix, iy), image.at(ix + 1, iy)), site.x_px,
                    0.05 + 0.5 * std::abs(acquisition.drift_A[0]) / 90 / 0.1);
        if (acquisition.jitter_A == 0) {
          EXPECT_NEAR(iy + summit(image.at(ix, iy - 1), image.at(ix, iy), image.at(ix, iy + 1)), site.y_px, 0.1);
        }
      }
      EXPECT_GE(looked_at, 1);
    }
}

}  // namespace
}  // namespace twinmill::imaging

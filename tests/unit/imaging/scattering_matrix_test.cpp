// Invariants of the exact image. Small cells, coarse grids: the identities hold at any sampling.
#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <numbers>
#include <numeric>

#include "aberrations.hpp"
#include "aperture.hpp"
#include "constants.hpp"
#include "potential.hpp"
#include "small.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/hash.hpp"
#include "twinmill/specimen/build.hpp"

namespace twinmill::imaging {
namespace {

using specimen::Site;

// Multislice of one probe, straight from the definition and in double.
double probe_image(const specimen::Structure& s, const Multislice& m, const Optics& optics, const Detector& d,
                   double px, double py) {
  using std::numbers::pi;
  const Stack stack = build_stack(s, m);
  const Grid& grid = stack.grid;
  const Transmission transmission(grid, m);
  const double lambda = electron_wavelength_A(m.energy_kev);
  const AberrationFunction chi(optics.aberrations, lambda);
  const fft::Plan2d<double> forward(grid.nx, grid.ny, fft::Direction::forward),
      backward(grid.nx, grid.ny, fft::Direction::backward);
  fft::Buffer<double> wave(grid.size());
  double norm = 0;
  const auto at = [&](int ix, int iy) { return static_cast<std::size_t>(ix) * grid.ny + iy; };
  for (int ix = 0; ix < grid.nx; ++ix) {
    for (int iy = 0; iy < grid.ny; ++iy) {
      const double a = aperture_weight(optics, grid, lambda, Grid::harmonic(ix, grid.nx), Grid::harmonic(iy, grid.ny));
      norm += a * a;
      wave[at(ix, iy)] = std::polar(
          a, -chi(lambda * grid.kx(ix), lambda * grid.ky(iy)) - 2 * pi * (grid.kx(ix) * px + grid.ky(iy) * py));
    }
  }
  for (auto& v : wave) v /= std::sqrt(norm);
  std::size_t next = 0;
  for (int slice = 0; slice < stack.slices; ++slice) {
    backward.execute(wave);
    if (next < stack.planes.size() && stack.planes[next].slice == slice) {
      auto t = transmission.spectrum(stack.planes[next].atoms);
      backward.execute(t);
      for (std::size_t i = 0; i < wave.size(); ++i) wave[i] *= t[i];
      ++next;
    }
    forward.execute(wave);
    for (int ix = 0; ix < grid.nx; ++ix) {
      for (int iy = 0; iy < grid.ny; ++iy) {
        const double k2 = grid.kx(ix) * grid.kx(ix) + grid.ky(iy) * grid.ky(iy);
        wave[at(ix, iy)] *= std::sqrt(k2) < grid.band_limit() ? std::polar(1.0 / static_cast<double>(grid.size()),
                                                                           -pi * lambda * stack.slice_thickness_A * k2)
                                                              : 0;
      }
    }
  }
  double sum = 0;
  for (int ix = 0; ix < grid.nx; ++ix) {
    for (int iy = 0; iy < grid.ny; ++iy) {
      const double mrad = lambda * std::hypot(grid.kx(ix), grid.ky(iy)) * 1e3;
      if (mrad >= d.inner_mrad && mrad < d.outer_mrad) sum += std::norm(wave[at(ix, iy)]);
    }
  }
  return sum;
}

TEST(ScatteringMatrix, IsTheMultisliceOfEveryProbe) {
  const std::vector<Detector> detectors = {{"bf", 0, 12}, {"haadf", 50, 160}};
  const auto series = ScatteringMatrix(small(), coarse, lens, detectors).series(lens);
  for (std::size_t d = 0; d < detectors.size(); ++d) {
    const auto image = series[d].on_cell(5, 4);
    for (const auto& [i, j] : {std::pair{0, 0}, {1, 0}, {3, 2}, {4, 3}}) {
      const double exact = probe_image(small(), coarse, lens, detectors[d], i * 6.4 / 5, j * 5.5 / 4);
      EXPECT_NEAR(image.at(i, j) / exact, 1, 2e-5) << detectors[d].name << " " << i << " " << j;
      const auto plain = plain_multislice(small(), coarse, lens, detectors, {{i * 6.4 / 5, j * 5.5 / 4}});
      EXPECT_NEAR(plain[d][0] / exact, 1, 1e-10) << detectors[d].name << " " << i << " " << j;
    }
  }
}

TEST(ScatteringMatrix, WithoutAtomsInTheWayTheProbeStaysInTheBrightField) {
  specimen::Structure light{.cell_A = {6.4, 5.5, 9}, .sites = {Site{.z = 1, .r_A = {1, 1, 4}}}};
  const auto series = ScatteringMatrix(light, coarse, lens, {{"all", 0, 160}, {"dark", 50, 160}}).series(lens);
  for (const double v : series[0].on_cell(6, 6).data) EXPECT_NEAR(v, 1, 1e-4);
  for (const double v : series[1].on_cell(6, 6).data) EXPECT_LT(v, 1e-3);
}

// A phase grating keeps all electrons; what lies beyond the band limit is cut off, so the sum stays just below 1.
TEST(ScatteringMatrix, AllDetectorsTogetherCountNearlyOne) {
  const double reach = coarse.grid[0] / 3.0 / 6.4 * electron_wavelength_A(80) * 1e3;
  const auto series =
      ScatteringMatrix(small(), coarse, lens, {{"a", 0, 20}, {"b", 20, 60}, {"c", 60, reach}, {"all", 0, reach}})
          .series(lens);
  const auto a = series[0].on_cell(8, 8), b = series[1].on_cell(8, 8), c = series[2].on_cell(8, 8),
             all = series[3].on_cell(8, 8);
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_NEAR(a.data[i] + b.data[i] + c.data[i], all.data[i], 2e-6);
    EXPECT_LE(all.data[i], 1 + 1e-5);
    EXPECT_GT(all.data[i], 0.95);
  }
}

// Relative change of the image when the specimen moves by these fractions of a pixel.
double change_by_shift(std::array<int, 2> grid, double pixels_x, double pixels_y, int oversampling = 1) {
  const Multislice multislice{.energy_kev = 80, .grid = grid, .slice_thickness_A = 0.5, .oversampling = oversampling};
  const auto here = ScatteringMatrix(small(), multislice, lens, haadf).series(lens)[0];
  auto moved = small();
  const double dx = pixels_x * 6.4 / grid[0], dy = pixels_y * 5.5 / grid[1];
  for (auto& site : moved.sites) {
    site.r_A[0] = std::fmod(site.r_A[0] + dx, 6.4);
    site.r_A[1] = std::fmod(site.r_A[1] + dy, 5.5);
  }
  const auto there = ScatteringMatrix(moved, multislice, lens, haadf).series(lens)[0];
  specimen::View view{.field_A = {6.4, 5.5}, .pixels = {16, 16}, .rotation_deg = 0, .origin_A = {3.2, 2.75}};
  const auto image = here.on_view(view);
  view.origin_A = {3.2 + dx, 2.75 + dy};
  return difference(there.on_view(view), image);
}

TEST(ScatteringMatrix, ShiftByWholePixelsMovesTheImageAndChangesNothing) {
  EXPECT_LT(change_by_shift({80, 72}, 1, 3), 1e-5);
}

// Atoms are placed exactly; what is left between the pixels is the folding of exp(i sigma V) into the band, which
// vanishes where the exponential is formed on a finer grid (docs/physics.md).
TEST(ScatteringMatrix, ShiftByAFractionOfAPixelMovesTheImageAndChangesNothing) {
  EXPECT_LT(change_by_shift({80, 72}, 0.37, 0.21, 4), 1e-4);
  EXPECT_LT(change_by_shift({128, 108}, 0.37, 0.21, 3), 1e-4);
  EXPECT_LT(change_by_shift({128, 108}, 0.37, 0.21, 4), 2e-5);
  EXPECT_GT(change_by_shift({128, 108}, 0.37, 0.21, 1), 1e-3);  // What other codes do.
}

TEST(ScatteringMatrix, VacuumAboveIsDefocusAndBelowIsNothing) {
  auto high = small();
  high.cell_A[2] = 15;
  const auto base = ScatteringMatrix(high, coarse, lens, haadf).series(lens)[0].on_cell(12, 12);
  for (auto& site : high.sites) site.r_A[2] += 5;  // Ten slices of 0.5 A further down.
  auto nearer = lens;
  nearer.aberrations[0].value -= 5;  // exp(-i pi lambda dz k^2) is the phase of C10 = +dz.
  const auto low = ScatteringMatrix(high, coarse, nearer, haadf).series(nearer)[0].on_cell(12, 12);
  EXPECT_LT(difference(low, base), 1e-5);
}

TEST(ScatteringMatrix, OtherOpticsReuseIt) {
  const ScatteringMatrix matrix(small(), coarse, lens, haadf);
  const Optics narrow{.semiangle_mrad = 15, .edge = ApertureEdge::hard, .aberrations = {{"C10", 60}}};
  EXPECT_LT(difference(matrix.series(narrow)[0].on_cell(10, 10),
                       ScatteringMatrix(small(), coarse, narrow, haadf).series(narrow)[0].on_cell(10, 10)),
            1e-5);
  EXPECT_THROW(matrix.series({.semiangle_mrad = 30, .edge = ApertureEdge::area, .aberrations = {}}), Error);
}

TEST(ScatteringMatrix, TurnedSpecimenIsTheSameImageSeenTurned) {
  // A quarter turn maps the periodic cell onto itself with x and y exchanged, so both ways can be computed.
  auto turned = small();
  turned.cell_A = {5.5, 6.4, 9};
  for (auto& site : turned.sites) site.r_A = {5.5 - site.r_A[1], site.r_A[0], site.r_A[2]};  // r' = R(90) r + (Ly, 0)
  const auto direct =
      ScatteringMatrix(turned, {.energy_kev = 80, .grid = {72, 80}, .slice_thickness_A = 0.5}, lens, haadf)
          .series(lens)[0];
  const auto lens_turned = rotated(lens, 90);
  const auto series = ScatteringMatrix(small(), coarse, lens_turned, haadf).series(lens_turned)[0];
  const specimen::View plain{.field_A = {4, 4}, .pixels = {20, 20}, .rotation_deg = 0, .origin_A = {5.5 - 2.0, 3.0}};
  const specimen::View quarter{.field_A = {4, 4}, .pixels = {20, 20}, .rotation_deg = 90, .origin_A = {3.0, 2.0}};
  EXPECT_LT(difference(series.on_view(quarter), direct.on_view(plain)), 1e-5);
}

TEST(ScatteringMatrix, SameBitsEveryTime) {
  const auto bits = [&] {
    return checksum(bytes_of(ScatteringMatrix(small(), coarse, lens, haadf).series(lens)[0].c));
  };
  EXPECT_EQ(bits(), bits());
}

TEST(ScatteringMatrix, DetectorBeyondTheBandLimitIsRefusedWithTheGridThatWouldDo) {
  try {
    ScatteringMatrix(small(), coarse, lens, {{"haadf", 50, 400}});
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.fault(), Fault::input);
    EXPECT_NE(std::string(e.what()).find("Use at least 184x159?"), std::string::npos) << e.what();
  }
}

TEST(ScatteringMatrix, ProgressCanStopIt) {
  struct Stopped {};
  EXPECT_THROW(ScatteringMatrix(small(), coarse, lens, {{"haadf", 50, 160}}, [](double) { throw Stopped(); }), Stopped);
}

TEST(Series, CellAndViewAgree) {
  const auto series = ScatteringMatrix(small(), coarse, lens, {{"haadf", 50, 160}}).series(lens)[0];
  const auto cell = series.on_cell(16, 12);
  // Pixel centres of this view fall on (i Lx/16, j Ly/12).
  const specimen::View view{.field_A = {6.4, 5.5},
                            .pixels = {16, 12},
                            .rotation_deg = 0,
                            .origin_A = {3.2 - 0.5 * 6.4 / 16, 2.75 - 0.5 * 5.5 / 12}};
  EXPECT_LT(difference(series.on_view(view), cell), 1e-12);
}

}  // namespace
}  // namespace twinmill::imaging

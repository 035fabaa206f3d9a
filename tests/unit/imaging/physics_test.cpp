// What a user can switch on: phonons, spreads, tilts, segments, moments. Each against its definition.
#include <gtest/gtest.h>

#include <complex>
#include <numbers>

#include "constants.hpp"
#include "phonons.hpp"
#include "potential.hpp"
#include "small.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::imaging {
namespace {

using std::numbers::pi;

Image<double> image(const ScatteringMatrix& matrix, const Optics& optics, std::size_t detector = 0) {
  return matrix.series(optics)[detector].on_cell(12, 10);
}

TEST(Phonons, AverageTheImagesOfTheirConfigurations) {
  Multislice m = coarse;
  m.phonons = {.configurations = 3, .rms_A = {{42, 0.05}}, .key = {7, 9}};
  Image<double> mean(12, 10);
  for (int c = 0; c < 3; ++c) {
    const auto one = image(ScatteringMatrix(displaced(small(), m.phonons, c), coarse, lens, haadf), lens);
    for (std::size_t i = 0; i < mean.size(); ++i) mean.data[i] += one.data[i] / 3;
  }
  const ScatteringMatrix matrix(small(), m, lens, haadf);
  EXPECT_LT(difference(image(matrix, lens), mean), 1e-5);
  const double error = matrix.phonon_error(lens)[0];
  EXPECT_GT(error, 1e-3);
  EXPECT_LT(error, 0.5);
  EXPECT_EQ(ScatteringMatrix(small(), coarse, lens, haadf).phonon_error(lens)[0], 0);
}

TEST(Phonons, StandardErrorFallsWithTheSquareRootOfTheCount) {
  Multislice m = coarse;
  double few = 0, many = 0;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    m.phonons = {.configurations = 4, .rms_A = {}, .key = {seed, 0}};
    few += ScatteringMatrix(small(), m, lens, haadf).phonon_error(lens)[0];
    m.phonons.configurations = 36;
    many += ScatteringMatrix(small(), m, lens, haadf).phonon_error(lens)[0];
  }
  EXPECT_NEAR(few / many, 3, 1.2);
}

TEST(Phonons, DisplaceByTheTableTheElementOrTheAtomAndTheSameEveryTime) {
  auto s = small();
  s.sites[3].rms_A = 0.2;
  const Phonons phonons{.configurations = 1, .rms_A = {{16, 0.01}}, .key = {1, 2}};
  std::array<double, 4> square{};
  constexpr int n = 2000;
  for (int c = 0; c < n; ++c) {
    const auto moved = displaced(s, phonons, c);
    for (std::size_t i = 0; i < 4; ++i) {
      square[i] += std::pow(moved.sites[i].r_A[0] - s.sites[i].r_A[0], 2) / n;
      EXPECT_EQ(moved.sites[i].r_A[2], s.sites[i].r_A[2]);
    }
  }
  EXPECT_NEAR(std::sqrt(square[0]), rms_displacement_A(42), 0.05 * 0.06);
  EXPECT_NEAR(std::sqrt(square[1]), 0.01, 0.05 * 0.01);
  EXPECT_NEAR(std::sqrt(square[3]), 0.2, 0.05 * 0.2);
  EXPECT_DOUBLE_EQ(rms_displacement_A(42), 0.06);  // The table's working value for molybdenum.
  EXPECT_DOUBLE_EQ(rms_displacement_A(78), 0.1);   // No row: the generic one.
  EXPECT_EQ(displaced(s, phonons, 5).sites[2].r_A, displaced(s, phonons, 5).sites[2].r_A);
  auto alone = s;
  alone.sites.erase(alone.sites.begin(), alone.sites.begin() + 2);
  EXPECT_EQ(displaced(alone, phonons, 5).sites[0].r_A, displaced(s, phonons, 5).sites[2].r_A);
}

TEST(Phonons, MoveTheAtomsOfBothGrainsIndependently) {
  specimen::Structure s{.cell_A = {20, 20, 12}, .sites = {}};
  for (const int grain : {0, 1})
    s.sites.push_back({.z = 42, .r_A = {5, 5, 6.0 + grain}, .index = 3, .image = {1, 2}, .grain = grain});
  const auto moved = displaced(s, {.configurations = 1, .rms_A = {}, .key = {1, 1}}, 0);
  EXPECT_NE(moved.sites[0].r_A[0], moved.sites[1].r_A[0]);
  EXPECT_NE(moved.sites[0].r_A[1], moved.sites[1].r_A[1]);
}

TEST(FocalSpread, IsTheMeanOverDefoci) {
  const ScatteringMatrix matrix(small(), coarse, lens, haadf);
  constexpr double sigma = 30;
  Image<double> mean(12, 10);
  double total = 0;
  for (double u = -4; u <= 4; u += 0.25) {
    auto shifted = lens;
    shifted.aberrations[0].value += u * sigma;
    const auto one = image(matrix, shifted);
    const double weight = std::exp(-u * u / 2);
    for (std::size_t i = 0; i < mean.size(); ++i) mean.data[i] += weight * one.data[i];
    total += weight;
  }
  for (auto& v : mean.data) v /= total;
  auto spread = lens;
  spread.focal_spread_A = sigma;
  EXPECT_LT(difference(image(matrix, spread), mean), 1e-4);
  EXPECT_GT(difference(image(matrix, lens), mean), 1e-2);
}

TEST(Source, BlursByAGaussian) {
  const auto series = ScatteringMatrix(small(), coarse, lens, haadf).series(lens)[0];
  // Averaging the image over normally distributed displacements of the probe.
  constexpr double fwhm = 0.8, sigma = fwhm / 2.3548200450309493;
  const auto at = [&](const Series& s, double x, double y) {
    const specimen::View point{.field_A = {0.01, 0.01}, .pixels = {1, 1}, .rotation_deg = 0, .origin_A = {x, y}};
    return s.on_view(point).at(0, 0);
  };
  double mean = 0, total = 0;
  for (double u = -4; u <= 4; u += 0.5) {
    for (double v = -4; v <= 4; v += 0.5) {
      const double weight = std::exp(-(u * u + v * v) / 2);
      mean += weight * at(series, 1.3 + u * sigma, 2.1 + v * sigma);
      total += weight;
    }
  }
  EXPECT_NEAR(at(series.blurred(fwhm), 1.3, 2.1) / (mean / total), 1, 1e-4);
}

TEST(BeamTilt, ByOneBeamMovesTheApertureByOneBeam) {
  // On the lattice of beams a tilt is a shift of the aperture; without aberrations and atoms the pattern moves along.
  Optics tilted{.semiangle_mrad = 15, .edge = ApertureEdge::hard, .aberrations = {}};
  const double one_beam_mrad = 41.7572 / 6.4;
  tilted.beam_tilt_mrad = {2 * one_beam_mrad, 0};
  specimen::Structure nearly_empty{.cell_A = {6.4, 5.5, 9}, .sites = {specimen::Site{.z = 1, .r_A = {1, 1, 4}}}};
  const std::vector<Detector> halves = {{"right", 0, 60, -90, 90}, {"left", 0, 60, 90, 270}};
  const ScatteringMatrix matrix(nearly_empty, coarse, tilted, halves);
  EXPECT_GT(image(matrix, tilted, 0).at(3, 3), 0.8);
  EXPECT_LT(image(matrix, tilted, 1).at(3, 3), 0.2);
  // Against the plain method, with everything on.
  auto all = lens;
  all.beam_tilt_mrad = {4, -3};
  const auto exact = image(ScatteringMatrix(small(), coarse, all, haadf), all);
  const auto plain = plain_multislice(small(), coarse, all, haadf, {{0, 0}, {6.4 * 3 / 12, 5.5 * 2 / 10}});
  EXPECT_NEAR(exact.at(0, 0) / plain[0][0], 1, 2e-5);
  EXPECT_NEAR(exact.at(3, 2) / plain[0][1], 1, 2e-5);
}

TEST(SpecimenTilt, ShearsTheSpecimen) {
  Multislice tilted = coarse;
  tilted.specimen_tilt_mrad = {40, -25};
  auto sheared = small();
  for (auto& site : sheared.sites) {
    const double depth = std::floor(site.r_A[2] / 0.5) * 0.5;
    site.r_A[0] += depth * std::tan(0.040);
    site.r_A[1] += depth * std::tan(-0.025);
  }
  EXPECT_LT(difference(image(ScatteringMatrix(small(), tilted, lens, haadf), lens),
                       image(ScatteringMatrix(sheared, coarse, lens, haadf), lens)),
            1e-6);
  EXPECT_GT(difference(image(ScatteringMatrix(small(), tilted, lens, haadf), lens),
                       image(ScatteringMatrix(small(), coarse, lens, haadf), lens)),
            1e-2);
}

TEST(Segments, OfARingAddUpToIt) {
  std::vector<Detector> detectors = {{"ring", 20, 60}};
  for (int i = 0; i < 4; ++i) detectors.push_back({"s", 20, 60, -30.0 + 90 * i, 60.0 + 90 * i});
  const ScatteringMatrix matrix(small(), coarse, lens, detectors);
  const auto ring = image(matrix, lens);
  Image<double> sum(12, 10);
  for (std::size_t i = 1; i <= 4; ++i) {
    const auto one = image(matrix, lens, i);
    EXPECT_GT(difference(one, ring), 0.1);
    for (std::size_t p = 0; p < sum.size(); ++p) sum.data[p] += one.data[p];
  }
  EXPECT_LT(difference(sum, ring), 1e-5);
}

TEST(CentreOfMass, IsTheFirstMomentOfThePattern) {
  const std::vector<Detector> detectors = {
      {.name = "x", .inner_mrad = 0, .outer_mrad = 160, .signal = Signal::moment_x},
      {.name = "y", .inner_mrad = 0, .outer_mrad = 160, .signal = Signal::moment_y}};
  const ScatteringMatrix matrix(small(), coarse, lens, detectors);
  const std::vector<std::array<double, 2>> at = {{1.6, 1.1}, {3.2, 4.4}};
  const auto plain = plain_multislice(small(), coarse, lens, detectors, at);
  for (std::size_t d = 0; d < 2; ++d) {
    const auto moment = image(matrix, lens, d);
    EXPECT_NEAR(moment.at(3, 2), plain[d][0], 1e-3) << d;
    EXPECT_NEAR(moment.at(6, 8), plain[d][1], 1e-3) << d;
  }
  // The sheet as a whole deflects nobody: over the cell the moment averages to nearly nothing of its range.
  const auto x = image(matrix, lens, 0);
  double mean = 0, largest = 0;
  for (const double v : x.data) {
    mean += v / static_cast<double>(x.size());
    largest = std::max(largest, std::abs(v));
  }
  EXPECT_GT(largest, 0.3);
  EXPECT_LT(std::abs(mean), 0.2 * largest);
  EXPECT_THROW(rotated(detectors[0], 30), Error);
}

TEST(Segments, TurnAgainstTheSpecimen) {
  // A quarter turn maps the periodic cell onto itself with x and y exchanged, so both ways can be computed.
  auto turned = small();
  turned.cell_A = {5.5, 6.4, 9};
  for (auto& site : turned.sites) site.r_A = {5.5 - site.r_A[1], site.r_A[0], site.r_A[2]};
  const Detector quarter{"q", 25, 100, -20, 70};
  const auto direct =
      ScatteringMatrix(turned, {.energy_kev = 80, .grid = {72, 80}, .slice_thickness_A = 0.5}, lens, {quarter})
          .series(lens)[0];
  const auto lens_turned = rotated(lens, 90);
  const auto series = ScatteringMatrix(small(), coarse, lens_turned, {rotated(quarter, 90)}).series(lens_turned)[0];
  const specimen::View plain{.field_A = {4, 4}, .pixels = {20, 20}, .rotation_deg = 0, .origin_A = {5.5 - 2.0, 3.0}};
  const specimen::View view{.field_A = {4, 4}, .pixels = {20, 20}, .rotation_deg = 90, .origin_A = {3.0, 2.0}};
  EXPECT_LT(difference(series.on_view(view), direct.on_view(plain)), 1e-5);
}

// Kirkland 2010, Fig. 5.12: C, Si, Cu, Au, U in a row, bright-field phase contrast at 200 kV.
TEST(Hrtem, IsKirklandsFigureOfFiveAtoms) {
  specimen::Structure row{.cell_A = {50, 50, 10}, .sites = {}};
  const std::array<int, 5> z = {6, 14, 29, 79, 92};
  for (std::size_t i = 0; i < 5; ++i)
    row.sites.push_back({.z = z[i], .r_A = {5 + 10.0 * static_cast<double>(i), 25, 5}});
  const auto result =
      hrtem(row, {.energy_kev = 200, .grid = {512, 512}, .slice_thickness_A = 10, .scattering = Scattering::kirkland},
            {.semiangle_mrad = 10.37, .edge = ApertureEdge::hard, .aberrations = {{"defocus", 700}, {"Cs", 1.3e7}}});
  EXPECT_NEAR(*std::min_element(result.image.begin(), result.image.end()), 0.72, 0.01);
  EXPECT_NEAR(*std::max_element(result.image.begin(), result.image.end()), 1.03, 0.01);
}

TEST(Hrtem, FocalSpreadDampsAndBeamTiltOnTheLatticeIsAShiftOfFrequencies) {
  Optics objective{.semiangle_mrad = 30, .edge = ApertureEdge::hard, .aberrations = {{"defocus", 60}}};
  const auto sharp = hrtem(small(), coarse, objective).image;
  objective.focal_spread_A = 60;
  const auto damped = hrtem(small(), coarse, objective).image;
  const auto contrast = [](const std::vector<double>& image) {
    double mean = 0, square = 0;
    for (const double v : image) mean += v / static_cast<double>(image.size());
    for (const double v : image) square += (v - mean) * (v - mean) / static_cast<double>(image.size());
    return std::sqrt(square) / mean;
  };
  EXPECT_LT(contrast(damped), 0.9 * contrast(sharp));
  // Without lens and with all frequencies, tilting shears the exit wave: a far detector sees the same intensity sum.
  objective.focal_spread_A = 0;
  objective.beam_tilt_mrad = {6, 0};
  const auto tilted = hrtem(small(), coarse, objective).image;
  EXPECT_NE(tilted, sharp);
  for (const double v : tilted) EXPECT_TRUE(std::isfinite(v));
}

// A thin light specimen is a weak phase object: what is odd in the lens's phase is 2 sigma F^-1[V(k) A(k) sin(chi)].
TEST(Hrtem, OfALightSpecimenIsTheWeakPhaseImage) {
  const specimen::Structure light{.cell_A = {8, 8, 1}, .sites = {specimen::Site{.z = 1, .r_A = {3, 4, 0}}}};
  const Multislice m{.energy_kev = 300, .grid = {96, 96}, .slice_thickness_A = 1};
  Optics objective{.semiangle_mrad = 20, .edge = ApertureEdge::hard, .aberrations = {{"defocus", 400}}};
  const auto image = hrtem(light, m, objective).image;
  objective.aberrations[0].value = -400;
  const auto opposite = hrtem(light, m, objective).image;

  const Grid grid{96, 96, 8, 8};
  const double lambda = electron_wavelength_A(300), sigma = interaction(300);
  const auto v = Transmission(grid, m).potential(light.sites);
  fft::Buffer<double> wave(v.begin(), v.end());
  fft::Plan2d<double>(96, 96, fft::Direction::forward).execute(wave);
  for (int ix = 0; ix < 96; ++ix) {
    for (int iy = 0; iy < 96; ++iy) {
      const double k2 = std::pow(grid.kx(ix), 2) + std::pow(grid.ky(iy), 2);
      const double chi = -pi * lambda * 400 * k2;
      wave[static_cast<std::size_t>(ix * 96 + iy)] *=
          std::sqrt(k2) * lambda <= 20e-3 ? 2 * sigma * std::sin(chi) / (96.0 * 96.0) : 0;
    }
  }
  fft::Plan2d<double>(96, 96, fft::Direction::backward).execute(wave);
  double largest = 0, worst = 0;
  for (std::size_t i = 0; i < image.size(); ++i) {
    const double odd = (image[i] - opposite[i]) / 2;
    largest = std::max(largest, std::abs(odd));
    worst = std::max(worst, std::abs(odd - wave[i].real()));
  }
  EXPECT_GT(largest, 1e-3);
  EXPECT_LT(worst, 1e-5);
}

}  // namespace
}  // namespace twinmill::imaging

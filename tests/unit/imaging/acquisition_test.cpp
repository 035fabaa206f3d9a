#include "twinmill/imaging/acquisition.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace twinmill::imaging {
namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
const Hash128 key{5, 6};

struct Moments {
  double mean = 0, variance = 0;
};
template <class T>
Moments moments(const std::vector<T>& values, double unit = 1) {
  const double n = static_cast<double>(values.size());
  Moments m;
  for (const double v : values) m.mean += v * unit / n;
  for (const double v : values) m.variance += (v * unit - m.mean) * (v * unit - m.mean) / n;
  return m;
}

TEST(Noise, DoseIsElectronsPerSquareAngstrom) {
  // 16 A x 16 A at 128 x 128: (1/8 A)^2 a pixel.
  EXPECT_DOUBLE_EQ(electrons_per_pixel(6400, 0.125 * 0.125), 100);
}

TEST(Noise, VarianceEqualsTheMeanAtEveryDose) {
  for (const double electrons : {10.0, 1e3, 1e6}) {
    const Image<double> flat(300, 300, 0.02);
    RandomStream stream({1, 1}, "noise");
    const auto noisy = poisson(flat, electrons, stream);
    double sum = 0, squares = 0;
    for (const double v : noisy.data) {
      const double counts = v * electrons;
      EXPECT_NEAR(counts, std::round(counts), 1e-3 + 1e-6 * counts);  // Whole electrons.
      sum += counts;
      squares += (counts - 0.02 * electrons) * (counts - 0.02 * electrons);
    }
    const double n = 90000, mean = 0.02 * electrons;
    EXPECT_NEAR(sum / n, mean, 5 * std::sqrt(mean / n));
    EXPECT_NEAR(squares / n, mean, 5 * std::sqrt((2 * mean * mean + mean) / n));
  }
}

TEST(Noise, InfiniteDoseIsTheImageItself) {
  Image<double> image(3, 1);
  image.data = {0.5, 0.25, -1e-12};
  RandomStream stream({1, 1}, "noise");
  EXPECT_EQ(poisson(image, infinite, stream).data, (std::vector<double>{0.5, 0.25, 0}));
}

TEST(Dark, AddsItsVarianceToThatOfTheCounts) {
  const Image<double> flat(300, 300, 0.02);
  for (const double electrons : {50.0, 5000.0}) {
    const auto images = record({flat}, {.dark_electrons = 3}, {.electrons = electrons}, key);
    const auto m = moments(images[0].data, electrons);
    const double expected = 0.02 * electrons + 9;
    EXPECT_NEAR(m.mean, 0.02 * electrons, 5 * std::sqrt(expected / 90000));
    EXPECT_NEAR(m.variance, expected, 5 * expected * std::sqrt(2.5 / 90000));
    EXPECT_EQ(*std::ranges::min_element(images[0].data) < 0, electrons < 100);  // After the level was subtracted.
  }
}

TEST(Gain, SpreadAddsCountsTimesItsSquare) {
  const Image<double> flat(300, 300, 0.02);
  for (const double electrons : {20.0, 500.0, 1e5}) {
    for (const double spread : {0.3, 1.2}) {
      const double counts = 0.02 * electrons, expected = counts * (1 + spread * spread);
      const auto image = record({flat}, {.gain_spread = spread}, {.electrons = electrons}, key)[0];
      const auto m = moments(image.data, electrons);
      EXPECT_NEAR(m.mean, counts, 5 * std::sqrt(expected / 90000)) << electrons << " " << spread;
      EXPECT_NEAR(m.variance / expected, 1, 5 * std::sqrt((2 + 20 / counts) / 90000)) << electrons << " " << spread;
      EXPECT_GE(*std::ranges::min_element(image.data), 0);
      // Alone: of a number of electrons that does not fluctuate.
      const auto alone = record({flat}, {.poisson = false, .gain_spread = spread}, {.electrons = electrons}, key)[0];
      EXPECT_NEAR(moments(alone.data, electrons).variance / (counts * spread * spread), 1,
                  5 * std::sqrt((2 + 20 / counts) / 90000));
    }
  }
}

TEST(Gain, ErrorIsOneFactorOfEachImage) {
  Image<double> image(2, 1);
  image.data = {0.25, 0.5};
  std::vector<double> factors;
  for (std::uint64_t i = 0; i < 20000; ++i) {
    RandomStream stream({i, 1}, "gain");
    const auto wrong = gain(image, infinite, 0, 0.2, stream);
    EXPECT_DOUBLE_EQ(wrong.data[1], 2 * wrong.data[0]);
    factors.push_back(wrong.data[0] / 0.25);
  }
  const auto m = moments(factors);
  EXPECT_NEAR(m.mean, 1, 5 * 0.2 / std::sqrt(20000.0));
  EXPECT_NEAR(std::sqrt(m.variance), 0.2, 0.01);
}

TEST(Contamination, HasItsMeanAndIsNeverNegative) {
  for (const double length : {1.0, 5.0, 200.0}) {
    RandomStream stream(key, "contamination");
    const auto layer = contamination({16, 12}, {64, 48}, length, stream);
    EXPECT_NEAR(moments(layer.data).mean, 1, 1e-12);
    EXPECT_GE(*std::ranges::min_element(layer.data), 0);
    EXPECT_EQ(moments(layer.data).variance > 0.3, length < 6) << length;
  }
}

TEST(Contamination, ForgetsItselfOverItsLength) {
  // 60 lengths across: correlation at r is exp(-(r / length)^2).
  RandomStream stream(key, "contamination");
  const auto layer = contamination({180, 180}, {360, 360}, 3, stream);
  const auto m = moments(layer.data);
  EXPECT_NEAR(m.variance, 1, 0.2);  // Exponential distribution: the variance is the mean squared.
  const auto correlation = [&](int dx, int dy) {
    double sum = 0;
    for (int y = 0; y + dy < 360; ++y)
      for (int x = 0; x + dx < 360; ++x) sum += (layer.at(x, y) - 1) * (layer.at(x + dx, y + dy) - 1);
    return sum / ((360 - dx) * (360 - dy) * m.variance);
  };
  for (const int pixels : {2, 4, 6, 9, 20}) {
    EXPECT_NEAR(correlation(pixels, 0), std::exp(-pixels * pixels / 36.0), 0.06) << pixels;
    EXPECT_NEAR(correlation(0, pixels), std::exp(-pixels * pixels / 36.0), 0.06) << pixels;
  }
  EXPECT_NEAR(correlation(4, 4), std::exp(-32 / 36.0), 0.06);
}

TEST(Contamination, DoesNotDependOnThePixels) {
  RandomStream stream(key, "contamination"), again(key, "contamination");
  const auto coarse = contamination({16, 12}, {16, 12}, 4, stream), fine = contamination({16, 12}, {48, 36}, 4, again);
  const double unit = coarse.at(0, 0) / fine.at(1, 1);  // The means are those of different points.
  EXPECT_NEAR(unit, 1, 0.05);
  for (int y = 0; y < 12; ++y)
    for (int x = 0; x < 16; ++x)
      EXPECT_NEAR(coarse.at(x, y), unit * fine.at(3 * x + 1, 3 * y + 1), 1e-9 * (1 + coarse.at(x, y)));
}

TEST(Contamination, IsOneLayerForAllDetectorsRelativeToTheirMeans) {
  Image<double> haadf(40, 40, 0.02), bf(40, 40, 0.5);
  bf.at(3, 3) = 0.9;
  const auto images = record({haadf, bf}, {.contamination = 0.5, .contamination_length_A = 3, .poisson = false},
                             {.electrons = infinite}, key);
  EXPECT_NEAR(moments(images[0].data).mean, 1.5 * 0.02, 1e-8);
  EXPECT_NEAR(moments(images[1].data).mean, 1.5 * moments(bf.data).mean, 1e-6);
  for (std::size_t i = 0; i < haadf.size(); ++i)
    EXPECT_NEAR((images[0].data[i] - haadf.data[i]) / 0.02, (images[1].data[i] - bf.data[i]) / moments(bf.data).mean,
                1e-5);
}

TEST(Jitter, MovesLinesByItsStandardDeviation) {
  const auto scan = scan_distortion({.jitter_A = 0.3}, 20000, key);
  const auto m = moments(scan.line_A);
  EXPECT_NEAR(m.mean, 0, 5 * 0.3 / std::sqrt(20000.0));
  EXPECT_NEAR(std::sqrt(m.variance), 0.3, 5 * 0.3 / std::sqrt(40000.0));
  double neighbours = 0;
  for (std::size_t i = 1; i < scan.line_A.size(); ++i) neighbours += scan.line_A[i] * scan.line_A[i - 1];
  EXPECT_NEAR(neighbours / 20000, 0, 5 * 0.09 / std::sqrt(20000.0));
  EXPECT_TRUE(scan_distortion({}, 100, key).none());
}

TEST(Record, DefaultIsPoissonNoiseAlone) {
  Image<double> a(20, 20, 0.1), b(20, 20, 0.3);
  const auto images = record({a, b}, {}, {.electrons = 77}, key);
  RandomStream noise(key, "noise");
  for (const auto& [recorded, exact] : {std::pair{images[0], a}, {images[1], b}}) {
    const auto expected = poisson(exact, 77, noise);
    for (std::size_t i = 0; i < exact.size(); ++i) EXPECT_EQ(recorded.data[i], static_cast<float>(expected.data[i]));
  }
}

TEST(Record, WithoutANumberOfElectronsOnlyFactorsAndBackgroundsAct) {
  const Image<double> image(8, 8, 0.125);
  const auto recorded = record({image}, {.gain_spread = 1, .dark_electrons = 100}, {.electrons = infinite}, key);
  EXPECT_EQ(recorded[0].data, std::vector<float>(64, 0.125F));
}

// A stage that is switched on changes no random number of another.
TEST(Record, StagesHaveTheirOwnStreams) {
  const Image<double> flat(50, 50, 0.1);
  const Exposed exposed{.electrons = 1000};
  const auto plain = record({flat}, {}, exposed, key)[0];
  const auto wrong = record({flat}, {.gain_error = 0.3}, exposed, key)[0];
  const auto dark_only = record({flat}, {.poisson = false, .dark_electrons = 4}, exposed, key)[0];
  const auto both = record({flat}, {.gain_error = 0.3, .dark_electrons = 4}, exposed, key)[0];
  const double factor = wrong.data[0] / plain.data[0];
  EXPECT_GT(std::abs(factor - 1), 1e-3);
  for (std::size_t i = 0; i < flat.size(); ++i) {
    EXPECT_NEAR(wrong.data[i], factor * plain.data[i], 1e-6);
    EXPECT_NEAR(both.data[i] - wrong.data[i], dark_only.data[i] - 0.1, 1e-6);
  }
  EXPECT_EQ(scan_distortion({.drift_A = {1, 2}, .jitter_A = 0.1, .dark_electrons = 4}, 50, key).line_A,
            scan_distortion({.jitter_A = 0.1}, 50, key).line_A);
}

}  // namespace
}  // namespace twinmill::imaging

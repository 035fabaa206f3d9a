#include "twinmill/base/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <vector>

#include "twinmill/base/error.hpp"

namespace twinmill {
namespace {

TEST(RandomStream, NamedByKeyAndPurposeOnly) {
  RandomStream a({1, 2}, "noise"), b({1, 2}, "noise"), c({1, 2}, "sites"), d({1, 3}, "noise");
  const auto first = a.bits64();
  EXPECT_EQ(first, b.bits64());
  EXPECT_NE(first, c.bits64());
  EXPECT_NE(first, d.bits64());
}

TEST(RandomStream, UniformFillsTheUnitInterval) {
  RandomStream s({5, 6}, "uniform");
  double sum = 0, squares = 0;
  constexpr int n = 100000;
  for (int i = 0; i < n; ++i) {
    const double u = s.uniform();
    ASSERT_GE(u, 0);
    ASSERT_LT(u, 1);
    sum += u;
    squares += u * u;
  }
  EXPECT_NEAR(sum / n, 0.5, 5 * std::sqrt(1.0 / 12 / n));
  EXPECT_NEAR(squares / n, 1.0 / 3, 5 * std::sqrt(4.0 / 45 / n));
}

TEST(RandomStream, BelowReachesEveryValueEvenly) {
  RandomStream s({7, 8}, "below");
  std::vector<int> hits(7);
  constexpr int n = 70000;
  for (int i = 0; i < n; ++i) ++hits.at(s.below(7));
  for (const int h : hits) EXPECT_NEAR(h, n / 7.0, 5 * std::sqrt(n / 7.0));
  EXPECT_THROW((void)s.below(0), Error);
}

TEST(RandomStream, NormalHasMeanZeroAndVarianceOne) {
  RandomStream s({9, 1}, "normal");
  constexpr int n = 100000;
  double sum = 0, squares = 0, fourth = 0;
  for (int i = 0; i < n; ++i) {
    const double x = s.normal();
    sum += x;
    squares += x * x;
    fourth += x * x * x * x;
  }
  EXPECT_NEAR(sum / n, 0, 5 / std::sqrt(n));
  EXPECT_NEAR(squares / n, 1, 5 * std::sqrt(2.0 / n));
  EXPECT_NEAR(fourth / n, 3, 5 * std::sqrt(96.0 / n));
}

class Poisson : public ::testing::TestWithParam<double> {};

TEST_P(Poisson, VarianceEqualsTheMean) {
  const double mean = GetParam();
  RandomStream s({3, 4}, "poisson");
  constexpr int n = 200000;
  double sum = 0, squares = 0;
  for (int i = 0; i < n; ++i) {
    const auto k = static_cast<double>(s.poisson(mean));
    sum += k;
    squares += (k - mean) * (k - mean);
  }
  EXPECT_NEAR(sum / n, mean, 5 * std::sqrt(mean / n) + 1e-12);
  // Var of (k - mean)^2 is 2 mean^2 + mean.
  EXPECT_NEAR(squares / n, mean, 5 * std::sqrt((2 * mean * mean + mean) / n) + 1e-12);
}

INSTANTIATE_TEST_SUITE_P(Means, Poisson, ::testing::Values(0.0, 0.01, 0.5, 3.0, 9.99, 10.0, 25.0, 400.0, 1e5, 1e7));

TEST(Poisson, FollowsTheDistributionAtTheSwitchOfMethods) {
  for (const double mean : {9.5, 10.5}) {
    RandomStream s({11, 4}, "poisson");
    constexpr int n = 200000;
    std::vector<int> hits(60);
    for (int i = 0; i < n; ++i) ++hits.at(s.poisson(mean));
    double chi2 = 0;
    int bins = 0;
    for (int k = 0; k < 60; ++k) {
      const double expected = n * std::exp(k * std::log(mean) - mean - std::lgamma(k + 1.0));
      if (expected < 10) continue;
      chi2 +=
          (hits[static_cast<std::size_t>(k)] - expected) * (hits[static_cast<std::size_t>(k)] - expected) / expected;
      ++bins;
    }
    EXPECT_LT(chi2, bins + 5 * std::sqrt(2.0 * bins)) << mean;
  }
}

TEST(RandomStream, GammaHasItsMoments) {
  for (const double shape : {0.05, 0.7, 1.0, 4.5, 1e4}) {
    RandomStream s({2, 4}, "gamma");
    constexpr int n = 200000;
    double sum = 0, squares = 0;
    for (int i = 0; i < n; ++i) {
      const double x = s.gamma(shape);
      EXPECT_GE(x, 0);
      sum += x;
      squares += (x - shape) * (x - shape);
    }
    EXPECT_NEAR(sum / n, shape, 5 * std::sqrt(shape / n)) << shape;
    // Fourth central moment: 3 shape^2 + 6 shape.
    EXPECT_NEAR(squares / n, shape, 5 * std::sqrt((2 * shape * shape + 6 * shape) / n)) << shape;
  }
  // Exponential for shape 1: P(x < ln 2) = 1/2.
  RandomStream s({2, 5}, "gamma");
  int low = 0;
  for (int i = 0; i < 100000; ++i) low += s.gamma(1) < std::log(2.0) ? 1 : 0;
  EXPECT_NEAR(low, 50000, 5 * std::sqrt(25000.0));
}

TEST(RandomStream, ShuffleKeepsTheItems) {
  std::vector<int> items(100);
  std::iota(items.begin(), items.end(), 0);
  auto shuffled = items;
  RandomStream({1, 1}, "shuffle").shuffle(std::span(shuffled));
  EXPECT_NE(items, shuffled);
  std::sort(shuffled.begin(), shuffled.end());
  EXPECT_EQ(items, shuffled);
}

}  // namespace
}  // namespace twinmill

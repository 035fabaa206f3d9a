#include "twinmill/fft/fft.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "twinmill/base/error.hpp"
#include "twinmill/base/random.hpp"

namespace twinmill::fft {
namespace {

template <class Real>
Buffer<Real> noise(int n) {
  RandomStream stream({1, 2}, "fft test");
  Buffer<Real> data(static_cast<std::size_t>(n));
  for (auto& v : data) v = {static_cast<Real>(stream.normal()), static_cast<Real>(stream.normal())};
  return data;
}

// The definition, in double.
std::complex<double> coefficient(const Buffer<double>& f, int nx, int ny, int hx, int hy, double sign) {
  std::complex<double> sum = 0;
  for (int ix = 0; ix < nx; ++ix)
    for (int iy = 0; iy < ny; ++iy)
      sum += f[static_cast<std::size_t>(ix) * ny + iy] *
             std::polar(1.0, sign * 2 * std::numbers::pi * (1.0 * hx * ix / nx + 1.0 * hy * iy / ny));
  return sum;
}

TEST(Plan2d, FollowsTheDefinitionInBothDirections) {
  for (const auto& [nx, ny] : {std::pair{12, 10}, {8, 9}, {7, 30}, {1, 5}}) {
    const auto f = noise<double>(nx * ny);
    for (const auto direction : {Direction::forward, Direction::backward}) {
      auto g = f;
      Plan2d<double>(nx, ny, direction).execute(g);
      const double sign = direction == Direction::forward ? -1 : 1;
      for (int hx = 0; hx < nx; ++hx)
        for (int hy = 0; hy < ny; ++hy)
          EXPECT_LT(std::abs(g[static_cast<std::size_t>(hx) * ny + hy] - coefficient(f, nx, ny, hx, hy, sign)), 1e-11);
    }
  }
}

TEST(Plan2d, SinglePrecisionReturnsToWhereItCameFrom) {
  const int nx = 60, ny = 50;
  const auto f = noise<float>(nx * ny);
  auto g = f;
  Plan2d<float>(nx, ny, Direction::forward).execute(g);
  Plan2d<float>(nx, ny, Direction::backward).execute(g);
  for (std::size_t i = 0; i < f.size(); ++i) EXPECT_LT(std::abs(g[i] / float(nx * ny) - f[i]), 2e-6F);
}

TEST(Plan1d, TransformsEachOfSeveralAlone) {
  const int n = 15, count = 3;
  const auto f = noise<double>(n * count);
  auto from = f;
  Buffer<double> g(f.size());
  Plan1d<double>(n, count, Direction::forward).execute(from.data(), g.data());
  EXPECT_EQ(from, f);
  for (int c = 0; c < count; ++c) {
    const Buffer<double> one(f.begin() + c * n, f.begin() + (c + 1) * n);
    for (int h = 0; h < n; ++h)
      EXPECT_LT(std::abs(g[static_cast<std::size_t>(c * n + h)] - coefficient(one, 1, n, 0, h, -1)), 1e-12);
  }
}

TEST(Plan2d, RefusesAnotherSize) {
  Buffer<float> data(10);
  EXPECT_THROW(Plan2d<float>(4, 4, Direction::forward).execute(data), Error);
}

}  // namespace
}  // namespace twinmill::fft

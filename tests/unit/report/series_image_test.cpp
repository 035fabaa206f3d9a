#include "series_image.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "twinmill/base/error.hpp"

namespace twinmill::report {
namespace {

constexpr double pi = std::numbers::pi;

store::Shapes shapes() {
  store::Shapes s;
  s.width = 12;
  s.height = 10;
  s.series_x = 5;
  s.series_y = 3;
  return s;
}

/// c[0] = 0.3, c[(2, -1)] = 0.05 exp(i 0.7) and its conjugate at (-2, 1).
std::vector<std::complex<float>> two_waves() {
  std::vector<std::complex<float>> c(15);
  const std::complex<float> wave(std::polar(0.05, 0.7));
  c[2 * 3 + 1] = 0.3f;
  c[4 * 3 + 0] = wave;
  c[0 * 3 + 2] = std::conj(wave);
  return c;
}

/// The same image in real space, at a point of the structure.
double expected(double x, double y, const store::ExposureRow& e) {
  return 0.3 + 2 * 0.05 * std::cos(2 * pi * (2 * x / e.lx_A - y / e.ly_A) + 0.7);
}

store::SampleRow view(double field_x, double field_y, double origin_x, double origin_y) {
  store::SampleRow row;
  row.field_x_A = field_x;
  row.field_y_A = field_y;
  row.origin_x_A = origin_x;
  row.origin_y_A = origin_y;
  return row;
}

TEST(SeriesImage, IsTheSumOfItsWavesAboutTheOrigin) {
  const store::ExposureRow exposure{.simulation = 0, .rotation_deg = 0, .defocus_A = 0, .lx_A = 12.7, .ly_A = 11};
  const Image<float> image = series_image(two_waves(), shapes(), exposure, view(6, 5, 6.35, 4.5));
  for (int iy = 0; iy < 10; ++iy)
    for (int ix = 0; ix < 12; ++ix)
      EXPECT_NEAR(image.at(ix, iy), expected(6.35 + (ix + 0.5) * 0.5 - 3, 4.5 + (iy + 0.5) * 0.5 - 2.5, exposure),
                  1e-6);
}

TEST(SeriesImage, TurnsCounterClockwise) {
  // A point seen at distance d along +x from the centre when not turned appears along +y when turned by 90 degrees.
  const store::ExposureRow straight{.simulation = 0, .rotation_deg = 0, .defocus_A = 0, .lx_A = 12, .ly_A = 12};
  store::ExposureRow turned = straight;
  turned.rotation_deg = 90;
  store::Shapes square = shapes();
  square.height = 12;
  const Image<float> a = series_image(two_waves(), square, straight, view(6, 6, 6, 6));
  const Image<float> b = series_image(two_waves(), square, turned, view(6, 6, 6, 6));
  for (int iy = 0; iy < 12; ++iy)
    for (int ix = 0; ix < 12; ++ix) EXPECT_NEAR(a.at(ix, iy), b.at(11 - iy, ix), 1e-6);
}

TEST(SeriesImage, RefusesABoxThatIsNotFull) {
  const store::ExposureRow exposure{.simulation = 0, .rotation_deg = 0, .defocus_A = 0, .lx_A = 12, .ly_A = 12};
  EXPECT_THROW(series_image(std::vector<std::complex<float>>(14), shapes(), exposure, view(6, 6, 6, 6)), Error);
}

}  // namespace
}  // namespace twinmill::report

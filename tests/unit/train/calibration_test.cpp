#include "calibration.hpp"

#include <gmock/gmock.h>

#include <cmath>

namespace twinmill::train {
namespace {

TEST(Calibration, ComparesConfidenceWithAccuracy) {
  Calibration calibration;
  const std::vector<std::int64_t> truth = {0, 1, 1};
  const std::vector<std::uint8_t> predicted = {0, 0, 1};
  const std::vector<std::int32_t> confidence = {65535, 65535, 32768};
  calibration.count(truth, predicted, confidence);
  const Reliability all = calibration.all();
  ASSERT_EQ(all.bins.size(), 15U);
  EXPECT_EQ(all.bins[14].pixels, 2);
  EXPECT_DOUBLE_EQ(all.bins[14].confidence, 1);
  EXPECT_DOUBLE_EQ(all.bins[14].accuracy, 0.5);
  EXPECT_EQ(all.bins[7].pixels, 1) << "0.50001 lies between 7/15 and 8/15";
  EXPECT_DOUBLE_EQ(all.bins[7].accuracy, 1);
  // 2/3 |0.5 - 1| + 1/3 |1 - 0.50001|
  EXPECT_NEAR(all.expected_error, 0.5, 1e-5);
  EXPECT_TRUE(std::isnan(all.bins[3].accuracy));
  const Reliability defects = calibration.defects();
  EXPECT_EQ(defects.bins[14].pixels, 0);
  EXPECT_EQ(defects.bins[7].pixels, 1);
  EXPECT_NEAR(defects.expected_error, 0.5, 1e-5);
}

TEST(Calibration, ABinHoldsItsUpperEnd) {
  Calibration calibration;
  calibration.count(std::vector<std::int64_t>{0, 0, 0}, std::vector<std::uint8_t>{0, 0, 0},
                    std::vector<std::int32_t>{0, 65535 / 15, 65535 / 15 + 1});
  EXPECT_EQ(calibration.all().bins[0].pixels, 2);
  EXPECT_EQ(calibration.all().bins[1].pixels, 1);
  EXPECT_DOUBLE_EQ(calibration.all().bins[1].from, 1.0 / 15);
}

TEST(Calibration, NothingCountedIsUndefined) { EXPECT_TRUE(std::isnan(Calibration().all().expected_error)); }

}  // namespace
}  // namespace twinmill::train

#include "learning_rate.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace twinmill::train {
namespace {

constexpr double rate = 0.5;
constexpr std::int64_t steps = 100;

TrainSpec spec(const std::string& schedule, int warmup = 0) {
  TrainSpec s;
  s.schedule = schedule;
  s.learning_rate = rate;
  s.warmup_steps = warmup;
  return s;
}

std::vector<EpochRecord> losses(const std::vector<double>& values) {
  std::vector<EpochRecord> history;
  for (const double value : values) history.push_back({.validation_loss = value, .validation_f1 = std::nan("")});
  return history;
}

TEST(LearningRate, CosineGoesFromAllToNothing) {
  EXPECT_DOUBLE_EQ(learning_rate(spec("cosine"), 0, steps, {}), rate);
  EXPECT_DOUBLE_EQ(learning_rate(spec("cosine"), 50, steps, {}), rate / 2);
  EXPECT_NEAR(learning_rate(spec("cosine"), steps, steps, {}), 0, 1e-15);
}

TEST(LearningRate, ConstantStays) {
  for (const std::int64_t step : {0, 7, 99}) EXPECT_EQ(learning_rate(spec("constant"), step, steps, {}), rate);
}

TEST(LearningRate, WarmsUpInEqualStepsAndThenFollowsItsSchedule) {
  EXPECT_DOUBLE_EQ(learning_rate(spec("constant", 4), 0, steps, {}), rate / 5);
  EXPECT_DOUBLE_EQ(learning_rate(spec("constant", 4), 3, steps, {}), rate * 4 / 5);
  EXPECT_DOUBLE_EQ(learning_rate(spec("constant", 4), 4, steps, {}), rate);
  EXPECT_DOUBLE_EQ(learning_rate(spec("cosine", 20), 20, steps, {}), rate);
  EXPECT_DOUBLE_EQ(learning_rate(spec("cosine", 20), 60, steps, {}), rate / 2);
  EXPECT_DOUBLE_EQ(learning_rate(spec("cosine", 300), 99, steps, {}), rate * 100 / 301) << "longer than the training";
}

TEST(LearningRate, APlateauOfFiveEpochsTakesATenth) {
  std::vector<double> values = {3, 2, 1};
  const auto now = [&] { return learning_rate(spec("plateau"), 1, steps, losses(values)); };
  for (int epoch = 0; epoch < 4; ++epoch) values.push_back(1);
  EXPECT_DOUBLE_EQ(now(), rate);
  values.push_back(1.5);
  EXPECT_DOUBLE_EQ(now(), rate / 10);
  values.push_back(0.5);  // better: counting begins anew
  for (int epoch = 0; epoch < 4; ++epoch) values.push_back(0.6);
  EXPECT_DOUBLE_EQ(now(), rate / 10);
  values.push_back(0.6);
  EXPECT_DOUBLE_EQ(now(), rate / 100);
}

TEST(StopsEarly, AfterSoManyEpochsWithoutABetterOne) {
  TrainSpec s;
  s.early_stop = 2;
  EXPECT_FALSE(stops_early(s, {}));
  EXPECT_FALSE(stops_early(s, losses({2, 1, 3})));
  EXPECT_TRUE(stops_early(s, losses({2, 1, 3, 1})));
  EXPECT_FALSE(stops_early(s, losses({2, 1, 3, 0.5})));
  s.early_stop = 0;
  EXPECT_FALSE(stops_early(s, losses({1, 2, 3, 4, 5, 6, 7})));
}

}  // namespace
}  // namespace twinmill::train

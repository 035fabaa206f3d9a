#include "confusion.hpp"

#include <gmock/gmock.h>

#include <cmath>

namespace twinmill::train {
namespace {

const std::vector<std::string> names = {"lattice", "vacancy", "antisite"};

TEST(Confusion, MetricsFollowTheirDefinitions) {
  Confusion confusion(3);
  const std::vector<std::int64_t> truth = {0, 0, 0, 0, 1, 1, 1, 0};
  const std::vector<std::uint8_t> predicted = {0, 0, 0, 1, 1, 1, 0, 0};
  confusion.count(truth, predicted);
  EXPECT_EQ(confusion.rows(), (std::vector<std::vector<std::int64_t>>{{4, 1, 0}, {1, 2, 0}, {0, 0, 0}}));
  const auto m = confusion.metrics(names);
  EXPECT_EQ(m[1].name, "vacancy");
  EXPECT_EQ(m[1].true_pixels, 3);
  EXPECT_EQ(m[1].predicted_pixels, 3);
  EXPECT_EQ(m[1].hit_pixels, 2);
  EXPECT_DOUBLE_EQ(m[1].precision, 2.0 / 3);
  EXPECT_DOUBLE_EQ(m[1].recall, 2.0 / 3);
  EXPECT_DOUBLE_EQ(m[1].f1, 2.0 / 3);
  EXPECT_DOUBLE_EQ(m[1].iou, 2.0 / 4);
  EXPECT_TRUE(std::isnan(m[2].precision));
  EXPECT_TRUE(std::isnan(m[2].recall));
  EXPECT_TRUE(std::isnan(m[2].f1));
  EXPECT_TRUE(std::isnan(m[2].iou));
}

TEST(Confusion, MacroF1CountsDefectsThatArePresentOnly) {
  Confusion confusion(3);
  confusion.count(std::vector<std::int64_t>{0, 1, 1}, std::vector<std::uint8_t>{2, 1, 1});
  EXPECT_DOUBLE_EQ(confusion.macro_f1(), 1.0) << "class 2 has no true pixels, the lattice is no defect";
  confusion.count(std::vector<std::int64_t>{2}, std::vector<std::uint8_t>{0});
  EXPECT_DOUBLE_EQ(confusion.macro_f1(), 0.5) << "a defect that is never found counts as 0";
  EXPECT_TRUE(std::isnan(Confusion(3).macro_f1()));
}

TEST(Confusion, Adds) {
  Confusion a(2), b(2);
  a.count(std::vector<std::int64_t>{0, 1}, std::vector<std::uint8_t>{1, 1});
  b.count(std::vector<std::int64_t>{1}, std::vector<std::uint8_t>{1});
  a.add(b);
  EXPECT_EQ(a.at(1, 1), 2);
  EXPECT_EQ(a.at(0, 1), 1);
}

}  // namespace
}  // namespace twinmill::train

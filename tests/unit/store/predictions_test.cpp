#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "temp_folder.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/store/store.hpp"

namespace twinmill::store {
namespace {

TEST(Predictions, RoundTripAndReplacement) {
  const twinmill::testing::TempFolder folder;
  const auto path = folder / "predictions.h5";
  Predictions predictions;
  for (int i = 0; i < 3; ++i) {
    predictions.samples.push_back(10 - i);
    predictions.masks.emplace_back(5, 4, static_cast<std::uint8_t>(i));
    predictions.masks.back().at(4, 1) = 9;
  }
  write_predictions(path, predictions);
  auto back = read_predictions(path);
  EXPECT_EQ(back.samples, predictions.samples);
  EXPECT_EQ(back.masks, predictions.masks);

  write_predictions(path, {});
  back = read_predictions(path);
  EXPECT_TRUE(back.samples.empty());
  EXPECT_TRUE(back.masks.empty());
  EXPECT_FALSE(std::filesystem::exists(folder / "predictions.h5.new"));
}

TEST(Predictions, RefusesMasksOfSeveralSizesAndLeavesTheOldFile) {
  const twinmill::testing::TempFolder folder;
  const auto path = folder / "predictions.h5";
  write_predictions(path, {{1}, {Image<std::uint8_t>(2, 2)}});
  EXPECT_THROW(write_predictions(path, {{1, 2}, {Image<std::uint8_t>(2, 2), Image<std::uint8_t>(2, 3)}}), Error);
  EXPECT_THROW(write_predictions(path, {{1, 2}, {Image<std::uint8_t>(2, 2)}}), Error);
  EXPECT_FALSE(std::filesystem::exists(folder / "predictions.h5.new"));
  EXPECT_EQ(read_predictions(path).samples, std::vector<std::int64_t>{1});
}

TEST(Predictions, AFileThatIsNone) {
  const twinmill::testing::TempFolder folder;
  const auto path = folder / "predictions.h5";
  std::ofstream(path) << "x";
  try {
    read_predictions(path);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.fault(), Fault::input);
    EXPECT_EQ(e.what(), "cannot read the predictions " + path.string() + " (no such HDF5 file). Evaluate first?");
  }
}

}  // namespace
}  // namespace twinmill::store

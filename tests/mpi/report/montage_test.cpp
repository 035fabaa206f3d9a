#include "twinmill/report/montage.hpp"

#include <gmock/gmock.h>

#include "read_png.hpp"
#include "sample_run.hpp"
#include "temp_folder.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"

namespace twinmill::report {
namespace {

using twinmill::testing::TempFolder;

TEST(Montage, ShowsImageMaskAndPrediction) {
  const TempFolder folder;
  const RunFiles run = make_sample_run(folder.path(), {});
  add_predictions(run);
  const store::Reader reader(run.store);
  const store::Predictions predictions = store::read_predictions(run.predictions);
  const std::vector<std::int64_t> samples = {15, 3};  // A vacancy of the test split, one of the training split.
  const RgbPicture sheet = sample_montage(reader, predictions, samples, {.scale = 2, .style = {.gap = 2}});
  EXPECT_EQ(sheet.width, 3 * 64 + 4 * 2);
  EXPECT_EQ(sheet.height, 2 * 64 + 3 * 2);
  const GreyPicture picture = upscale(grey(reader.image(15, 0)), 2);
  const RgbPicture truth = overlay(picture, upscale(reader.mask(15), 2));
  const RgbPicture found = overlay(picture, upscale(predictions.masks[3], 2));
  ASSERT_EQ(predictions.samples[3], 15);
  EXPECT_NE(truth, found);
  for (int y = 0; y < 64; ++y) {
    for (int x = 0; x < 64; ++x) {
      const std::uint8_t value = picture.at(x, y);
      ASSERT_EQ(sheet.at(2 + x, 2 + y), (Rgb{value, value, value}));
      ASSERT_EQ(sheet.at(2 + 66 + x, 2 + y), truth.at(x, y));
      ASSERT_EQ(sheet.at(2 + 132 + x, 2 + y), found.at(x, y));
      ASSERT_EQ(sheet.at(2 + 132 + x, 2 + 66 + y), (Rgb{255, 255, 255})) << "no prediction, no picture";
    }
  }
}

TEST(Montage, FileHoldsTheChosenSamples) {
  const TempFolder folder;
  const RunFiles run = make_sample_run(folder.path(), {});
  write_montage(folder / "m.png", run.store, run.predictions, {}, {.columns = 2});
  const RgbPicture sheet = read_png<Rgb>(read_text(folder / "m.png"), PNG_FORMAT_RGB);
  // Four kinds in two rows; without predictions two pictures for each.
  EXPECT_EQ(sheet.width, 4 * 32 + 5 * 4);
  EXPECT_EQ(sheet.height, 2 * 32 + 3 * 4);
}

TEST(Montage, ChoosesTheHighestDosePristineLast) {
  const TempFolder folder;
  const RunFiles run = make_sample_run(folder.path(), {});
  const store::Reader reader(run.store);
  const auto chosen = chosen_samples(reader, {}, 6);
  ASSERT_EQ(chosen.size(), 4u);
  const auto rows = reader.samples();
  for (const std::int64_t sample : chosen) EXPECT_EQ(rows[static_cast<std::size_t>(sample)].dose_e_per_A2, 30000);
  EXPECT_EQ(rows[static_cast<std::size_t>(chosen.back())].defect, "pristine");
  EXPECT_EQ(chosen_samples(reader, {}, 2).size(), 2u);
}

TEST(Montage, WithPredictionsOnlyWhatHasOne) {
  const TempFolder folder;
  const RunFiles run = make_sample_run(folder.path(), {.done_percent = 88});  // The test parent's dopant is not done.
  add_predictions(run);
  const store::Reader reader(run.store);
  const store::Predictions predictions = store::read_predictions(run.predictions);
  const auto chosen = chosen_samples(reader, predictions, 6);
  EXPECT_EQ(chosen.size(), 3u);
  for (const std::int64_t sample : chosen) EXPECT_THAT(predictions.samples, ::testing::Contains(sample));
}

TEST(Montage, RefusesWhatIsNotThere) {
  const TempFolder folder;
  const RunFiles run = make_sample_run(folder.path(), {.done_percent = 50});
  const auto message = [&](std::vector<std::int64_t> samples) -> std::string {
    try {
      write_montage(folder / "m.png", run.store, {}, samples, {});
    } catch (const Error& error) {
      EXPECT_EQ(error.fault(), Fault::input);
      return error.what();
    }
    return "none";
  };
  EXPECT_EQ(message({99}), "there is no sample 99 (the store has 24).");
  EXPECT_EQ(message({23}), "sample 23 cannot be shown (it is not done). Finish the run first?");
  EXPECT_EQ(message({0}), "none");
}

TEST(Montage, AnEmptyStoreHasNoPicture) {
  const TempFolder folder;
  const RunFiles run = make_sample_run(folder.path(), {.done_percent = 0});
  EXPECT_THROW(write_montage(folder / "m.png", run.store, {}, {}, {}), Error);
  EXPECT_FALSE(std::filesystem::exists(folder / "m.png"));
}

}  // namespace
}  // namespace twinmill::report

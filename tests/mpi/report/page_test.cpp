#include <gmock/gmock.h>

#include <cstdlib>
#include <regex>

#include "content.hpp"
#include "html_check.hpp"
#include "sample_run.hpp"
#include "sections.hpp"
#include "series_image.hpp"
#include "study_files.hpp"
#include "temp_folder.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/report/report.hpp"

namespace twinmill::report {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using twinmill::testing::TempFolder;

Extra full_extra() {
  Extra extra;
  extra.train_json = sample_train_json();
  extra.evaluate_json = sample_evaluate_json();
  extra.network = "g-unet, width 8";
  extra.digest = "00112233445566778899aabbccddeeff";
  extra.host = "node17";
  extra.ranks = 3;
  extra.simulate_s = 130;
  extra.started = 1.7e9;
  extra.finished = 1.7e9 + 300;
  extra.generated = 1.7e9 + 400;
  return extra;
}

std::string written(const RunFiles& run, const Extra& extra) {
  write_report(run, extra);
  std::string page = read_text(run.page);
  EXPECT_EQ(unbalanced(page), "");
  EXPECT_THAT(outside_resources(page), IsEmpty());
  EXPECT_THAT(page, Not(HasSubstr("http")));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_FALSE(std::regex_search(page, std::regex(">-?(nan|inf)<"))) << "a number that is none";
  return page;
}

/// The page's text between tags, spaces collapsed.
std::string text_of(const std::string& page) {
  const std::string text = std::regex_replace(page.substr(page.find("<main>")), std::regex("<[^>]*>"), " ");
  return std::regex_replace(text, std::regex("[ \n]+"), " ");
}

TEST(Page, AFullRun) {
  const TempFolder folder;
  const RunFiles run =
      make_sample_run(folder.path(), {.done_percent = 88});  // 21 of 24: the last simulation is missing.
  add_predictions(run);
  add_ledger(run);
  const std::string page = written(run, full_extra());
  const std::string text = text_of(page);
  EXPECT_THAT(
      text,
      HasSubstr("21 of 24 images of 7 structures from 2 parents (1 rotation, 3 doses) took 2 min 10 s on 3 ranks. "
                "The network (g-unet, width 8) learned for 20 epochs in 1 min 18 s; it finds defects with F1 0.71 on "
                "4 structures it has not seen."));
  EXPECT_THAT(text, HasSubstr("3 images given up. Why"));
  EXPECT_THAT(text, Not(HasSubstr("not complete"))) << "what is given up is not still to be made";
  EXPECT_THAT(text, HasSubstr("9.69 images per minute"));
  // Gallery: three kinds with all doses; the test parent's dopant is missing, so that one comes from another parent.
  EXPECT_EQ(occurrences(page, "<figure class=\"card\">"), 12);
  EXPECT_EQ(occurrences(page, "<span>network</span>"), 9);
  EXPECT_THAT(text, HasSubstr("3,000 e/Å² , WSe2-H, anion vacancy, turned by 0°, test (never seen in training)"));
  EXPECT_THAT(text, HasSubstr("MoS2-H, dopant W, turned by 0°, validation"));
  // Scores, counts, cost, trouble.
  EXPECT_THAT(text, HasSubstr("metal vacancy 4,400 4,350 0.878 0.868 0.873 0.775 0.011"));
  EXPECT_THAT(text, HasSubstr("Neither in the test split nor predicted: anion on metal"));
  EXPECT_EQ(occurrences(page, "<summary>all parameters</summary>"), 12);
  EXPECT_THAT(text, HasSubstr("WSe2-H 3 3 3 0 of 3 9 of 12"));
  EXPECT_THAT(text, HasSubstr("test 9 of 12 4"));
  EXPECT_THAT(text, HasSubstr("work of all ranks together 27 s"));
  EXPECT_THAT(text, HasSubstr("slice &lt;3&gt; of the potential is not finite (the cell is damaged). system 1 1"));
  EXPECT_THAT(text, HasSubstr("WSe2-H, dopant W, 0°, 300 e/Å² failed 3 times"));
  // Provenance.
  EXPECT_THAT(text, HasSubstr("digest of the images 00112233445566778899aabbccddeeff"));
  EXPECT_THAT(text, HasSubstr("twinmill digest again # 00112233445566778899aabbccddeeff"));
  EXPECT_THAT(text, HasSubstr("@software{twinmill, title = {twinmill"));
  EXPECT_THAT(text, HasSubstr("last started 2023-11-14T22:13:20Z"));
  EXPECT_THAT(text, HasSubstr("this page 2023-11-14T22:20:00Z"));
  EXPECT_THAT(text, HasSubstr("h5py.File(&quot;store.h5&quot;"));
}

TEST(Page, IsTheSameForTheSameRun) {
  const TempFolder folder;
  const RunFiles run = make_sample_run(folder.path(), {});
  EXPECT_EQ(written(run, full_extra()), written(run, full_extra()));
}

TEST(Page, EvaluationInDetail) {
  const TempFolder folder;
  const RunFiles run = make_sample_run(folder.path(), {});
  Extra extra = full_extra();
  extra.evaluate_json = study_evaluation({.name = "", .defects = {"anion_vacancy"}, .f1 = {0.5}}, 0.5);
  const std::string page = written(run, extra), text = text_of(page);
  EXPECT_THAT(text, HasSubstr("at least 25 % of a label's disc; it belongs to the nearest true one within 1.00 Å"));
  EXPECT_THAT(text, HasSubstr("anion vacancy 10 8 6 – – 0.600"));
  EXPECT_THAT(text, HasSubstr("with α = 2,000 ± 30.0 e/Å² (95 % over structures drawn anew: 1,900 to 2,100)"));
  EXPECT_THAT(text, HasSubstr("Expected calibration error: 0.1000 over all pixels, 0.2000 over those predicted"));
  EXPECT_THAT(text, HasSubstr("30 10 2 0.250 0.250 0.30 0.250")) << "a slice by rotation";
  EXPECT_THAT(page, HasSubstr("aria-label=\"How often the network is right by how sure it is\""));
}

TEST(Page, AStudy) {
  const TempFolder folder;
  const RunFiles run = make_sample_run(folder.path(), {});
  EXPECT_THAT(written(run, {}), Not(HasSubstr("id=\"study\"")));
  write_study(folder.path() / "models",
              {{.name = "a",
                .network = "a-unet",
                .condition = "clean",
                .defects = {"dopant"},
                .f1 = {0.9},
                .elsewhere = {{"messy", 0.2}}},
               {.name = "b", .network = "g-unet", .condition = "clean", .defects = {"dopant"}, .f1 = {0.7}},
               {.name = "c", .network = "g-unet", .condition = "clean", .defects = {"dopant"}, .f1 = {0.5}},
               {.name = "d",
                .network = "g-unet",
                .condition = "clean",
                .defects = {"dopant", "anion_vacancy"},
                .f1 = {0.5, 0.3}}});
  const std::string page = written(run, {}), text = text_of(page);
  EXPECT_THAT(text, HasSubstr("4 networks were trained"));
  EXPECT_THAT(text, HasSubstr("g-unet 2 2 0.600\u00a0±\u00a00.141 0.700\u00a0±\u00a00.141"));
  EXPECT_THAT(text, HasSubstr("dopant 0.900 – 0.600\u00a0±\u00a00.141 0.500"));
  EXPECT_THAT(text, HasSubstr("g-unet: α = 2,000 ± "));
  EXPECT_THAT(page, HasSubstr("<a href=\"#study\">Study</a>"));
}

TEST(Page, NothingTrainedYet) {
  const TempFolder folder;
  const RunFiles run = make_sample_run(folder.path(), {});
  const std::string text = text_of(written(run, {}));
  EXPECT_THAT(text, HasSubstr("24 images of 8 structures from 2 parents (1 rotation, 3 doses) are simulated."));
  EXPECT_THAT(text, HasSubstr("No network is trained yet."));
  EXPECT_THAT(text, HasSubstr("There are no predictions: the network was not evaluated."));
  EXPECT_THAT(text, Not(HasSubstr("What went wrong")));
  EXPECT_THAT(text, HasSubstr(cat("digest of the images ", store::digest(store::Reader(run.store)))));
}

TEST(Page, TrainedButNotEvaluated) {
  const TempFolder folder;
  const RunFiles run = make_sample_run(folder.path(), {});
  Extra extra = full_extra();
  extra.evaluate_json.clear();
  const std::string text = text_of(written(run, extra));
  EXPECT_THAT(text, HasSubstr("learned for 20 epochs in 1 min 18 s; it is not evaluated yet."));
  EXPECT_THAT(text, HasSubstr("The network is not evaluated yet."));
}

TEST(Page, NothingDoneYet) {
  const TempFolder folder;
  const RunFiles run = make_sample_run(folder.path(), {.done_percent = 0});
  const std::string text = text_of(written(run, {}));
  EXPECT_THAT(text, HasSubstr("None of the 24 images is done yet."));
  EXPECT_THAT(text, HasSubstr("No image is done yet."));
  EXPECT_THAT(text, HasSubstr("The run is not complete: 24 images are still to be made."));
}

TEST(Page, SeveralDetectorsShowTheFirst) {
  const TempFolder folder;
  const RunFiles run = make_sample_run(folder.path(), {.detectors = 2});
  EXPECT_THAT(text_of(written(run, {})), HasSubstr("haadf (50 to 200 mrad), the first of 2 detectors"));
}

TEST(Page, ASingleClass) {
  const TempFolder folder;
  const RunFiles run = make_sample_run(folder.path(), {.classes = 1});
  Extra extra = full_extra();
  extra.evaluate_json =
      R"({"images": 3, "structures": 1, "macro_f1": null, "classes": [{"name": "lattice", "true_pixels": 10,
      "predicted_pixels": 10, "hit_pixels": 10, "precision": 1, "recall": 1, "f1": 1, "iou": 1}], "confusion": [[10]], "by_dose": []})";
  EXPECT_THAT(text_of(written(run, extra)), HasSubstr("the test split holds no defect to find."));
}

TEST(Page, MarkupInNamesIsOnlyText) {
  const TempFolder folder;
  const RunFiles run = make_sample_run(folder.path(), {.campaign_name = "<script>alert(1)</script> & \"more\"",
                                                       .campaign_toml = "# </pre><script src=\"http://x/y.js\">"});
  Extra extra;
  extra.host = "<b>host";
  write_report(run, extra);
  const std::string page = read_text(run.page);
  EXPECT_EQ(unbalanced(page), "");
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, HasSubstr("<h1>&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;more&quot;</h1>"));
  EXPECT_THAT(page, HasSubstr("# &lt;/pre&gt;&lt;script src=&quot;http://x/y.js&quot;&gt;"));
  EXPECT_THAT(page, HasSubstr("&lt;b&gt;host"));
}

TEST(Page, WithoutAStoreThereIsNothingToReport) {
  const TempFolder folder;
  try {
    write_report(run_files(folder.path()), {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.fault(), Fault::input);
    EXPECT_EQ(std::string(error.what()), cat("there is nothing to report in ", folder.path().string(),
                                             " (it has no store.h5). Run the campaign first?"));
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "report.html"));
}

TEST(Page, BrokenResultsLeaveTheOldPage) {
  const TempFolder folder;
  const RunFiles run = make_sample_run(folder.path(), {});
  write_atomic(run.page, "old");
  EXPECT_THROW(write_report(run, {.train_json = "{"}), Error);
  EXPECT_EQ(read_text(run.page), "old");
}

TEST(Page, PredictionsOfAnotherSizeAreNotShown) {
  const TempFolder folder;
  const RunFiles run = make_sample_run(folder.path(), {});
  std::filesystem::create_directories(run.predictions.parent_path());
  store::write_predictions(run.predictions, {.samples = {0}, .masks = {Image<std::uint8_t>(8, 8)}});
  EXPECT_EQ(occurrences(written(run, {}), "<span>network</span>"), 0);
}

TEST(Page, TheNoiseFreeImageIsTheMeanOfTheNoisyOnes) {
  // At 30,000 e/A^2 and 0.5 A pixels the relative noise of the image's mean is far below a percent.
  const TempFolder folder;
  const RunFiles run = make_sample_run(folder.path(), {});
  const store::Reader reader(run.store);
  const auto rows = reader.samples();
  const Image<float> exact =
      series_image(reader.exposure(0).series[0], reader.header().shapes, reader.exposures()[0], rows[2]);
  const Image<float> noisy = reader.image(2, 0);
  double exact_sum = 0, noisy_sum = 0;
  for (std::size_t i = 0; i < exact.size(); ++i) exact_sum += exact.data[i], noisy_sum += noisy.data[i];
  EXPECT_NEAR(noisy_sum / exact_sum, 1, 5 / std::sqrt(exact_sum * rows[2].electrons_per_pixel));
}

}  // namespace
}  // namespace twinmill::report

#include "documents.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "twinmill/base/error.hpp"

namespace twinmill::report {
namespace {

TEST(TrainingDocument, ReadsTheHistory) {
  const Training training = training_document(R"({"history": [
      {"epoch": 1, "train_loss": 0.9, "validation_loss": 1.1, "validation_f1": null, "seconds": 2.5, "images_per_s": 40},
      {"epoch": 2, "train_loss": 0.5, "validation_loss": 0.6, "validation_f1": 0.25, "seconds": 2.4, "images_per_s": 41}],
      "parameters": 485674, "seconds": 4.9, "finished": true})");
  ASSERT_EQ(training.history.size(), 2u);
  EXPECT_TRUE(std::isnan(training.history[0].validation_f1));
  EXPECT_EQ(training.history[1].validation_f1, 0.25);
  EXPECT_EQ(training.history[1].number, 2);
  EXPECT_EQ(training.parameters, 485674);
  EXPECT_EQ(training.seconds, 4.9);
}

TEST(EvaluationDocument, ReadsNullAsUndefinedAndInfiniteDoses) {
  const Evaluation evaluation = evaluation_document(R"({"images": 12, "structures": 2, "macro_f1": 0.5,
      "classes": [{"name": "lattice", "true_pixels": 90, "predicted_pixels": 91, "hit_pixels": 89, "precision": 0.9, "recall": 0.8,
                   "f1": 0.85, "iou": 0.7}, {"name": "dopant", "true_pixels": 0, "predicted_pixels": 1, "hit_pixels": 0,
                   "precision": 0, "recall": null, "f1": null, "iou": 0}],
      "confusion": [[89, 1], [0, 0]],
      "by_dose": [{"dose": 1000, "macro_f1": 0.4, "images": 6}, {"dose": null, "macro_f1": 0.6, "images": 3},
                  {"dose": "inf", "macro_f1": 0.6, "images": 3}]})");
  ASSERT_EQ(evaluation.classes.size(), 2u);
  EXPECT_EQ(evaluation.classes[0].hit_pixels, 89);
  EXPECT_TRUE(std::isnan(evaluation.classes[1].recall));
  EXPECT_EQ(evaluation.confusion[0][1], 1);
  EXPECT_EQ(evaluation.by_dose[0].dose, 1000);
  EXPECT_TRUE(std::isinf(evaluation.by_dose[1].dose));
  EXPECT_TRUE(std::isinf(evaluation.by_dose[2].dose));
}

TEST(Documents, BrokenOnesAreInputErrors) {
  for (const char* text : {"", "{", "[1, 2]", R"({"history": 3})", R"({"history": [{"epoch": "one"}]})"}) {
    try {
      training_document(text);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.fault(), Fault::input);
      EXPECT_THAT(error.what(), testing::StartsWith("the training results cannot be read ("));
    }
  }
  EXPECT_THROW(evaluation_document(R"({"classes": [{"name": "a"}], "confusion": [[1, 2], [3, 4]]})"), Error);
  EXPECT_THROW(evaluation_document(R"({"classes": [{}]})"), Error);
}

}  // namespace
}  // namespace twinmill::report

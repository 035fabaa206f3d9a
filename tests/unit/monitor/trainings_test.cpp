#include "trainings.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace twinmill::monitor {
namespace {

using Phase = TrainingMemory::Phase;

TEST(Trainings, TheNewestFinishedOneCounts) {
  const std::string old = R"({"history": [{"epoch": 1, "train_loss": 9}]})";
  const std::string fresh =
      R"({"history": [{"epoch": 1, "train_loss": 2, "validation_loss": null, "validation_f1": 0.1},
                      {"epoch": 2, "train_loss": 1, "validation_loss": 1.5, "validation_f1": 0.2}]})";
  const auto found = finished_trainings({{"train", "a", "done", old, 10},
                                         {"train", "b", "done", fresh, 20},
                                         {"train", "c", "running", old, 30},
                                         {"evaluate", "d", "done", old, 40}});
  ASSERT_EQ(found.size(), 1U);
  ASSERT_EQ(found[0].epochs.size(), 2U);
  EXPECT_EQ(found[0].epochs[1].loss, 1);
  EXPECT_EQ(found[0].epochs[1].validation_f1, 0.2);
  EXPECT_TRUE(std::isnan(found[0].epochs[0].validation_loss));
  EXPECT_TRUE(finished_trainings({{"train", "a", "done", "cut {", 1}}).empty());
}

TEST(Trainings, RemembersEpochsAndForgetsWhatBeginsAgain) {
  TrainingMemory memory;
  for (const char* text : {R"({"training": null})", R"({"training": {"epoch": 0, "epochs": 3}})",
                           R"({"training": {"epoch": 1, "loss": 4}})", R"({"training": {"epoch": 2, "loss": 3}})",
                           "no json", R"({"training": "words"})"})
    memory.look(text);
  auto curves = memory.together_with({}, Phase::training);
  ASSERT_EQ(curves.size(), 1U);
  ASSERT_EQ(curves[0].epochs.size(), 2U);
  EXPECT_EQ(curves[0].epochs[1].loss, 3);
  memory.look(R"({"training": {"epoch": 1, "loss": 7}})");
  curves = memory.together_with({}, Phase::training);
  ASSERT_EQ(curves[0].epochs.size(), 1U);
  EXPECT_EQ(curves[0].epochs[0].loss, 7);
}

TEST(Trainings, TakesAListOfModels) {
  TrainingMemory memory;
  memory.look(R"({"training": [{"model": "one", "epoch": 1, "loss": 1}, {"name": "two", "epoch": 5, "loss": 2}, 3]})");
  const auto curves = memory.together_with({{.name = "one", .state = "done", .epochs = {{}, {}}}}, Phase::other);
  ASSERT_EQ(curves.size(), 2U);
  EXPECT_EQ(curves[0].name, "one");
  EXPECT_EQ(curves[0].epochs.size(), 2U);  // The finished one knows more.
  EXPECT_EQ(curves[1].name, "two");
  const auto anew = memory.together_with({{.name = "one", .state = "done", .epochs = {{}, {}}}}, Phase::training);
  ASSERT_EQ(anew.size(), 2U);
  EXPECT_EQ(anew[0].epochs.size(), 1U);
}

}  // namespace
}  // namespace twinmill::monitor

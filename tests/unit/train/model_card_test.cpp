#include "model_card.hpp"

#include <gmock/gmock.h>

#include "temp_folder.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"

namespace twinmill::train {
namespace {

ModelCard example() {
  return {.key = "k",
          .identity = "i",
          .network = "g-unet",
          .width = 8,
          .upsampling = "bilinear",
          .conditions = {"energy", "haadf_inner"},
          .detectors = {"haadf", "bf"},
          .classes = {"lattice", "vacancy"},
          .parameters = 31042954,
          .image_width = 128,
          .image_height = 96,
          .epoch = {.epoch = 3, .train_loss = 0.1, .validation_loss = 0.2, .validation_f1 = 0.9},
          .weights_checksum = {}};
}

TEST(ModelCard, ReadsBackWithItsWeights) {
  const testing::TempFolder folder;
  save_model(folder.path(), example(), "weights");
  const SavedModel model = load_model(folder.path());
  EXPECT_EQ(model.weights, "weights");
  EXPECT_EQ(to_text(model.card), read_text(card_path(folder.path())));
  EXPECT_EQ(model.card.detectors, example().detectors);
  EXPECT_EQ(model.card.classes, example().classes);
  EXPECT_EQ(model.card.parameters, 31042954);
  EXPECT_EQ(model.card.epoch.validation_f1, 0.9);
}

TEST(ModelCard, DamagedWeightsAreFound) {
  const testing::TempFolder folder;
  save_model(folder.path(), example(), "weights");
  write_atomic(weights_path(folder.path()), "weighty");
  EXPECT_THROW(load_model(folder.path()), Error);
}

TEST(ModelCard, AnythingElseIsRefused) {
  EXPECT_THROW(card_from_text("{}"), Error);
  EXPECT_THROW(card_from_text("not json"), Error);
  EXPECT_THROW(card_from_text(R"({"format": "twinmill-model", "version": 2})"), Error);
}

}  // namespace
}  // namespace twinmill::train

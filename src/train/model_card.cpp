#include "model_card.hpp"

#include <cstdio>
#include <limits>
#include <nlohmann/json.hpp>

#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/hash.hpp"

namespace twinmill::train {
namespace {

using Json = nlohmann::ordered_json;

std::string checksum_text(std::string_view content) {
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(checksum(bytes_of(content))));
  return digits;
}

double number(const Json& value) {
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

}  // namespace

std::filesystem::path card_path(const std::filesystem::path& models) { return models / "model.json"; }
std::filesystem::path weights_path(const std::filesystem::path& models) { return models / "best.pt"; }

std::string to_text(const ModelCard& card) {
  const Json json = {
      {"format", "twinmill-model"},
      {"version", model_card_version},
      {"key", card.key},
      {"identity", card.identity},
      {"network", card.network},
      {"width", card.width},
      {"upsampling", card.upsampling},
      {"conditions", card.conditions},
      {"parameters", card.parameters},
      {"channels", card.detectors},
      {"classes", card.classes},
      {"normalisation", "each detector's image shifted and scaled to zero mean and unit variance over its pixels"},
      {"image_width", card.image_width},
      {"image_height", card.image_height},
      {"weights", "best.pt"},
      {"weights_checksum", card.weights_checksum},
      {"epoch", card.epoch.epoch},
      {"train_loss", card.epoch.train_loss},
      {"validation_loss", card.epoch.validation_loss},
      {"validation_f1", card.epoch.validation_f1}};
  return json.dump(2) + "\n";
}

ModelCard card_from_text(const std::string& text) {
  try {
    const Json json = Json::parse(text);
    if (json.at("format") != "twinmill-model" || json.at("version") != model_card_version) {
      throw Error(Fault::input, "the model card is of another format or version");
    }
    ModelCard card;
    card.key = json.at("key").get<std::string>();
    card.identity = json.at("identity").get<std::string>();
    card.network = json.at("network").get<std::string>();
    card.width = json.at("width").get<int>();
    card.upsampling = json.at("upsampling").get<std::string>();
    card.conditions = json.at("conditions").get<std::vector<std::string>>();
    card.parameters = json.at("parameters").get<std::int64_t>();
    card.detectors = json.at("channels").get<std::vector<std::string>>();
    card.classes = json.at("classes").get<std::vector<std::string>>();
    card.image_width = json.at("image_width").get<int>();
    card.image_height = json.at("image_height").get<int>();
    card.weights_checksum = json.at("weights_checksum").get<std::string>();
    card.epoch.epoch = json.at("epoch").get<int>();
    card.epoch.train_loss = number(json.at("train_loss"));
    card.epoch.validation_loss = number(json.at("validation_loss"));
    card.epoch.validation_f1 = number(json.at("validation_f1"));
    return card;
  } catch (const Json::exception& e) {
    throw Error(Fault::input, cat("the model card is damaged (", e.what(), ")"));
  }
}

void save_model(const std::filesystem::path& models, ModelCard card, const std::string& weights) {
  card.weights_checksum = checksum_text(weights);
  write_atomic(weights_path(models), weights);
  write_atomic(card_path(models), to_text(card));
}

SavedModel load_model(const std::filesystem::path& models) {
  SavedModel model{.card = card_from_text(read_text(card_path(models))), .weights = read_text(weights_path(models))};
  if (checksum_text(model.weights) != model.card.weights_checksum) {
    throw Error(Fault::input, cat(weights_path(models).string(),
                                  " is damaged (its checksum is not the one in model.json)"
                                  ". Train again?"));
  }
  return model;
}

}  // namespace twinmill::train

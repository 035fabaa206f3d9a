#pragma once
// models/model.json: what models/best.pt is and how to feed it, for people and for evaluation.

#include <filesystem>
#include <string>
#include <vector>

#include "twinmill/train/api.hpp"

namespace twinmill::train {

struct ModelCard {
  std::string key, identity;
  std::string network;
  int width = 0;
  std::string upsampling = "transposed";
  std::vector<std::string> conditions;  ///< Names (conditions.hpp) of a conditioned network's numbers; else empty.
  std::vector<std::string> detectors;   ///< The network's channels.
  std::vector<std::string> classes;     ///< By class number.
  std::int64_t parameters = 0;
  int image_width = 0, image_height = 0;  ///< Pixels trained on (the crop, if any).
  EpochRecord epoch;                      ///< The epoch whose weights these are.
  std::string weights_checksum;           ///< 16 hex digits, XXH3-64 of best.pt.
};

std::filesystem::path card_path(const std::filesystem::path& models);
std::filesystem::path weights_path(const std::filesystem::path& models);

/// Writes best.pt, then model.json with its checksum. Throws Error(system).
void save_model(const std::filesystem::path& models, ModelCard card, const std::string& weights);

/// A card together with the weights that it describes.
struct SavedModel {
  ModelCard card;
  std::string weights;
};
/// Throws Error(input) when either file is missing, damaged, or does not belong to the other.
SavedModel load_model(const std::filesystem::path& models);

std::string to_text(const ModelCard& card);
/// Throws Error(input) on anything that to_text() does not write.
ModelCard card_from_text(const std::string& text);

}  // namespace twinmill::train

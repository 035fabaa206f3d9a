#pragma once
// models/model.pt: the trained network as a TorchScript module, for Python and everything else that reads TorchScript.

#include <filesystem>
#include <memory>
#include <string>

#include "model_card.hpp"
#include "network.hpp"

namespace twinmill::train {

std::filesystem::path script_path(const std::filesystem::path& models);

/// The network in evaluation mode, with the card inside (extra file "model.json"): forward(images) or forward(images,
/// conditions) maps images as they are in the store to logits. Parameters and buffers have the network's names.
std::string to_script(const Network& network, const ModelCard& card);
/// Writes it, atomically. Throws Error(system).
void save_script(const std::filesystem::path& path, const Network& network, const ModelCard& card);
/// Writes model.pt beside best.pt and model.json, from them, unless it is there already. Throws Error(system).
void export_model(const std::filesystem::path& models);

struct ScriptModel {
  ModelCard card;
  std::shared_ptr<Network> network;  ///< In evaluation mode; takes normalised images, like every Network.
};
/// The network that the card tells, with the module's weights. Throws Error(input) when the file is no model of
/// twinmill, or damaged.
ScriptModel load_script(const std::filesystem::path& path);

}  // namespace twinmill::train

#pragma once
// What `twinmill inspect` says of a file.

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "twinmill/report/png.hpp"
#include "twinmill/specimen/structure.hpp"

namespace twinmill::app {

/// The same facts for people and for programs.
struct Inspection {
  std::vector<std::pair<std::string, std::string>> lines;  ///< Heading and text; an empty heading goes on.
  nlohmann::ordered_json json;
  std::function<report::RgbPicture()> picture = {};  ///< Empty: there is nothing to show.

  void say(std::string heading, std::string text) { lines.emplace_back(std::move(heading), std::move(text)); }
};

struct InspectOptions {
  bool digest = false;  ///< Of a store: reads all of it.
};

/// Each throws Error(input) for a file that is not of its kind or damaged.
Inspection inspect_structure(const std::filesystem::path& path);
Inspection inspect_store(const std::filesystem::path& path, const InspectOptions& options);
/// A card (model.json), or a network with the card in it (TorchScript, model.pt).
Inspection inspect_model(const std::filesystem::path& path);

/// Colours of the elements that a structure holds, by falling atomic number.
std::vector<std::pair<int, report::Rgb>> element_colours(const specimen::Structure& structure);
/// A structure seen from above, along the beam: atoms in their elements' colours, labelled ones with a
/// red edge.
report::RgbPicture structure_picture(const specimen::Structure& structure);

/// Content of a file in a ZIP archive that is stored as it is (not compressed), by the end of its name; empty when
/// there is none. Throws Error(input) for what is no such archive.
std::string stored_member(const std::filesystem::path& archive, std::string_view name_end);

}  // namespace twinmill::app

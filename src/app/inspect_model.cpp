// inspect: trained networks, by their cards.
#include <algorithm>

#include "inspect.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/train/api.hpp"

namespace twinmill::app {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::ordered_json;

std::string card_text(const fs::path& path) {
  std::string text = read_text(path);
  if (!text.starts_with("PK")) return text;
  auto card = stored_member(path, "extra/model.json");
  if (card.empty())
    throw Error(Fault::input, cat(path.string(),
                                  " says nothing about itself (there is no card in it). Look at model.json "
                                  "beside it?"));
  return card;
}

std::string value_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_array() && std::all_of(value.begin(), value.end(), [](const auto& v) { return v.is_string(); }))
    return list_text(value.get<std::vector<std::string>>());
  return value.dump();
}

}  // namespace

Inspection inspect_model(const fs::path& path) {
  Json card;
  try {
    card = Json::parse(card_text(path));
  } catch (const Json::exception& e) {
    throw Error(Fault::input, cat(path.string(), " cannot be read (", e.what(), "). Copied completely?"));
  }
  if (!card.is_object() || card.value("format", "") != "twinmill-model")
    throw Error(Fault::input,
                cat(path.string(), " is no card of a trained network (its format is not twinmill-model)"));
  const auto version = card.value("version", Json());
  if (version != train::model_card_version)
    throw Error(Fault::input, cat(path.string(), " has version ", version.dump(), " (this program reads version ",
                                  train::model_card_version, "). Another twinmill?"));
  Inspection result;
  result.json = {{"kind", "model"}, {"file", path.string()}, {"card", card}};
  result.say("file", cat(path.string(), ": a trained network"));
  for (const auto& [key, value] : card.items())
    if (key != "format" && key != "version") result.say(key, value_text(value));
  return result;
}

}  // namespace twinmill::app

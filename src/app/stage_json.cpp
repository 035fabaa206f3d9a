#include "stage_json.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

namespace twinmill::app {
using nlohmann::json;
namespace {

json number(double value) { return std::isfinite(value) ? json(value) : json(nullptr); }

// JSON has no infinity; a dose of infinity (no noise) is written as the word.
json dose_number(double value) { return std::isinf(value) ? json("inf") : number(value); }

}  // namespace

std::string to_json(const train::TrainResult& result) {
  json history = json::array();
  for (const auto& e : result.history) {
    history.push_back({{"epoch", e.epoch},
                       {"train_loss", number(e.train_loss)},
                       {"validation_loss", number(e.validation_loss)},
                       {"validation_f1", number(e.validation_f1)},
                       {"seconds", number(e.seconds)},
                       {"images_per_s", number(e.images_per_s)},
                       {"loader_wait_s", number(e.loader_wait_s)}});
  }
  return json{{"history", history}, {"parameters", result.parameters}, {"seconds", number(result.seconds)}}.dump();
}

std::string to_json(const train::EvaluateResult& result) {
  json classes = json::array();
  for (const auto& c : result.classes) {
    classes.push_back({{"name", c.name},
                       {"true_pixels", c.true_pixels},
                       {"predicted_pixels", c.predicted_pixels},
                       {"hit_pixels", c.hit_pixels},
                       {"precision", number(c.precision)},
                       {"recall", number(c.recall)},
                       {"f1", number(c.f1)},
                       {"iou", number(c.iou)}});
  }
  json by_dose = json::array();
  for (const auto& d : result.by_dose)
    by_dose.push_back({{"dose", dose_number(d.dose)}, {"macro_f1", number(d.macro_f1)}, {"images", d.images}});
  return json{{"images", result.images},       {"structures", result.structures},     {"classes", classes},
              {"confusion", result.confusion}, {"macro_f1", number(result.macro_f1)}, {"by_dose", by_dose}}
      .dump();
}

}  // namespace twinmill::app

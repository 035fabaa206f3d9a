#include "trainings.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace twinmill::monitor {
namespace {

using nlohmann::json;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

double number(const json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_number() ? found->get<double>() : nan;
}

std::string text(const json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

EpochPoint point_of(const json& epoch) {
  const double loss = number(epoch, "train_loss");
  return {.epoch = static_cast<int>(number(epoch, "epoch")),
          .loss = std::isnan(loss) ? number(epoch, "loss") : loss,
          .validation_loss = number(epoch, "validation_loss"),
          .validation_f1 = number(epoch, "validation_f1")};
}

bool is_epoch(const json& object) { return object.is_object() && !std::isnan(number(object, "epoch")); }

std::vector<EpochPoint> history_of(const json& object) {
  std::vector<EpochPoint> points;
  const auto history = object.find("history");
  if (history == object.end() || !history->is_array()) return points;
  for (const json& epoch : *history)
    if (is_epoch(epoch)) points.push_back(point_of(epoch));
  return points;
}

}  // namespace

std::vector<TrainingCurve> finished_trainings(std::vector<ledger::Stage> stages) {
  // An older training of the same images may be among them: the newest one counts.
  std::sort(stages.begin(), stages.end(), [](const auto& a, const auto& b) { return a.updated > b.updated; });
  for (const ledger::Stage& stage : stages) {
    if (stage.kind != "train" || stage.state != "done") continue;
    const json result = json::parse(stage.result, nullptr, false);
    if (!result.is_object()) continue;
    auto epochs = history_of(result);
    if (!epochs.empty()) return {{.name = text(result, "model"), .state = stage.state, .epochs = std::move(epochs)}};
  }
  return {};
}

void TrainingMemory::look(std::string_view status_json) {
  const json document = json::parse(status_json, nullptr, false);
  if (!document.is_object()) return;
  const auto training = document.find("training");
  if (training == document.end()) return;
  const json list = training->is_array() ? *training : json::array({*training});
  for (const json& one : list) {
    if (!is_epoch(one)) continue;
    const std::string name = text(one, text(one, "name").empty() ? "model" : "name");
    auto seen = std::find_if(seen_.begin(), seen_.end(), [&](const Seen& s) { return s.name == name; });
    if (seen == seen_.end()) seen = seen_.insert(seen_.end(), Seen{.name = name, .epochs = {}});
    const EpochPoint point = point_of(one);
    // A training that begins again forgets what came after.
    seen->epochs.erase(seen->epochs.lower_bound(point.epoch), seen->epochs.end());
    for (const EpochPoint& p : history_of(one)) seen->epochs[p.epoch] = p;
    if (point.epoch > 0) seen->epochs[point.epoch] = point;
  }
}

std::vector<TrainingCurve> TrainingMemory::together_with(const std::vector<TrainingCurve>& finished,
                                                         Phase phase) const {
  std::vector<TrainingCurve> all = finished;
  for (const Seen& seen : seen_) {
    if (seen.epochs.empty()) continue;
    const auto same = [&](const TrainingCurve& curve) { return curve.name == seen.name; };
    if (phase == Phase::training)
      std::erase_if(all, same);
    else if (std::any_of(all.begin(), all.end(), same))
      continue;
    TrainingCurve& curve = all.emplace_back();
    curve.name = seen.name;
    curve.state = phase == Phase::training ? "training" : "seen";
    for (const auto& [ignored, point] : seen.epochs) curve.epochs.push_back(point);
  }
  return all;
}

}  // namespace twinmill::monitor

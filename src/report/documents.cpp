#include "documents.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "twinmill/base/error.hpp"

namespace twinmill::report {

namespace {

using nlohmann::json;
constexpr double infinity = std::numeric_limits<double>::infinity();

double number(const json& object, const char* member, double when_null = nan) {
  const auto found = object.find(member);
  if (found == object.end() || found->is_null()) return when_null;
  // "inf" is how an infinite dose may be written where null is taken.
  if (found->is_string() && found->get<std::string>() == "inf") return infinity;
  return found->get<double>();
}

/// The objects of an array; none when it is missing.
std::vector<json> objects(const json& document, const char* member) {
  if (!document.is_object()) throw Error(Fault::input, "it is no object");
  const json list = document.value(member, json::array());
  if (!list.is_array() || !std::all_of(list.begin(), list.end(), [](const json& entry) { return entry.is_object(); }))
    throw Error(Fault::input, cat("`", member, "` is no list of objects"));
  return list.get<std::vector<json>>();
}

std::int64_t count(const json& object, const char* member) {
  const double value = number(object, member, 0);
  return static_cast<std::int64_t>(value);
}

Epoch epoch_of(const json& object) {
  return {.number = static_cast<int>(count(object, "epoch")),
          .train_loss = number(object, "train_loss"),
          .validation_loss = number(object, "validation_loss"),
          .validation_f1 = number(object, "validation_f1"),
          .seconds = number(object, "seconds"),
          .images_per_s = number(object, "images_per_s")};
}

ClassScore score_of(const json& object) {
  return {.name = object.at("name").get<std::string>(),
          .true_pixels = count(object, "true_pixels"),
          .predicted_pixels = count(object, "predicted_pixels"),
          .hit_pixels = count(object, "hit_pixels"),
          .precision = number(object, "precision"),
          .recall = number(object, "recall"),
          .f1 = number(object, "f1"),
          .iou = number(object, "iou")};
}

DefectScore defect_of(const json& object) {
  return {.name = object.at("name").get<std::string>(),
          .truth = count(object, "true"),
          .found = count(object, "found"),
          .hits = count(object, "hits"),
          .precision = number(object, "precision"),
          .recall = number(object, "recall"),
          .f1 = number(object, "f1")};
}

using Counts = std::vector<std::vector<std::int64_t>>;

std::optional<DefectLevel> defects_of(const json& document) {
  const auto found = document.find("defects");
  if (found == document.end()) return std::nullopt;
  DefectLevel level;
  level.label_radius_A = number(*found, "label_radius_A");
  level.match_radius_A = number(*found, "match_radius_A");
  level.smallest_area = number(*found, "smallest_area");
  for (const json& score : objects(*found, "classes")) level.classes.push_back(defect_of(score));
  level.confusion = found->value("confusion", Counts{});
  level.macro_f1 = number(*found, "macro_f1");
  return level;
}

ReliabilityCurve reliability_of(const json& document, const char* member) {
  ReliabilityCurve curve;
  const auto found = document.find(member);
  if (found == document.end()) return curve;
  for (const json& bin : objects(*found, "bins")) {
    curve.bins.push_back({.from = number(bin, "from"),
                          .to = number(bin, "to"),
                          .pixels = count(bin, "pixels"),
                          .confidence = number(bin, "confidence"),
                          .accuracy = number(bin, "accuracy")});
  }
  curve.expected_error = number(*found, "expected_error");
  return curve;
}

std::vector<double> numbers(const json& object, const char* member) {
  std::vector<double> values;
  for (const json& value : object.value(member, json::array()))
    values.push_back(value.is_null() ? nan : value.get<double>());
  return values;
}

SliceScore slice_of(const json& object) {
  return {.axis = object.at("axis").get<std::string>(),
          .value = object.at("value").get<std::string>(),
          .images = count(object, "images"),
          .structures = count(object, "structures"),
          .macro_f1 = number(object, "macro_f1"),
          .defect_macro_f1 = number(object, "defect_macro_f1"),
          .false_alarms = count(object, "false_alarms"),
          .class_f1 = numbers(object, "class_f1"),
          .class_defect_f1 = numbers(object, "class_defect_f1")};
}

FittedScore fitted_of(const json& object, const char* member) {
  const json& fitted = object.at(member);
  return {.value = number(fitted, "value"),
          .error = number(fitted, "error"),
          .low = number(fitted, "low"),
          .high = number(fitted, "high")};
}

std::optional<DoseFitScore> dose_fit_of(const json& document) {
  const auto found = document.find("dose_fit");
  if (found == document.end()) return std::nullopt;
  return DoseFitScore{.d0 = fitted_of(*found, "d0"),
                      .a = fitted_of(*found, "a"),
                      .alpha = fitted_of(*found, "alpha"),
                      .not_determined = found->at("not_determined").get<std::string>(),
                      .intervals_not_determined = found->at("bootstrap").at("not_determined").get<std::string>()};
}

Training training_of(const json& document) {
  Training training;
  for (const json& epoch : objects(document, "history")) training.history.push_back(epoch_of(epoch));
  training.parameters = count(document, "parameters");
  training.seconds = number(document, "seconds");
  return training;
}

Evaluation evaluation_of(const json& document) {
  Evaluation evaluation;
  evaluation.images = count(document, "images");
  evaluation.structures = count(document, "structures");
  for (const json& score : objects(document, "classes")) evaluation.classes.push_back(score_of(score));
  evaluation.confusion = document.value("confusion", Counts{});
  evaluation.macro_f1 = number(document, "macro_f1");
  for (const json& entry : objects(document, "by_dose"))
    evaluation.by_dose.push_back({number(entry, "dose", infinity), number(entry, "macro_f1"), count(entry, "images")});
  evaluation.dose_fit = dose_fit_of(document);
  evaluation.defects = defects_of(document);
  evaluation.calibration = reliability_of(document, "calibration");
  evaluation.defect_calibration = reliability_of(document, "defect_calibration");
  for (const json& slice : objects(document, "slices")) evaluation.slices.push_back(slice_of(slice));
  evaluation.notes = document.value("notes", std::vector<std::string>{});
  if (!evaluation.confusion.empty() && evaluation.confusion.size() != evaluation.classes.size())
    throw Error(Fault::input, "the confusion matrix does not fit the classes");
  return evaluation;
}

template <class Result>
Result read(std::string_view text, std::string_view what, Result (*convert)(const json&)) {
  try {
    return convert(json::parse(text));
  } catch (const std::exception& error) {
    throw Error(Fault::input, cat("the ", what, " results cannot be read (", error.what(), "). Run ", what, " again?"));
  }
}

}  // namespace

Training training_document(std::string_view text) { return read(text, "training", training_of); }
Evaluation evaluation_document(std::string_view text) { return read(text, "evaluation", evaluation_of); }

}  // namespace twinmill::report

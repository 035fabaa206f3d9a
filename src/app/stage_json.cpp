#include "stage_json.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "twinmill/report/dose_fit.hpp"

namespace twinmill::app {
using nlohmann::json;
namespace {

json number(double value) { return std::isfinite(value) ? json(value) : json(nullptr); }

// JSON has no infinity; a dose of infinity (no noise) is written as the word.
json dose_number(double value) { return std::isinf(value) ? json("inf") : number(value); }

json numbers(const std::vector<double>& values) {
  json list = json::array();
  for (const double value : values) list.push_back(number(value));
  return list;
}

json reliability_json(const train::Reliability& reliability) {
  json bins = json::array();
  for (const auto& bin : reliability.bins) {
    bins.push_back({{"from", bin.from},
                    {"to", bin.to},
                    {"pixels", bin.pixels},
                    {"confidence", number(bin.confidence)},
                    {"accuracy", number(bin.accuracy)}});
  }
  return {{"bins", bins}, {"expected_error", number(reliability.expected_error)}};
}

json defects_json(const train::EvaluateResult& result) {
  json classes = json::array();
  for (const auto& d : result.defects) {
    classes.push_back({{"name", d.name},
                       {"true", d.true_defects},
                       {"found", d.found_defects},
                       {"hits", d.hits},
                       {"precision", number(d.precision)},
                       {"recall", number(d.recall)},
                       {"f1", number(d.f1)}});
  }
  return {{"label_radius_A", result.rules.label_radius_A}, {"match_radius_A", result.rules.match_radius_A},
          {"smallest_area", result.rules.smallest_area},   {"classes", classes},
          {"confusion", result.defect_confusion},          {"macro_f1", number(result.defect_macro_f1)}};
}

json slices_json(const std::vector<train::SliceMetrics>& slices) {
  json list = json::array();
  for (const auto& s : slices) {
    list.push_back({{"axis", s.axis},
                    {"value", s.value},
                    {"images", s.images},
                    {"structures", s.structures},
                    {"macro_f1", number(s.macro_f1)},
                    {"defect_macro_f1", number(s.defect_macro_f1)},
                    {"false_alarms", s.false_alarms},
                    {"class_f1", numbers(s.class_f1)},
                    {"class_defect_f1", numbers(s.class_defect_f1)}});
  }
  return list;
}

json fitted_json(const report::Fitted& fitted, const report::Interval& interval) {
  return {{"value", number(fitted.value)},
          {"error", number(fitted.error)},
          {"low", number(interval.low)},
          {"high", number(interval.high)}};
}

json dose_fit_json(const std::vector<train::StructureCounts>& by_structure) {
  std::vector<report::StructureDose> counts;
  for (const auto& c : by_structure) {
    counts.push_back({.structure = c.structure,
                      .dose = c.dose,
                      .true_pixels = c.true_pixels,
                      .predicted_pixels = c.predicted_pixels,
                      .hit_pixels = c.hit_pixels});
  }
  const auto fit = report::fit_dose(report::dose_points(counts));
  report::DoseBootstrap bootstrap;
  if (fit.determined()) {
    bootstrap = report::bootstrap_dose_fit(counts);
  } else {
    bootstrap.not_determined = fit.not_determined;
    bootstrap.d0 = bootstrap.a = bootstrap.alpha = {.low = std::nan(""), .high = std::nan("")};
  }
  return {{"not_determined", fit.not_determined},
          {"d0", fitted_json(fit.d0, bootstrap.d0)},
          {"a", fitted_json(fit.a, bootstrap.a)},
          {"alpha", fitted_json(fit.alpha, bootstrap.alpha)},
          {"residual", number(fit.residual)},
          {"bootstrap",
           {{"resamples", bootstrap.resamples},
            {"determined", bootstrap.determined},
            {"not_determined", bootstrap.not_determined}}}};
}

json evaluation_json(const train::EvaluateResult& result) {
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
  return {{"images", result.images},
          {"structures", result.structures},
          {"classes", classes},
          {"confusion", result.confusion},
          {"macro_f1", number(result.macro_f1)},
          {"by_dose", by_dose},
          {"dose_fit", dose_fit_json(result.by_structure)},
          {"defects", defects_json(result)},
          {"calibration", reliability_json(result.calibration)},
          {"defect_calibration", reliability_json(result.defect_calibration)},
          {"slices", slices_json(result.slices)},
          {"notes", result.notes}};
}

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

std::string to_json(const train::EvaluateResult& result) { return evaluation_json(result).dump(); }

}  // namespace twinmill::app

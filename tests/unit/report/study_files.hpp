#pragma once
// Results of small studies, as a run leaves them in models/NAME/result.json.

#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "twinmill/base/files.hpp"

namespace twinmill::report {

struct StudyFile {
  std::string name, network = "g-unet", condition = "all";
  std::vector<std::string> defects = {};
  std::vector<double> f1 = {};                   ///< By pixel of each defect; by defect it is 0.1 higher.
  std::map<std::string, double> elsewhere = {};  ///< F1 of all defects on other conditions.
};

/// {images, classes, ...} of a model whose F1 at a dose is `f1` - 0.5 exp(-dose/2000).
inline std::string study_evaluation(const StudyFile& file, double f1) {
  using nlohmann::json;
  json classes = json::array({{{"name", "lattice"}, {"true_pixels", 90}, {"f1", 0.99}}}), defects = json::array();
  std::vector<std::vector<std::int64_t>> counts(file.defects.size() + 1,
                                                std::vector<std::int64_t>(file.defects.size() + 1, 0));
  double sum = 0;
  for (std::size_t c = 0; c < file.defects.size(); ++c) {
    const double own = file.f1.size() == file.defects.size() ? file.f1[c] : f1;
    sum += own;
    classes.push_back({{"name", file.defects[c]}, {"true_pixels", 10}, {"f1", own}, {"iou", nullptr}});
    defects.push_back({{"name", file.defects[c]}, {"true", 10}, {"found", 8}, {"hits", 6}, {"f1", own + 0.1}});
    counts[0][c + 1] = 2;
    counts[c + 1][0] = 4;
  }
  const double macro = sum / static_cast<double>(file.defects.size());
  json by_dose = json::array();
  for (const double dose : {300.0, 1000.0, 3000.0, 10000.0})
    by_dose.push_back({{"dose", dose}, {"macro_f1", macro - 0.5 * std::exp(-dose / 2000)}, {"images", 5}});
  by_dose.push_back({{"dose", "inf"}, {"macro_f1", macro}, {"images", 5}});
  const auto fitted = [](double value, double error, double low, double high) {
    return json{{"value", value}, {"error", error}, {"low", low}, {"high", high}};
  };
  const json bins =
      json::array({{{"from", 0}, {"to", 0.5}, {"pixels", 0}, {"confidence", nullptr}, {"accuracy", nullptr}},
                   {{"from", 0.5}, {"to", 1}, {"pixels", 10}, {"confidence", 0.9}, {"accuracy", 0.8}}});
  const auto slice = [&](const std::string& axis, const std::string& value, double part) {
    return json{{"axis", axis},
                {"value", value},
                {"images", 10},
                {"structures", 2},
                {"macro_f1", macro * part},
                {"defect_macro_f1", macro * part},
                {"false_alarms", 3},
                {"class_f1", std::vector<double>(file.defects.size() + 1, macro * part)},
                {"class_defect_f1", std::vector<double>(file.defects.size() + 1, macro * part)}};
  };
  return json{
      {"images", 20},
      {"structures", 4},
      {"classes", classes},
      {"confusion", counts},
      {"macro_f1", macro},
      {"by_dose", by_dose},
      {"dose_fit",
       {{"not_determined", ""},
        {"d0", fitted(macro, 0.01, macro - 0.02, macro + 0.02)},
        {"a", fitted(-0.5, 0.02, -0.54, -0.46)},
        {"alpha", fitted(2000, 30, 1900, 2100)},
        {"residual", 0.001},
        {"bootstrap", {{"resamples", 200}, {"determined", 200}, {"not_determined", ""}}}}},
      {"defects",
       {{"label_radius_A", 1},
        {"match_radius_A", 1},
        {"smallest_area", 0.25},
        {"classes", defects},
        {"confusion", counts},
        {"macro_f1", macro + 0.1}}},
      {"calibration", {{"bins", bins}, {"expected_error", 0.1}}},
      {"defect_calibration", {{"bins", bins}, {"expected_error", 0.2}}},
      {"slices", json::array({slice("all", "all", 1), slice("rotation", "0", 1), slice("rotation", "30", 0.5)})},
      {"notes", json::array()}}
      .dump();
}

/// Writes models/NAME/result.json for each.
inline void write_study(const std::filesystem::path& models, const std::vector<StudyFile>& files) {
  using nlohmann::json;
  for (const auto& file : files) {
    const auto evaluation = [&](const std::string& condition, const StudyFile& what, double f1) {
      json entry = json::parse(study_evaluation(what, f1));
      entry["condition"] = condition;
      return entry;
    };
    json evaluations = json::array({evaluation(file.condition, file, 0)});
    for (const auto& [condition, f1] : file.elsewhere) {
      StudyFile other = file;
      other.f1.clear();
      evaluations.push_back(evaluation(condition, other, f1));
    }
    std::vector<std::string> classes = {"lattice"};
    classes.insert(classes.end(), file.defects.begin(), file.defects.end());
    std::filesystem::create_directories(models / file.name);
    write_atomic(models / file.name / "result.json", json{{"model", file.name},
                                                          {"network", "some network"},
                                                          {"variant", file.network},

                                                          {"classes", classes},
                                                          {"n", classes.size()},
                                                          {"subset", file.defects},
                                                          {"condition", file.condition},
                                                          {"split", 1},
                                                          {"seed", 1},
                                                          {"evaluations", evaluations}}
                                                         .dump());
  }
}

}  // namespace twinmill::report

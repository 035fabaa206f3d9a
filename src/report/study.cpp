#include "study.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/report/csv.hpp"

namespace twinmill::report {

namespace {

using nlohmann::json;

double macro(const Evaluation& e, Level level) {
  if (level == Level::pixel) return e.macro_f1;
  return e.defects ? e.defects->macro_f1 : nan;
}

double class_f1(const Evaluation& e, Level level, const std::string& name) {
  if (level == Level::pixel) {
    for (const auto& c : e.classes)
      if (c.name == name) return c.f1;
  } else if (e.defects) {
    for (const auto& d : e.defects->classes)
      if (d.name == name) return d.f1;
  }
  return nan;
}

/// The models trained on the main condition, with their evaluations there.
std::vector<std::pair<const StudyModel*, const Evaluation*>> compared(const Study& study) {
  const std::string condition = main_condition(study);
  std::vector<std::pair<const StudyModel*, const Evaluation*>> models;
  for (const auto& model : study.models)
    if (model.condition == condition && model.own() != nullptr) models.emplace_back(&model, model.own());
  return models;
}

std::string_view name(Level level) { return level == Level::pixel ? "pixel" : "defect"; }

}  // namespace

const Evaluation* StudyModel::own() const {
  const auto found = evaluations.find(condition);
  return found == evaluations.end() ? nullptr : &found->second;
}

StudyModel study_model(std::string_view text, std::string_view source) {
  try {
    const json document = json::parse(text);
    StudyModel model{.name = document.at("model").get<std::string>(),
                     .network = document.value("variant", document.at("network").get<std::string>()),
                     .classes = document.at("classes").get<std::vector<std::string>>(),
                     .n = document.at("n").get<int>(),
                     .condition = document.at("condition").get<std::string>(),
                     .evaluations = {}};
    for (const json& entry : document.at("evaluations"))
      model.evaluations.emplace(entry.at("condition").get<std::string>(), evaluation_document(entry.dump()));
    return model;
  } catch (const std::exception& e) {
    throw Error(Fault::input, cat(source, " is no result of a training (", e.what(), "). Run the study again?"));
  }
}

Study read_study(const std::filesystem::path& models) {
  std::set<std::filesystem::path> files;
  std::error_code ec;
  for (const auto& entry : std::filesystem::directory_iterator(models, ec)) {
    const auto file = entry.path() / "result.json";
    if (std::filesystem::exists(file, ec)) files.insert(file);
  }
  Study study;
  for (const auto& file : files) study.models.push_back(study_model(read_text(file), file.string()));
  return study;
}

Spread spread_of(const std::vector<double>& values) {
  double sum = 0, squares = 0;
  Spread spread;
  for (const double v : values) {
    if (std::isnan(v)) continue;
    sum += v;
    ++spread.models;
  }
  if (spread.models == 0) return spread;
  spread.mean = sum / spread.models;
  for (const double v : values)
    if (!std::isnan(v)) squares += (v - spread.mean) * (v - spread.mean);
  if (spread.models > 1) spread.deviation = std::sqrt(squares / (spread.models - 1));
  return spread;
}

std::vector<std::string> networks_of(const Study& study) {
  std::set<std::string> names;
  for (const auto& model : study.models) names.insert(model.network);
  return {names.begin(), names.end()};
}

std::vector<std::string> conditions_of(const Study& study) {
  std::set<std::string> names;
  for (const auto& model : study.models) {
    names.insert(model.condition);
    for (const auto& [condition, evaluation] : model.evaluations) names.insert(condition);
  }
  return {names.begin(), names.end()};
}

std::string main_condition(const Study& study) {
  std::map<std::string, int> models;
  for (const auto& model : study.models) ++models[model.condition];
  if (models.empty() || models.contains("all")) return models.empty() ? "" : "all";
  return std::max_element(models.begin(), models.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; })
      ->first;
}

int most_classes(const Study& study) {
  int most = 0;
  for (const auto& model : study.models) most = std::max(most, model.n);
  return most;
}

ByCount f1_by_count(const Study& study, Level level) {
  std::map<std::string, std::map<int, std::vector<double>>> values;
  for (const auto& [model, e] : compared(study)) values[model->network][model->n].push_back(macro(*e, level));
  ByCount result;
  for (const auto& [network, by_n] : values)
    for (const auto& [n, f1] : by_n) result[network][n] = spread_of(f1);
  return result;
}

ByClass f1_by_class(const Study& study, Level level) {
  struct Values {
    std::vector<double> alone, among_all;
  };
  std::map<std::string, std::map<std::string, Values>> values;
  const int most = most_classes(study);
  for (const auto& [model, e] : compared(study)) {
    if (model->n != 2 && model->n != most) continue;
    for (std::size_t c = 1; c < model->classes.size(); ++c) {
      auto& at = values[model->network][model->classes[c]];
      const double f1 = class_f1(*e, level, model->classes[c]);
      if (model->n == 2) at.alone.push_back(f1);
      if (model->n == most && most > 2) at.among_all.push_back(f1);
    }
  }
  ByClass result;
  for (const auto& [network, classes] : values)
    for (const auto& [class_name, v] : classes)
      result[network][class_name] = {.alone = spread_of(v.alone), .among_all = spread_of(v.among_all)};
  return result;
}

std::map<std::string, DoseSeries> f1_by_dose(const Study& study) {
  std::map<std::string, std::map<double, std::vector<double>>> values;
  for (const auto& [model, e] : compared(study)) {
    if (model->n != most_classes(study)) continue;
    for (const auto& d : e->by_dose) values[model->network][d.dose].push_back(d.macro_f1);
  }
  std::map<std::string, DoseSeries> result;
  for (const auto& [network, by_dose] : values) {
    DoseSeries series;
    std::vector<DosePoint> means;
    for (const auto& [dose, f1] : by_dose) {
      series.points.emplace_back(dose, spread_of(f1));
      means.push_back({.dose = dose, .f1 = series.points.back().second.mean});
    }
    series.fit = fit_dose(means);
    result[network] = series;
  }
  return result;
}

Transfer transfer(const Study& study, const std::string& network, Level level) {
  std::map<std::string, std::map<std::string, std::vector<double>>> values;
  for (const auto& model : study.models) {
    if (model.network != network || model.n != most_classes(study)) continue;
    for (const auto& [condition, e] : model.evaluations) values[model.condition][condition].push_back(macro(e, level));
  }
  Transfer result;
  for (const auto& [trained, row] : values)
    for (const auto& [evaluated, f1] : row) result[trained][evaluated] = spread_of(f1);
  return result;
}

namespace {

/// A row of study.csv; what does not apply is empty.
struct StudyRow {
  std::string figure, network, level = "pixel", classes{}, class_name{}, trained_on{}, evaluated_on{}, dose{};
};

class StudyTable {
 public:
  void add(const StudyRow& row, const std::string& measure, const Spread& spread) {
    if (spread.models > 0)
      put(row, measure, csv_number(spread.mean), csv_number(spread.deviation), std::to_string(spread.models));
  }
  void put(const StudyRow& r, const std::string& measure, const std::string& value, const std::string& deviation,
           const std::string& models) {
    csv_.add({r.figure, r.network, r.level, r.classes, r.class_name, r.trained_on, r.evaluated_on, r.dose, measure,
              value, deviation, models});
  }
  const std::string& text() const { return csv_.text(); }

 private:
  Csv csv_{{"figure", "network", "level", "classes", "class", "trained_on", "evaluated_on", "dose_e_per_A2", "measure",
            "value", "deviation", "models"}};
};

void add_doses(StudyTable& table, const Study& study) {
  for (const auto& [network, series] : f1_by_dose(study)) {
    StudyRow row{.figure = "dose", .network = network};
    row.trained_on = row.evaluated_on = main_condition(study);
    row.classes = std::to_string(most_classes(study));
    for (const auto& [dose, spread] : series.points) {
      row.dose = csv_number(dose);
      table.add(row, "f1", spread);
    }
    row.dose.clear();
    if (!series.fit.determined()) continue;
    const auto& fit = series.fit;
    for (const auto& [measure, fitted] :
         {std::pair("D0", fit.d0), std::pair("A", fit.a), std::pair("alpha", fit.alpha)})
      table.put(row, measure, csv_number(fitted.value), csv_number(fitted.error), "");
  }
}

}  // namespace

std::string study_csv(const Study& study) {
  StudyTable table;
  const std::string most = std::to_string(most_classes(study));
  for (const Level level : {Level::pixel, Level::defect}) {
    StudyRow row{.figure = "classes", .network = {}, .level = std::string(name(level))};
    row.trained_on = row.evaluated_on = main_condition(study);
    for (const auto& [network, by_n] : f1_by_count(study, level)) {
      row.network = network;
      for (const auto& [n, spread] : by_n) {
        row.classes = std::to_string(n);
        table.add(row, "f1", spread);
      }
    }
    row.figure = "class";
    for (const auto& [network, classes] : f1_by_class(study, level)) {
      row.network = network;
      for (const auto& [class_name, scores] : classes) {
        row.class_name = class_name;
        row.classes = "2";
        table.add(row, "f1", scores.alone);
        row.classes = most;
        table.add(row, "f1", scores.among_all);
      }
    }
    row = {.figure = "transfer", .network = {}, .level = std::string(name(level)), .classes = most};
    for (const auto& network : networks_of(study)) {
      row.network = network;
      for (const auto& [trained, evaluated] : transfer(study, network, level)) {
        row.trained_on = trained;
        for (const auto& [condition, spread] : evaluated) {
          row.evaluated_on = condition;
          table.add(row, "f1", spread);
        }
      }
    }
  }
  add_doses(table, study);
  return table.text();
}

}  // namespace twinmill::report

#pragma once
// Many trainings of one study side by side: what the number of classes, the dose and the condition do to each network.

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "documents.hpp"
#include "twinmill/report/dose_fit.hpp"

namespace twinmill::report {

/// One training and its evaluations: models/NAME/result.json.
struct StudyModel {
  std::string name;
  std::string network;                            ///< As the study calls it: with other settings it is another one.
  std::vector<std::string> classes;               ///< Lattice first.
  int n = 0;                                      ///< Number of classes, the lattice among them.
  std::string condition;                          ///< Trained on.
  std::map<std::string, Evaluation> evaluations;  ///< By the condition evaluated on.
  /// On what it was trained on; nullptr when it was not evaluated there.
  const Evaluation* own() const;
};

struct Study {
  std::vector<StudyModel> models;  ///< By name.
};

/// Throws Error(input) naming `source` for text that is no result of a training.
StudyModel study_model(std::string_view json, std::string_view source);
/// All of models/*/result.json. Throws Error(input) for one that cannot be read.
Study read_study(const std::filesystem::path& models);

/// Mean over models and the standard deviation of one model (NaN for a single one). NaN scores are left out.
struct Spread {
  double mean = nan, deviation = nan;
  int models = 0;
};
Spread spread_of(const std::vector<double>& values);

/// The levels on which F1 is told.
enum class Level { pixel, defect, count_ };

std::vector<std::string> networks_of(const Study& study);    ///< "a-unet", ...: in alphabetical order.
std::vector<std::string> conditions_of(const Study& study);  ///< Trained or evaluated on, in alphabetical order.

/// The condition that most models were trained on, "all" before others: numbers of classes, classes and doses are
/// compared on it alone. Empty without models.
std::string main_condition(const Study& study);

/// F1 (mean over defects) on the main condition by network and number of classes.
using ByCount = std::map<std::string, std::map<int, Spread>>;
ByCount f1_by_count(const Study& study, Level level);

/// F1 of each class by network: told from the lattice alone (N = 2), and among most classes.
struct ClassRow {
  Spread alone, among_all;
};
using ByClass = std::map<std::string, std::map<std::string, ClassRow>>;  ///< [network][class]
ByClass f1_by_class(const Study& study, Level level);
/// The largest number of classes of any model; 0 without models.
int most_classes(const Study& study);

/// F1 per pixel against dose on the main condition, by network; models with most classes only.
struct DoseSeries {
  std::vector<std::pair<double, Spread>> points;  ///< By ascending dose.
  DoseFit fit;                                    ///< To the means.
};
std::map<std::string, DoseSeries> f1_by_dose(const Study& study);

/// F1 of models with most classes of a network, [trained on][evaluated on]; no models where nothing was evaluated.
using Transfer = std::map<std::string, std::map<std::string, Spread>>;
Transfer transfer(const Study& study, const std::string& network, Level level);

/// All of this as study.csv: figure, network, level, classes, class, trained_on, evaluated_on, dose_e_per_A2, measure,
/// value, deviation, models.
std::string study_csv(const Study& study);

}  // namespace twinmill::report

#pragma once
// Results as CSV (quoted as RFC 4180 says, lines end with a line feed), for spreadsheets and pandas. Columns are
// described in docs/training.md, Evaluation.

#include <filesystem>
#include <span>
#include <string>

namespace twinmill::report {

/// One evaluation of a model.
struct EvaluationOf {
  std::string condition;  ///< On what it was evaluated; may be empty.
  std::string json;       ///< {images, structures, classes, ...}
};

/// Writes metrics.csv, confusion.csv, calibration.csv and dose.csv into `folder`, each atomically. Throws Error(input)
/// for JSON that is no evaluation, Error(system) when a file cannot be written.
void write_evaluation_tables(const std::filesystem::path& folder, const std::string& model,
                             std::span<const EvaluationOf> evaluations);

/// Writes study.csv into `models` from all models/*/result.json; nothing when there are none. Errors as above.
void write_study_table(const std::filesystem::path& models);

}  // namespace twinmill::report

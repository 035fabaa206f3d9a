#include "twinmill/report/tables.hpp"

#include <utility>
#include <vector>

#include "documents.hpp"
#include "study.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/report/csv.hpp"

namespace twinmill::report {

namespace {

/// The evaluations of one model, read.
struct Read {
  std::string condition;
  Evaluation evaluation;
};

class Tables {
 public:
  explicit Tables(std::string model) : model_(std::move(model)) {}

  void add(const Read& read) {
    start_ = {model_, read.condition};
    overall(read.evaluation);
    for (const auto& slice : read.evaluation.slices)
      if (slice.axis != "all") add_slice(slice, read.evaluation.classes);
    add_confusion("pixel", class_names(read.evaluation, "lattice"), read.evaluation.confusion);
    if (read.evaluation.defects)
      add_confusion("defect", class_names(read.evaluation, "nothing"), read.evaluation.defects->confusion);
    add_calibration("all", read.evaluation.calibration);
    add_calibration("defects", read.evaluation.defect_calibration);
    add_doses(read.evaluation);
  }

  void write(const std::filesystem::path& folder) const {
    write_atomic(folder / "metrics.csv", metrics_.text());
    write_atomic(folder / "confusion.csv", confusion_.text());
    write_atomic(folder / "calibration.csv", calibration_.text());
    write_atomic(folder / "dose.csv", dose_.text());
  }

 private:
  void put(Csv& table, std::vector<std::string> fields) {
    fields.insert(fields.begin(), start_.begin(), start_.end());
    table.add(fields);
  }

  void measure(const std::string& axis, const std::string& value, const std::string& class_name,
               const std::string& measure, const std::string& number) {
    put(metrics_, {axis, value, class_name, measure, number});
  }

  void overall(const Evaluation& e) {
    const auto all = [&](const std::string& class_name, const std::string& what, auto number) {
      measure("all", "all", class_name, what, csv_number(number));
    };
    all("", "images", e.images);
    all("", "structures", e.structures);
    all("", "macro_f1", e.macro_f1);
    all("", "expected_calibration_error", e.calibration.expected_error);
    all("", "defect_expected_calibration_error", e.defect_calibration.expected_error);
    for (const auto& c : e.classes) {
      all(c.name, "true_pixels", c.true_pixels);
      all(c.name, "predicted_pixels", c.predicted_pixels);
      all(c.name, "hit_pixels", c.hit_pixels);
      all(c.name, "precision", c.precision);
      all(c.name, "recall", c.recall);
      all(c.name, "f1", c.f1);
      all(c.name, "iou", c.iou);
    }
    if (!e.defects) return;
    all("", "defect_macro_f1", e.defects->macro_f1);
    for (const auto& d : e.defects->classes) {
      all(d.name, "true_defects", d.truth);
      all(d.name, "found_defects", d.found);
      all(d.name, "defect_hits", d.hits);
      all(d.name, "defect_precision", d.precision);
      all(d.name, "defect_recall", d.recall);
      all(d.name, "defect_f1", d.f1);
    }
  }

  void add_slice(const SliceScore& slice, const std::vector<ClassScore>& classes) {
    const auto put_one = [&](const std::string& class_name, const std::string& what, auto number) {
      measure(slice.axis, slice.value, class_name, what, csv_number(number));
    };
    put_one("", "images", slice.images);
    put_one("", "structures", slice.structures);
    put_one("", "macro_f1", slice.macro_f1);
    put_one("", "defect_macro_f1", slice.defect_macro_f1);
    put_one("", "false_alarms", slice.false_alarms);
    for (std::size_t c = 0; c < classes.size(); ++c) {
      if (c < slice.class_f1.size()) put_one(classes[c].name, "f1", slice.class_f1[c]);
      if (c > 0 && c < slice.class_defect_f1.size()) put_one(classes[c].name, "defect_f1", slice.class_defect_f1[c]);
    }
  }

  static std::vector<std::string> class_names(const Evaluation& e, const std::string& first) {
    std::vector<std::string> names;
    for (const auto& c : e.classes) names.push_back(names.empty() ? first : c.name);
    return names;
  }

  void add_confusion(const std::string& level, const std::vector<std::string>& names,
                     const std::vector<std::vector<std::int64_t>>& counts) {
    for (std::size_t t = 0; t < counts.size(); ++t)
      for (std::size_t p = 0; p < counts[t].size(); ++p)
        put(confusion_, {level, names.at(t), names.at(p), csv_number(counts[t][p])});
  }

  void add_calibration(const std::string& pixels, const ReliabilityCurve& curve) {
    for (const auto& bin : curve.bins) {
      put(calibration_, {pixels, csv_number(bin.from), csv_number(bin.to), csv_number(bin.pixels),
                         csv_number(bin.confidence), csv_number(bin.accuracy)});
    }
  }

  void add_doses(const Evaluation& e) {
    for (const auto& d : e.by_dose)
      put(dose_, {"macro_f1", csv_number(d.dose), csv_number(d.macro_f1), "", "", "", ""});
    if (!e.dose_fit) return;
    const auto& fit = *e.dose_fit;
    const std::string note = fit.not_determined.empty() ? fit.intervals_not_determined : fit.not_determined;
    for (const auto& [name, fitted] : {std::pair("D0", fit.d0), std::pair("A", fit.a), std::pair("alpha", fit.alpha)}) {
      put(dose_, {name, "", csv_number(fitted.value), csv_number(fitted.error), csv_number(fitted.low),
                  csv_number(fitted.high), note});
    }
  }

  std::string model_;
  std::vector<std::string> start_;
  Csv metrics_{{"model", "condition", "slice_axis", "slice_value", "class", "measure", "value"}};
  Csv confusion_{{"model", "condition", "level", "true", "predicted", "count"}};
  Csv calibration_{{"model", "condition", "pixels", "from", "to", "count", "confidence", "accuracy"}};
  Csv dose_{{"model", "condition", "measure", "dose_e_per_A2", "value", "error", "low", "high", "note"}};
};

}  // namespace

void write_evaluation_tables(const std::filesystem::path& folder, const std::string& model,
                             std::span<const EvaluationOf> evaluations) {
  Tables tables(model);
  for (const auto& e : evaluations) tables.add({.condition = e.condition, .evaluation = evaluation_document(e.json)});
  tables.write(folder);
}

void write_study_table(const std::filesystem::path& models) {
  const Study study = read_study(models);
  if (!study.models.empty()) write_atomic(models / "study.csv", study_csv(study));
}

}  // namespace twinmill::report

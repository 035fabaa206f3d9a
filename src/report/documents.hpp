#pragma once
// The JSON documents of training and evaluation as values (the fields of train/api.hpp).

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace twinmill::report {

inline constexpr double nan = std::numeric_limits<double>::quiet_NaN();

struct Epoch {
  int number = 0;
  double train_loss = 0, validation_loss = 0, validation_f1 = 0, seconds = 0, images_per_s = 0;  ///< NaN: unknown.
};

struct Training {
  std::vector<Epoch> history;
  std::int64_t parameters = 0;
  double seconds = 0;
};

struct ClassScore {
  std::string name;
  std::int64_t true_pixels = 0, predicted_pixels = 0, hit_pixels = 0;
  double precision = 0, recall = 0, f1 = 0, iou = 0;  ///< NaN: undefined.
  /// Neither there nor predicted: there is nothing to say of it.
  bool absent() const { return true_pixels == 0 && predicted_pixels == 0; }
};

struct DoseScore {
  double dose = 0;
  double macro_f1 = 0;
  std::int64_t images = 0;
};

/// Defects of a class by number.
struct DefectScore {
  std::string name;
  std::int64_t truth = 0, found = 0, hits = 0;
  double precision = 0, recall = 0, f1 = 0;
  bool absent() const { return truth == 0 && found == 0; }
};

struct DefectLevel {
  double label_radius_A = nan, match_radius_A = nan, smallest_area = nan;
  std::vector<DefectScore> classes;                  ///< Without the lattice.
  std::vector<std::vector<std::int64_t>> confusion;  ///< [true][found]; 0: nothing.
  double macro_f1 = nan;
};

struct ReliabilityBin {
  double from = 0, to = 0;
  std::int64_t pixels = 0;
  double confidence = 0, accuracy = 0;
};

struct ReliabilityCurve {
  std::vector<ReliabilityBin> bins;
  double expected_error = nan;
};

struct SliceScore {
  std::string axis, value;
  std::int64_t images = 0, structures = 0;
  double macro_f1 = 0, defect_macro_f1 = 0;
  std::int64_t false_alarms = 0;
  std::vector<double> class_f1, class_defect_f1;  ///< By class.
};

/// A parameter of the dose fit with its error and its 95 % interval.
struct FittedScore {
  double value = nan, error = nan, low = nan, high = nan;
};

struct DoseFitScore {
  FittedScore d0, a, alpha;
  std::string not_determined;            ///< Empty when there is a fit.
  std::string intervals_not_determined;  ///< Empty when there are intervals.
};

/// What an older program did not write is empty.
struct Evaluation {
  std::int64_t images = 0, structures = 0;
  std::vector<ClassScore> classes;
  std::vector<std::vector<std::int64_t>> confusion;
  double macro_f1 = 0;
  std::vector<DoseScore> by_dose;
  std::optional<DoseFitScore> dose_fit;
  std::optional<DefectLevel> defects;
  ReliabilityCurve calibration, defect_calibration;
  std::vector<SliceScore> slices;
  std::vector<std::string> notes;
};

/// Throw Error(input) for text that is no such document. null stands for NaN; for a dose it stands for infinity.
Training training_document(std::string_view json);
Evaluation evaluation_document(std::string_view json);

}  // namespace twinmill::report

#pragma once
// The JSON documents of training and evaluation as values (the fields of train/api.hpp).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace twinmill::report {

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
};

struct DoseScore {
  double dose = 0;
  double macro_f1 = 0;
  std::int64_t images = 0;
};

struct Evaluation {
  std::int64_t images = 0, structures = 0;
  std::vector<ClassScore> classes;
  std::vector<std::vector<std::int64_t>> confusion;
  double macro_f1 = 0;
  std::vector<DoseScore> by_dose;
};

/// Throw Error(input) for text that is no such document. null stands for NaN; for a dose it stands for infinity.
Training training_document(std::string_view json);
Evaluation evaluation_document(std::string_view json);

}  // namespace twinmill::report

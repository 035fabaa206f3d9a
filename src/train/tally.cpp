#include "tally.hpp"

#include <limits>
#include <map>
#include <utility>

#include "twinmill/base/error.hpp"

namespace twinmill::train {
namespace {

std::vector<DefectMetrics> defect_metrics(const Confusion& defects, std::span<const std::string> names) {
  std::vector<DefectMetrics> result;
  const auto all = defects.metrics(names);
  for (std::size_t c = 1; c < all.size(); ++c) {
    result.push_back({.name = all[c].name,
                      .true_defects = all[c].true_pixels,
                      .found_defects = all[c].predicted_pixels,
                      .hits = all[c].hit_pixels,
                      .precision = all[c].precision,
                      .recall = all[c].recall,
                      .f1 = all[c].f1});
  }
  return result;
}

SliceMetrics metrics_of(const Slice& slice, const Confusion& pixels, const Confusion& defects,
                        std::span<const std::string> names) {
  SliceMetrics m{.axis = slice.axis,
                 .value = slice.value,
                 .images = slice.images,
                 .structures = slice.structures,
                 .macro_f1 = pixels.macro_f1(),
                 .defect_macro_f1 = defects.macro_f1(),
                 .false_alarms = 0,
                 .class_f1 = {},
                 .class_defect_f1 = {std::numeric_limits<double>::quiet_NaN()}};
  for (const auto& c : pixels.metrics(names)) m.class_f1.push_back(c.f1);
  for (const auto& c : defect_metrics(defects, names)) m.class_defect_f1.push_back(c.f1);
  for (int c = 1; c < defects.classes(); ++c) m.false_alarms += defects.at(0, c);
  return m;
}

}  // namespace

Tally::Tally(int classes, std::span<const store::SampleRow> rows)
    : classes_(classes),
      slices_(slices_of(rows)),
      parts_(slices_.slices.size(), Part{.pixels = Confusion(classes), .defects = Confusion(classes)}) {
  std::map<std::pair<std::int32_t, double>, std::size_t> known;
  for (const auto& row : rows) known.try_emplace({row.structure, row.dose_e_per_A2}, 0);
  for (auto& [key, number] : known) {
    number = cells_.size();
    cells_.push_back({.structure = key.first, .dose = key.second});
  }
  for (const auto& row : rows) cell_of_.push_back(known.at({row.structure, row.dose_e_per_A2}));
  cell_counts_.assign(cells_.size() * 3 * static_cast<std::size_t>(classes), 0);
}

void Tally::count(std::size_t position, const SampleScore& score) {
  Confusion pixels(classes_), defects(classes_);
  pixels.count(score.truth, score.predicted);
  for (const auto& pair : score.defects) defects.count(pair.truth, pair.found);
  for (const std::size_t slice : slices_.of_sample.at(position)) {
    parts_[slice].pixels.add(pixels);
    parts_[slice].defects.add(defects);
  }
  const auto k = static_cast<std::size_t>(classes_);
  const auto cell = std::span(cell_counts_).subspan(cell_of_.at(position) * 3 * k, 3 * k);
  for (std::size_t c = 0; c < k; ++c) {
    for (std::size_t other = 0; other < k; ++other) {
      cell[c] += pixels.at(static_cast<int>(c), static_cast<int>(other));
      cell[k + c] += pixels.at(static_cast<int>(other), static_cast<int>(c));
    }
    cell[2 * k + c] += pixels.at(static_cast<int>(c), static_cast<int>(c));
  }
  calibration_.count(score.truth, score.predicted, score.confidence);
}

void Tally::sum_over(const mpi::Communicator& group) {
  for (auto& part : parts_) {
    part.pixels.sum_over(group);
    part.defects.sum_over(group);
  }
  sum_counts(cell_counts_, group);
  calibration_.sum_over(group);
}

EvaluateResult Tally::result(std::span<const std::string> class_names) const {
  EvaluateResult result;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const Slice& slice = slices_.slices[i];
    const auto m = metrics_of(slice, parts_[i].pixels, parts_[i].defects, class_names);
    if (slice.axis == "dose")
      result.by_dose.push_back({.dose = slice.number, .macro_f1 = m.macro_f1, .images = m.images});
    result.slices.push_back(m);
  }
  const Part& all = parts_.at(0);
  result.images = slices_.slices.at(0).images;
  result.structures = slices_.slices.at(0).structures;
  result.classes = all.pixels.metrics(class_names);
  result.confusion = all.pixels.rows();
  result.macro_f1 = all.pixels.macro_f1();
  result.defects = defect_metrics(all.defects, class_names);
  result.defect_confusion = all.defects.rows();
  result.defect_macro_f1 = all.defects.macro_f1();
  result.calibration = calibration_.all();
  result.defect_calibration = calibration_.defects();
  const auto k = static_cast<std::size_t>(classes_);
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    const auto at = cell_counts_.begin() + static_cast<std::ptrdiff_t>(i * 3 * k);
    const auto step = static_cast<std::ptrdiff_t>(k);
    result.by_structure.push_back({.structure = cells_[i].structure,
                                   .dose = cells_[i].dose,
                                   .true_pixels = {at, at + step},
                                   .predicted_pixels = {at + step, at + 2 * step},
                                   .hit_pixels = {at + 2 * step, at + 3 * step}});
  }
  return result;
}

}  // namespace twinmill::train

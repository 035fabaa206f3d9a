#pragma once
// All that an evaluation counts, slice by slice; whole numbers, so that no order of summation and no number of ranks
// changes a result.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "calibration.hpp"
#include "confusion.hpp"
#include "defects.hpp"
#include "slices.hpp"
#include "twinmill/store/layout.hpp"

namespace twinmill::train {

/// What is predicted for the pixels of one sample.
struct SampleScore {
  std::span<const std::int64_t> truth;
  std::span<const std::uint8_t> predicted;
  std::span<const std::int32_t> confidence;  ///< Of the predicted class, in Calibration::units.
  std::span<const DefectPair> defects;
};

class Tally {
 public:
  /// `rows` are the evaluated samples, the same on every rank.
  Tally(int classes, std::span<const store::SampleRow> rows);

  /// Counts sample number `position` among the rows.
  void count(std::size_t position, const SampleScore& score);
  /// Adds up the counts of all ranks. Collective.
  void sum_over(const mpi::Communicator& group);
  /// All numbers of a result; the notes and rules are left to the caller.
  EvaluateResult result(std::span<const std::string> class_names) const;

 private:
  struct Part {
    Confusion pixels, defects;
  };
  struct Cell {
    std::int32_t structure = 0;
    double dose = 0;
  };

  int classes_;
  Slices slices_;
  std::vector<Part> parts_;                // One per slice.
  std::vector<Cell> cells_;                // Structure and dose.
  std::vector<std::size_t> cell_of_;       // By sample.
  std::vector<std::int64_t> cell_counts_;  // [cell][true, predicted, hit][class]
  Calibration calibration_;
};

}  // namespace twinmill::train

#pragma once
// How often a pixel of one class was taken for another, and what follows from it.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "twinmill/mpi/mpi.hpp"
#include "twinmill/train/api.hpp"

namespace twinmill::train {

/// Adds up whole numbers of all ranks, exactly up to 2^53. Collective.
void sum_counts(std::span<std::int64_t> counts, const mpi::Communicator& group);

class Confusion {
 public:
  explicit Confusion(int classes);

  int classes() const { return classes_; }
  std::int64_t at(int truth, int predicted) const;
  void count(std::span<const std::int64_t> truth, std::span<const std::uint8_t> predicted);
  void count(int truth, int predicted);
  void add(const Confusion& other);
  /// Adds up the counts of all ranks. Collective.
  void sum_over(const mpi::Communicator& group);

  /// Precision, recall, F1 and IOU of each class; NaN where undefined (no pixel to divide by).
  std::vector<ClassMetrics> metrics(std::span<const std::string> names) const;
  /// Mean F1 over the defect classes (all but class 0) that have true pixels; NaN when there are none.
  double macro_f1() const;
  std::vector<std::vector<std::int64_t>> rows() const;  ///< [true][predicted]
  std::span<std::int64_t> counts() { return counts_; }  ///< Row by row.

 private:
  int classes_;
  std::vector<std::int64_t> counts_;  // [true][predicted]
};

}  // namespace twinmill::train

#pragma once
// Whether the network is as sure as it is right. C. Guo, G. Pleiss, Y. Sun, K. Weinberger, "On calibration of modern
// neural networks", ICML 2017.

#include <array>
#include <cstdint>
#include <span>

#include "twinmill/mpi/mpi.hpp"
#include "twinmill/train/api.hpp"

namespace twinmill::train {

/// Pixels by their highest probability. Probabilities come in units of 1/65535 and are counted in whole numbers, so
/// that sums do not depend on their order.
class Calibration {
 public:
  static constexpr int bins = 15;      ///< Of equal width, as in the paper.
  static constexpr int units = 65535;  ///< A probability of 1.

  void count(std::span<const std::int64_t> truth, std::span<const std::uint8_t> predicted,
             std::span<const std::int32_t> confidence);
  /// Adds up the counts of all ranks. Collective.
  void sum_over(const mpi::Communicator& group);

  Reliability all() const { return reliability(0); }
  Reliability defects() const { return reliability(1); }  ///< Of the pixels predicted to be a defect.

 private:
  struct Bin {
    std::int64_t pixels = 0, right = 0, confidence = 0;
  };
  Reliability reliability(std::size_t which) const;
  std::array<std::array<Bin, bins>, 2> counts_{};  // all pixels; those predicted to be a defect
};

}  // namespace twinmill::train

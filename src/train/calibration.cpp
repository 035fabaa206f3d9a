#include "calibration.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "confusion.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::train {
namespace {

// Bin m of M holds m/M < p <= (m+1)/M.
std::size_t bin_of(std::int64_t confidence) {
  const std::int64_t above = (confidence * Calibration::bins + Calibration::units - 1) / Calibration::units;
  return static_cast<std::size_t>(above > 0 ? above - 1 : 0);
}

}  // namespace

void Calibration::count(std::span<const std::int64_t> truth, std::span<const std::uint8_t> predicted,
                        std::span<const std::int32_t> confidence) {
  ensure(truth.size() == predicted.size() && truth.size() == confidence.size(), "every pixel has a probability");
  for (std::size_t i = 0; i < truth.size(); ++i) {
    ensure(confidence[i] >= 0 && confidence[i] <= units, "a probability lies between 0 and 1");
    for (std::size_t which = 0; which < (predicted[i] > 0 ? 2U : 1U); ++which) {
      Bin& bin = counts_.at(which).at(bin_of(confidence[i]));
      ++bin.pixels;
      bin.confidence += confidence[i];
      if (truth[i] == predicted[i]) ++bin.right;
    }
  }
}

void Calibration::sum_over(const mpi::Communicator& group) {
  std::vector<std::int64_t> values;
  for (const auto& set : counts_)
    for (const auto& bin : set) values.insert(values.end(), {bin.pixels, bin.right, bin.confidence});
  sum_counts(values, group);
  auto next = values.begin();
  for (auto& set : counts_) {
    for (auto& bin : set) {
      bin = {.pixels = next[0], .right = next[1], .confidence = next[2]};
      next += 3;
    }
  }
}

// ECE = sum_m n_m/n |acc_m - conf_m|
Reliability Calibration::reliability(std::size_t which) const {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  Reliability result;
  double gaps = 0, all = 0;
  for (int m = 0; m < bins; ++m) {
    const Bin& bin = counts_.at(which).at(static_cast<std::size_t>(m));
    Reliability::Bin out{.from = static_cast<double>(m) / bins,
                         .to = static_cast<double>(m + 1) / bins,
                         .pixels = bin.pixels,
                         .confidence = nan,
                         .accuracy = nan};
    if (bin.pixels > 0) {
      const auto n = static_cast<double>(bin.pixels);
      out.confidence = static_cast<double>(bin.confidence) / (n * units);
      out.accuracy = static_cast<double>(bin.right) / n;
      gaps += n * std::abs(out.accuracy - out.confidence);
      all += n;
    }
    result.bins.push_back(out);
  }
  result.expected_error = all > 0 ? gaps / all : nan;
  return result;
}

}  // namespace twinmill::train

#pragma once
// Which values of the campaign's axes each image has, in four bytes an image, and counts by them.

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "twinmill/ledger/record.hpp"
#include "twinmill/store/store.hpp"

namespace twinmill::monitor {

enum class AxisName { parent, defect, rotation, boundary, damage, defocus, dose, split, count_ };
std::string_view name(AxisName axis);
inline constexpr std::size_t axis_count = static_cast<std::size_t>(AxisName::count_);

/// "10,000 e/Å²" or "no noise".
std::string dose_words(double dose_e_per_A2);
/// Class names read better without underscores.
std::string spaced(std::string name);

/// Images that share a value.
struct ValueCount {
  std::string value;  ///< "MoS2-H", "10,000 e/Å²".
  std::int64_t total = 0, done = 0, quarantined = 0;
};

struct AxisProgress {
  std::string name;
  std::vector<ValueCount> values;  ///< Numbers in their order, words in that of the campaign.
};

/// The axes of every sample of a store. Filled piece by piece, since reading the table of millions takes a while.
class SampleAxes {
 public:
  explicit SampleAxes(std::int64_t samples);

  /// The next rows of the table; true while some are missing.
  bool read_more(const store::Reader& reader);
  bool complete() const { return static_cast<std::int64_t>(cell_of_.size()) == samples_; }
  /// Part of the table that was read, from 0 to 1.
  double part() const;

  std::size_t cells() const { return cells_.size(); }
  /// Combination of values that a sample has, from 0 to cells() - 1; the sample must have been read.
  std::uint32_t cell_of(std::int64_t sample) const { return cell_of_.at(static_cast<std::size_t>(sample)); }

  /// Sums counts by combination (`done` and `quarantined`, one entry per cell) over each axis.
  std::vector<AxisProgress> progress(const std::vector<std::int64_t>& done,
                                     const std::vector<std::int64_t>& quarantined) const;

 private:
  using Code = std::uint16_t;
  using Cell = std::array<Code, axis_count>;
  struct CellHash {
    std::size_t operator()(const Cell& cell) const;
  };
  struct Axis {
    std::vector<std::string> values;  // By code.
    std::vector<double> order;        // By code; what numbers are sorted by, 0 for words.
    std::map<std::string, Code, std::less<>> by_word;
    std::map<double, Code> by_number;
  };

  Code code_of_word(AxisName axis, const std::string& word);
  Code code_of_number(AxisName axis, double number, double order);
  void take(const store::SampleRow& row);
  Axis& at(AxisName axis) { return axes_[static_cast<std::size_t>(axis)]; }

  std::int64_t samples_;
  std::array<Axis, axis_count> axes_;
  std::vector<std::uint32_t> cell_of_;
  std::vector<Cell> cells_;
  std::vector<std::int64_t> totals_;  // By cell.
  std::unordered_map<Cell, std::uint32_t, CellHash> by_cell_;
};

}  // namespace twinmill::monitor

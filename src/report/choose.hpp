#pragma once
// Which samples are worth a look. The same choice for the same store, whatever order it was filled in.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "twinmill/store/layout.hpp"

namespace twinmill::report {

/// One specimen in one orientation and focus, at all its doses.
struct Specimen {
  std::int64_t exposure = -1;
  std::vector<std::int64_t> samples;  ///< Done ones, one per dose, low dose first.
  int predicted = 0;                  ///< How many of them have a prediction.
};

struct Candidates {
  std::span<const store::SampleRow> rows;
  std::vector<bool> done, predicted;               ///< By sample.
  std::function<bool(std::int64_t)> shows_defect;  ///< Looks at the mask of a sample: whole, not cut by the border.
};

/// One specimen per kind of defect, in the order of the campaign, pristine last: with most predictions, then most
/// doses, then of a parent not shown yet, then with the smallest key. Specimens whose mask shows their defect come
/// first.
std::vector<Specimen> chosen_specimens(const Candidates& candidates);

/// One axis of the campaign, by what a row is on it. `value`: where it stands in the order; NaN: not on this axis.
struct ShownAxis {
  std::string title;
  std::function<double(const store::SampleRow&)> value;
};
/// One finished sample for each value of an axis, in their order, as like to `base` in all else as there is: same kind
/// of defect and parent, then same dose and rotation, then with a prediction, then with the smallest key. Empty when
/// there are fewer than two values. At most `most` of them, evenly spread.
std::vector<std::int64_t> along_axis(const Candidates& candidates, const ShownAxis& axis, std::int64_t base,
                                     std::size_t most);

/// At most `count` of the entries, evenly spread, first and last included.
std::vector<std::int64_t> spread(const std::vector<std::int64_t>& entries, std::size_t count);

}  // namespace twinmill::report

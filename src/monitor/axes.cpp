#include "axes.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::monitor {
namespace {

constexpr std::array axis_names = {"parent", "defect", "rotation", "boundary", "damage", "defocus", "dose", "split"};
static_assert(axis_names.size() == axis_count);

constexpr std::int64_t rows_at_once = 32768;
/// An axis with more values than this is no axis to look at (angles drawn at random): what comes later is put together.
constexpr std::size_t most_values = 1000;
constexpr const char* other_values = "other values";

std::string number_value(AxisName axis, double number) {
  switch (axis) {
    case AxisName::rotation:
      return number_text(number) + "°";
    case AxisName::defocus:
      return number_text(number) + " Å";
    case AxisName::damage:
      return cat(count_text(static_cast<std::int64_t>(number)), number == 1 ? " atom removed" : " atoms removed");
    case AxisName::dose:
      return dose_words(number);
    case AxisName::parent:
    case AxisName::defect:
    case AxisName::boundary:
    case AxisName::split:
    case AxisName::count_:
      break;
  }
  ensure(false, "an axis of words was asked for a number");
  return {};
}

}  // namespace

std::string_view name(AxisName axis) {
  ensure(axis < AxisName::count_, "an axis out of range");
  return axis_names[static_cast<std::size_t>(axis)];
}

std::string dose_words(double dose_e_per_A2) {
  if (std::isinf(dose_e_per_A2)) return "no noise";
  const bool whole = dose_e_per_A2 == std::floor(dose_e_per_A2) && dose_e_per_A2 < 1e15;
  return (whole ? count_text(static_cast<std::int64_t>(dose_e_per_A2)) : number_text(dose_e_per_A2)) + " e/Å²";
}

std::string spaced(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

std::size_t SampleAxes::CellHash::operator()(const Cell& cell) const {
  std::size_t hash = 0;
  for (const Code code : cell) hash = hash * 1000003U + code;
  return hash;
}

SampleAxes::SampleAxes(std::int64_t samples) : samples_(samples) {
  cell_of_.reserve(static_cast<std::size_t>(samples));
}

double SampleAxes::part() const {
  return samples_ == 0 ? 1.0 : static_cast<double>(cell_of_.size()) / static_cast<double>(samples_);
}

bool SampleAxes::read_more(const store::Reader& reader) {
  const auto first = static_cast<std::int64_t>(cell_of_.size());
  const std::int64_t count = std::min(rows_at_once, samples_ - first);
  for (const store::SampleRow& row : reader.samples(first, count)) take(row);
  return !complete();
}

SampleAxes::Code SampleAxes::code_of_word(AxisName axis, const std::string& word) {
  Axis& a = at(axis);
  const auto found = a.by_word.find(word);
  if (found != a.by_word.end()) return found->second;
  if (a.values.size() > most_values) return static_cast<Code>(most_values);
  const auto code = static_cast<Code>(a.values.size());
  a.values.push_back(code == most_values ? other_values : word);
  a.order.push_back(0);
  a.by_word.emplace(word, code);
  return code;
}

SampleAxes::Code SampleAxes::code_of_number(AxisName axis, double number, double order) {
  Axis& a = at(axis);
  const auto found = a.by_number.find(number);
  if (found != a.by_number.end()) return found->second;
  if (a.values.size() > most_values) return static_cast<Code>(most_values);
  const auto code = static_cast<Code>(a.values.size());
  const bool last = code == most_values;
  a.values.push_back(last ? other_values : number_value(axis, number));
  a.order.push_back(last ? std::numeric_limits<double>::infinity() : order);
  a.by_number.emplace(number, code);
  return code;
}

void SampleAxes::take(const store::SampleRow& row) {
  const auto number = [&](AxisName axis, double value) { return code_of_number(axis, value, value); };
  const std::string boundary =
      row.boundary == 0 ? "none"
                        : cat(number_text(row.boundary_rotation_deg), "°, gap ", number_text(row.boundary_gap_A), " Å");
  const Cell cell = {code_of_word(AxisName::parent, row.parent),   code_of_word(AxisName::defect, row.defect),
                     number(AxisName::rotation, row.rotation_deg), code_of_word(AxisName::boundary, boundary),
                     number(AxisName::damage, row.damage_atoms),   number(AxisName::defocus, row.defocus_A),
                     number(AxisName::dose, row.dose_e_per_A2),    code_of_word(AxisName::split, row.split)};
  const auto [place, is_new] = by_cell_.try_emplace(cell, static_cast<std::uint32_t>(cells_.size()));
  if (is_new) {
    cells_.push_back(cell);
    totals_.push_back(0);
  }
  ++totals_[place->second];
  cell_of_.push_back(place->second);
}

std::vector<AxisProgress> SampleAxes::progress(const std::vector<std::int64_t>& done,
                                               const std::vector<std::int64_t>& quarantined) const {
  ensure(done.size() == cells_.size() && quarantined.size() == cells_.size(), "counts do not fit the axes");
  std::vector<AxisProgress> result;
  for (std::size_t a = 0; a < axis_count; ++a) {
    const Axis& axis = axes_[a];
    std::vector<ValueCount> counts(axis.values.size());
    for (std::size_t v = 0; v < counts.size(); ++v) counts[v].value = axis.values[v];
    for (std::size_t c = 0; c < cells_.size(); ++c) {
      ValueCount& count = counts[cells_[c][a]];
      count.total += totals_[c];
      count.done += done[c];
      count.quarantined += quarantined[c];
    }
    std::vector<std::size_t> order(counts.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t i, std::size_t j) { return axis.order[i] < axis.order[j]; });
    AxisProgress& progress = result.emplace_back();
    progress.name = axis_names[a];
    for (const std::size_t v : order) progress.values.push_back(std::move(counts[v]));
  }
  return result;
}

}  // namespace twinmill::monitor

#include "slices.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::train {
namespace {

using store::SampleRow;

constexpr std::size_t most_values = 12;
constexpr double range_deg = 15;

// Where a sample stands on an axis.
struct Place {
  double number = 0;
  std::string text;
  friend auto operator<=>(const Place&, const Place&) = default;
};
using Places = std::vector<std::optional<Place>>;  // One per sample; none: the axis does not apply.

Places by_text(std::span<const SampleRow> rows, const std::function<std::string(const SampleRow&)>& text) {
  Places places;
  for (const auto& row : rows) places.push_back(Place{.number = 0, .text = text(row)});
  return places;
}

Places by_number(std::span<const SampleRow> rows,
                 const std::function<std::optional<double>(const SampleRow&)>& number) {
  Places places;
  for (const auto& row : rows) {
    const auto value = number(row);
    places.push_back(
        value ? std::optional(Place{.number = *value, .text = std::isinf(*value) ? "inf" : number_text(*value)})
              : std::nullopt);
  }
  return places;
}

Places by_angle(std::span<const SampleRow> rows, const std::function<std::optional<double>(const SampleRow&)>& angle) {
  Places places = by_number(rows, angle);
  std::set<double> values;
  for (const auto& place : places)
    if (place) values.insert(place->number);
  if (values.size() <= most_values) return places;
  for (auto& place : places) {
    if (!place) continue;
    const double from = range_deg * std::floor(place->number / range_deg);
    place = Place{.number = from, .text = cat(number_text(from), " to ", number_text(from + range_deg))};
  }
  return places;
}

std::string with(bool it) { return it ? "with" : "without"; }

}  // namespace

Slices slices_of(std::span<const SampleRow> rows) {
  struct Axis {
    const char* name;
    Places places;
    bool always = false;
  };
  const std::vector<Axis> axes = {
      {"all", by_text(rows, [](const SampleRow&) { return std::string("all"); }), true},
      {"dose", by_number(rows, [](const SampleRow& r) { return std::optional(r.dose_e_per_A2); }), true},
      {"rotation", by_angle(rows, [](const SampleRow& r) { return std::optional(r.rotation_deg); })},
      {"boundary", by_text(rows, [](const SampleRow& r) { return with(r.boundary != 0); })},
      {"boundary_rotation", by_angle(rows,
                                     [](const SampleRow& r) {
                                       return r.boundary != 0 ? std::optional(r.boundary_rotation_deg) : std::nullopt;
                                     })},
      {"damage", by_text(rows, [](const SampleRow& r) { return with(r.damage_atoms > 0); })},
      {"parent", by_text(rows, [](const SampleRow& r) { return r.parent; })},
      {"defect", by_text(rows, [](const SampleRow& r) { return r.defect; })},
      {"impurities", by_text(rows, [](const SampleRow& r) { return with(!r.impurities.empty()); })}};
  Slices result;
  result.of_sample.resize(rows.size());
  for (const auto& axis : axes) {
    std::map<Place, std::vector<std::size_t>> members;
    for (std::size_t i = 0; i < rows.size(); ++i)
      if (axis.places[i]) members[*axis.places[i]].push_back(i);
    if (members.size() < 2 && !axis.always) continue;
    for (const auto& [place, samples] : members) {
      std::set<std::int32_t> structures;
      for (const std::size_t i : samples) {
        structures.insert(rows[i].structure);
        result.of_sample[i].push_back(result.slices.size());
      }
      result.slices.push_back({.axis = axis.name,
                               .value = place.text,
                               .images = static_cast<std::int64_t>(samples.size()),
                               .structures = static_cast<std::int64_t>(structures.size()),
                               .number = place.number});
    }
  }
  return result;
}

}  // namespace twinmill::train

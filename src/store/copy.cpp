// From the store of a campaign into that of the changed campaign.

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "twinmill/base/error.hpp"
#include "twinmill/store/store.hpp"

namespace twinmill::store {
namespace {

bool done(const SlotRow& slot) { return slot.state == static_cast<std::uint8_t>(SlotState::done); }

/// The same series in a box of another size: around it is 0. Empty when coefficients that are not 0 would be lost.
std::optional<ExposureData> boxed(const ExposureData& data, const Shapes& from, const Shapes& to) {
  if (from.series_x == to.series_x && from.series_y == to.series_y) return data;
  const int shift_x = to.series_x / 2 - from.series_x / 2, shift_y = to.series_y / 2 - from.series_y / 2;
  const auto at = [](int x, int y, const Shapes& shapes) {
    return static_cast<std::size_t>(x) * static_cast<std::size_t>(shapes.series_y) + static_cast<std::size_t>(y);
  };
  ExposureData result;
  for (const auto& series : data.series) {
    auto& box =
        result.series.emplace_back(static_cast<std::size_t>(to.series_x) * static_cast<std::size_t>(to.series_y));
    for (int x = 0; x < from.series_x; ++x) {
      for (int y = 0; y < from.series_y; ++y) {
        const auto c = series[at(x, y, from)];
        const int nx = x + shift_x, ny = y + shift_y;
        const bool inside = nx >= 0 && nx < to.series_x && ny >= 0 && ny < to.series_y;
        if (!inside && c != std::complex<float>()) return std::nullopt;
        if (inside) box[at(nx, ny, to)] = c;
      }
    }
  }
  return result;
}

class Copier {
 public:
  Copier(const Reader& from, Writer& to, std::span<const SampleRow> samples, std::span<const SimulationRow> simulations)
      : from_(from),
        to_(to),
        samples_(samples),
        simulations_(simulations),
        sample_slots_(from.sample_slots()),
        exposure_slots_(from.exposure_slots()) {
    for (std::size_t i = 0; i < samples.size(); ++i) numbers_.emplace(samples[i].key, static_cast<std::int64_t>(i));
  }

  Copied all() {
    // Rows of the table in memory at a time.
    constexpr std::int64_t at_once = 16384;
    const std::int64_t count = from_.header().shapes.samples;
    for (std::int64_t first = 0; first < count; first += at_once) {
      std::int64_t id = first;
      for (const auto& row : from_.samples(first, std::min(at_once, count - first))) copy(id++, row);
    }
    to_.sync();
    return std::move(copied_);
  }

 private:
  void copy(std::int64_t old, const SampleRow& row) {
    const SlotRow& slot = sample_slots_[static_cast<std::size_t>(old)];
    const auto number = numbers_.find(row.key);
    if (!done(slot) || number == numbers_.end()) return;
    if (!copy_sample(old, row, slot, number->second)) ++copied_.refused;
  }

  bool copy_sample(std::int64_t old, const SampleRow& row, const SlotRow& slot, std::int64_t id) {
    if (std::cmp_greater(slot.atoms, std::min(from_.header().shapes.max_atoms, to_.shapes().max_atoms))) return false;
    const auto data = from_.sample(old);
    if (checksum(row.key, data) != slot.checksum) return false;
    if (!copy_exposure(row.exposure, samples_[static_cast<std::size_t>(id)])) return false;
    copied_.samples.emplace_back(id, to_.write_sample(id, row.key, slot.attempt, data));
    return true;
  }

  /// Samples of one exposure follow each other in most plans, and each exposure is copied once.
  bool copy_exposure(std::int64_t old, const SampleRow& sample) {
    const auto [known, fresh] = exposures_.try_emplace(old, false);
    if (!fresh) return known->second;
    if (old < 0 || std::cmp_greater_equal(old, exposure_slots_.size())) return false;
    const auto& slot = exposure_slots_[static_cast<std::size_t>(old)];
    const auto& key = simulations_[static_cast<std::size_t>(sample.simulation)].key;
    if (!done(slot)) return false;
    const auto data = from_.exposure(old);
    if (checksum(key, data) != slot.checksum) return false;
    const auto fitting = boxed(data, from_.header().shapes, to_.shapes());
    if (!fitting) return false;
    to_.write_exposure(sample.exposure, key, slot.attempt, *fitting);
    ++copied_.exposures;
    return known->second = true;
  }

  const Reader& from_;
  Writer& to_;
  std::span<const SampleRow> samples_;
  std::span<const SimulationRow> simulations_;
  std::vector<SlotRow> sample_slots_, exposure_slots_;
  std::unordered_map<std::string_view, std::int64_t> numbers_;  ///< In the new store, by key.
  std::unordered_map<std::int64_t, bool> exposures_;  ///< Old ones that were looked at; whether they are there.
  Copied copied_;
};

}  // namespace

Copied copy_content(const Reader& from, Writer& to, std::span<const SampleRow> samples,
                    std::span<const SimulationRow> simulations) {
  return Copier(from, to, samples, simulations).all();
}

}  // namespace twinmill::store

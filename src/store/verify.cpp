#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "twinmill/base/error.hpp"
#include "twinmill/base/hash.hpp"
#include "twinmill/store/store.hpp"

namespace twinmill::store {
namespace {

// Rows of the table of samples in memory at a time.
constexpr std::int64_t samples_at_once = 16384;

bool is(const SlotRow& slot, SlotState state) { return slot.state == static_cast<std::uint8_t>(state); }

/// Calls visit(id, key, slot) for every sample.
template <class Visit>
void for_each_sample(const Reader& reader, const Visit& visit) {
  const auto slots = reader.sample_slots();
  const std::int64_t count = reader.header().shapes.samples;
  for (std::int64_t first = 0; first < count; first += samples_at_once) {
    std::int64_t id = first;
    for (const auto& row : reader.samples(first, std::min(samples_at_once, count - first))) {
      visit(id, row.key, slots[static_cast<std::size_t>(id)]);
      ++id;
    }
  }
}

bool content_fits(const Reader& reader, std::int64_t sample, const std::string& key, const SlotRow& slot) {
  if (std::cmp_greater(slot.atoms, reader.header().shapes.max_atoms)) return false;
  return checksum(key, reader.sample(sample)) == slot.checksum;
}

}  // namespace

Damage verify(const Reader& reader) {
  Damage damage;
  for_each_sample(reader, [&](std::int64_t id, const std::string& key, const SlotRow& slot) {
    if (is(slot, SlotState::empty)) {
      ++damage.empty;
    } else if (is(slot, SlotState::bad)) {
      ++damage.bad;
    } else {
      ++damage.done;
      // A state that does not exist is damage as well.
      if (!is(slot, SlotState::done) || !content_fits(reader, id, key, slot)) damage.bad_samples.push_back(id);
    }
  });

  const auto simulations = reader.simulations();
  const auto exposures = reader.exposures();
  const auto slots = reader.exposure_slots();
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (is(slots[i], SlotState::empty) || is(slots[i], SlotState::bad)) continue;
    const auto id = static_cast<std::int64_t>(i);
    const auto simulation = exposures[i].simulation;
    const bool known = simulation >= 0 && std::cmp_less(simulation, simulations.size());
    if (!known || !is(slots[i], SlotState::done) ||
        checksum(simulations[static_cast<std::size_t>(simulation)].key, reader.exposure(id)) != slots[i].checksum)
      damage.bad_exposures.push_back(id);
  }
  return damage;
}

std::vector<std::int64_t> samples_to_redo(const Reader& reader, const Damage& damage) {
  const auto exposures = reader.exposure_slots();
  std::vector<bool> usable(exposures.size());
  for (std::size_t i = 0; i < exposures.size(); ++i) usable[i] = is(exposures[i], SlotState::done);
  for (const auto id : damage.bad_exposures) usable[static_cast<std::size_t>(id)] = false;

  std::vector<std::int64_t> redo = damage.bad_samples;
  const std::int64_t count = reader.header().shapes.samples;
  const auto slots = reader.sample_slots();
  for (std::int64_t first = 0; first < count; first += samples_at_once) {
    std::int64_t id = first;
    for (const auto& row : reader.samples(first, std::min(samples_at_once, count - first))) {
      const bool supported = row.exposure >= 0 && std::cmp_less(row.exposure, usable.size()) &&
                             usable[static_cast<std::size_t>(row.exposure)];
      if (is(slots[static_cast<std::size_t>(id)], SlotState::done) && !supported) redo.push_back(id);
      ++id;
    }
  }
  std::sort(redo.begin(), redo.end());
  redo.erase(std::unique(redo.begin(), redo.end()), redo.end());
  return redo;
}

SampleData checked_sample(const Reader& reader, std::int64_t id, const std::string& key, const SlotRow& slot) {
  const auto refuse = [&](const char* why) {
    throw Error(Fault::system, cat("sample ", id, " cannot be taken over (", why,
                                   "). See twinmill verify DIR, and twinmill verify DIR --repair?"));
  };
  if (!is(slot, SlotState::done)) refuse("it is not done");
  if (std::cmp_greater(slot.atoms, reader.header().shapes.max_atoms)) refuse("its slot is damaged");
  SampleData data = reader.sample(id);
  if (checksum(key, data) != slot.checksum) refuse("its content does not fit its checksum");
  return data;
}

std::string digest(const Reader& reader) {
  std::vector<KeyedChecksum> contents;
  for_each_sample(reader, [&](std::int64_t id, const std::string& key, const SlotRow& slot) {
    if (is(slot, SlotState::done)) contents.push_back({key, checksum(key, reader.sample(id))});
  });
  return digest(reader.header(), std::move(contents));
}

std::string digest(const Header& header, std::vector<KeyedChecksum> contents) {
  std::sort(contents.begin(), contents.end());
  Hasher hasher;
  hasher.add(header.shapes.width).add(header.shapes.height).add(header.shapes.detectors);
  for (const auto& detector : header.detectors) hasher.add(detector);
  for (const auto& content : contents) hasher.add(content.key).add(content.checksum);
  return hasher.digest().hex();
}

}  // namespace twinmill::store

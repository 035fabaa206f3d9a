#include "twinmill/store/subset.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "create.hpp"
#include "slot_writer.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"

namespace twinmill::store {
namespace fs = std::filesystem;
namespace {

/// The tables of the new store, and where its rows come from.
struct Tables {
  Header header;
  std::vector<SampleRow> samples;
  std::vector<ExposureRow> exposures;
  std::vector<SimulationRow> simulations;
  std::vector<std::int64_t> old_exposures;  ///< By new number.

  Tables(const Reader& from, std::span<const std::int64_t> chosen, const std::vector<SlotRow>& slots)
      : header(from.header()) {
    const auto all_exposures = from.exposures();
    const auto all_simulations = from.simulations();
    std::map<std::int64_t, std::int64_t> new_exposure, new_simulation;  // By old number.
    header.shapes.max_atoms = 0;
    for (const auto id : chosen) {
      ensure(samples.empty() || id > last_, "the samples of a part of a store are not in order");
      last_ = id;
      samples.push_back(from.samples(id, 1).front());
      new_exposure[samples.back().exposure];
      new_simulation[samples.back().simulation];
      header.shapes.max_atoms =
          std::max(header.shapes.max_atoms, static_cast<int>(slots.at(static_cast<std::size_t>(id)).atoms));
    }
    for (auto& [old, fresh] : new_simulation) {
      fresh = static_cast<std::int64_t>(simulations.size());
      simulations.push_back(all_simulations.at(static_cast<std::size_t>(old)));
      auto& row = simulations.back();
      row.first_sample = row.sample_count = row.first_exposure = row.exposure_count = 0;
    }
    for (auto& [old, fresh] : new_exposure) {
      fresh = static_cast<std::int64_t>(exposures.size());
      old_exposures.push_back(old);
      exposures.push_back(all_exposures.at(static_cast<std::size_t>(old)));
      auto& row = exposures.back();
      row.simulation = new_simulation.at(row.simulation);
      auto& simulation = simulations.at(static_cast<std::size_t>(row.simulation));
      if (simulation.exposure_count++ == 0) simulation.first_exposure = fresh;
    }
    for (std::size_t i = 0; i < samples.size(); ++i) {
      auto& row = samples[i];
      row.exposure = new_exposure.at(row.exposure);
      row.simulation = new_simulation.at(row.simulation);
      auto& simulation = simulations.at(static_cast<std::size_t>(row.simulation));
      if (simulation.sample_count++ == 0) simulation.first_sample = static_cast<std::int64_t>(i);
    }
    header.shapes.samples = static_cast<std::int64_t>(samples.size());
    header.shapes.exposures = static_cast<std::int64_t>(exposures.size());
    header.shapes.simulations = static_cast<std::int64_t>(simulations.size());
  }

 private:
  std::int64_t last_ = -1;
};

/// One that is not done stays empty: samples do not need it.
void copy_exposure(const Reader& from, std::int64_t old, const SlotRow& slot, std::int64_t fresh,
                   const std::string& key, SlotWriter& to) {
  if (slot.state != static_cast<std::uint8_t>(SlotState::done)) return;
  const auto data = from.exposure(old);
  if (checksum(key, data) != slot.checksum)
    throw Error(Fault::system, cat("exposure ", old,
                                   " cannot be taken over (its content does not fit its checksum). See "
                                   "twinmill verify DIR, and twinmill verify DIR --repair?"));
  to.write_exposure(fresh, key, slot.attempt, data);
}

bool copy(const Reader& from, std::span<const std::int64_t> chosen, const std::vector<SlotRow>& slots,
          const Tables& tables, const SubsetOptions& options, SlotWriter& to) {
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const auto& row = tables.samples[i];
    const auto& slot = slots.at(static_cast<std::size_t>(chosen[i]));
    const auto data = checked_sample(from, chosen[i], row.key, slot);
    to.write_sample(static_cast<std::int64_t>(i), row.key, slot.attempt, data);
    if (options.after && !options.after(chosen[i], row, data)) return false;
  }
  const auto exposure_slots = from.exposure_slots();
  for (std::size_t i = 0; i < tables.old_exposures.size(); ++i) {
    const auto old = tables.old_exposures[i];
    const auto& simulation = tables.simulations.at(static_cast<std::size_t>(tables.exposures[i].simulation));
    copy_exposure(from, old, exposure_slots.at(static_cast<std::size_t>(old)), static_cast<std::int64_t>(i),
                  simulation.key, to);
  }
  return true;
}

}  // namespace

bool write_subset(const fs::path& path, const Reader& from, std::span<const std::int64_t> samples,
                  const SubsetOptions& options) {
  const auto slots = from.sample_slots();
  const Tables tables(from, samples, slots);
  FreshFile fresh =
      create_compressed(path, tables.header, tables.samples, tables.exposures, tables.simulations, options.level);
  SlotWriter writer(fresh.path(), h5::File::open_to_write(fresh.path(), h5::Driver::posix));
  bool finished = false;
  try {
    finished = copy(from, samples, slots, tables, options, writer);
    writer.close();
  } catch (...) {
    // HDF5 writes once more when it closes the file, and crashes later when it cannot: make room for that.
    std::error_code ec;
    fs::resize_file(fresh.path(), 0, ec);
    throw;
  }
  if (!finished) return false;
  sync_file(fresh.path());
  fresh.move_to(path);
  fresh.keep();
  sync_folder(path.has_parent_path() ? path.parent_path() : fs::path("."));
  return true;
}

}  // namespace twinmill::store

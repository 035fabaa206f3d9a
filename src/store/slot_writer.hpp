#pragma once
// Writes the slots of one file: a store, or one shard of it.

#include <filesystem>
#include <memory>
#include <optional>

#include "datasets.hpp"
#include "shards.hpp"
#include "twinmill/store/store.hpp"

namespace twinmill::store {

/// What Writer does, in one file and with its numbers.
class SlotWriter {
 public:
  /// Opened over MPI-IO of this process alone.
  SlotWriter(const std::filesystem::path& path, h5::File file);

  const Shapes& shapes() const { return shapes_; }
  SlotRow write_sample(std::int64_t id, std::string_view key, std::uint32_t attempt, const SampleData& data);
  SlotRow write_exposure(std::int64_t id, std::string_view simulation_key, std::uint32_t attempt,
                         const ExposureData& data);
  void mark_bad(std::int64_t sample);
  void mark_bad_exposure(std::int64_t exposure);
  void sync();
  void close();

 private:
  std::filesystem::path path_;
  Shapes shapes_;
  h5::File file_;
  std::optional<Datasets> data_;
};

/// Opens a file of the store for this process alone and checks its format.
h5::File open_slots(const std::filesystem::path& path);

}  // namespace twinmill::store

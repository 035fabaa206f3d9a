#pragma once
// Samples of a split, decoded from the store, as the network sees them before augmentation.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "twinmill/store/store.hpp"

namespace twinmill::train {

/// One sample: every detector's image normalised, and the class of each pixel.
struct Sample {
  std::vector<float> images;       ///< [detector][height][width]
  std::vector<std::uint8_t> mask;  ///< [height][width]
  std::vector<float> conditions;   ///< As conditions.hpp says, or empty where they were not asked for.
};

/// What is known of a sample of a split without reading its slot.
struct SplitEntry {
  std::int64_t id = 0;
  std::int32_t structure = 0;
  double dose_e_per_A2 = 0;
};

/// The samples of a split whose slots are done, by ascending id.
std::vector<SplitEntry> split_entries(const store::Reader& reader, std::string_view split);
std::vector<std::int64_t> ids_of(std::span<const SplitEntry> entries);

/// Shifts and scales one image to zero mean and unit variance over its pixels; a constant image becomes zero.
void normalise(std::span<float> image);

/// Whether a source reads the conditions of its samples.
enum class Conditions { left_out, read };

/// Decodes samples and keeps as many of them as fit into `cache_bytes`.
class SampleSource {
 public:
  /// Throws Error(input) when `path` is no store of this format.
  SampleSource(const std::filesystem::path& path, std::size_t cache_bytes, Conditions conditions);

  const store::Reader& reader() const { return reader_; }
  int classes() const;
  int detectors() const;
  int width() const;
  int height() const;
  /// Throws Error(system) when the slot cannot be read or its mask holds a class that the store does not name.
  std::shared_ptr<const Sample> get(std::int64_t id);
  std::size_t cached() const { return cache_.size(); }  ///< Number of samples kept.

 private:
  Sample read(std::int64_t id) const;
  store::Reader reader_;
  std::size_t free_bytes_;
  Conditions conditions_;
  std::unordered_map<std::int64_t, std::shared_ptr<const Sample>> cache_;
};

}  // namespace twinmill::train

#pragma once
// Samples of a split, decoded from the store, as the network sees them before augmentation.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "selection.hpp"
#include "twinmill/store/store.hpp"

namespace twinmill::train {

/// One sample: every detector's image normalised, and the class of each pixel.
struct Sample {
  std::vector<float> images;       ///< [detector][height][width]
  std::vector<std::uint8_t> mask;  ///< [height][width]
  std::vector<float> conditions;   ///< As conditions.hpp says, or empty where they were not asked for.
};

/// Shifts and scales one image to zero mean and unit variance over its pixels; a constant image becomes zero.
void normalise(std::span<float> image);

/// Whether a source reads the conditions of its samples.
enum class Conditions { left_out, read };

/// Decodes samples, under the selection's numbers of classes, and keeps as many of them as fit into `cache_bytes`. One
/// thread at a time: the HDF5 library of parallel builds knows no threads.
class SampleSource {
 public:
  /// Throws Error(input) when `path` is no store of this format, or the selection does not fit it.
  SampleSource(const std::filesystem::path& path, std::size_t cache_bytes, const Selection& selection = {},
               Conditions conditions = Conditions::left_out);

  const store::Reader& reader() const { return reader_; }
  int classes() const { return classes_.count(); }
  const std::vector<std::string>& class_names() const { return classes_.names(); }  ///< By the network's number.
  int detectors() const;
  int width() const;
  int height() const;
  /// Throws Error(system) when the slot cannot be read or its mask holds a class that is not
  /// among those seen.
  std::shared_ptr<const Sample> get(std::int64_t id);
  std::size_t cached() const { return cache_.size(); }  ///< Number of samples kept.

 private:
  Sample read(std::int64_t id) const;
  store::Reader reader_;
  ClassMap classes_;
  std::size_t free_bytes_;
  Conditions conditions_;
  std::unordered_map<std::int64_t, std::shared_ptr<const Sample>> cache_;
};

}  // namespace twinmill::train

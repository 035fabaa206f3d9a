#pragma once
// Some samples of a store as a store of their own, to give away: one file, compressed.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>

#include "twinmill/store/store.hpp"

namespace twinmill::store {

struct SubsetOptions {
  int level = 4;  ///< Of deflate, 1 (fast) to 9 (small).
  /// Called after each sample with its number in the old store; false: stop.
  std::function<bool(std::int64_t id, const SampleRow& row, const SampleData& data)> after = {};
};

/// Writes the samples (done ones, numbers rising), their exposures and simulations as a store of the same format,
/// numbered anew, whose content is in compressed pieces of one image each (small images: of several). Keys, attempts
/// and checksums stay, so that digest() and verify() of it mean the same. Written as `path` + ".new", synced, renamed
/// over `path`; nothing of it is left when it fails or is stopped (false). Throws Error(system) for damaged samples and
/// exposures and for a full disk.
bool write_subset(const std::filesystem::path& path, const Reader& from, std::span<const std::int64_t> samples,
                  const SubsetOptions& options = {});

}  // namespace twinmill::store

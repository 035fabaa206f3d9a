#pragma once
// Making the files of a store.

#include <filesystem>
#include <span>

#include "fresh_file.hpp"
#include "twinmill/store/layout.hpp"

namespace twinmill::store {

/// A store whose content is compressed (deflate, `level` 1 to 9) and takes room only as it is written: for one process
/// that writes it through, without MPI-IO. It has the name `path` + ".new" until it is moved, and all slots are empty.
/// Error(system).
FreshFile create_compressed(const std::filesystem::path& path, const Header& header, std::span<const SampleRow> samples,
                            std::span<const ExposureRow> exposures, std::span<const SimulationRow> simulations,
                            int level);

}  // namespace twinmill::store

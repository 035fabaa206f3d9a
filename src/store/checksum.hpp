#pragma once

#include <cstddef>
#include <vector>

#include "twinmill/store/store.hpp"

namespace twinmill::store {

/// Rows of samples/atoms as they are on disk: packed, little-endian.
std::vector<std::byte> atom_bytes(std::span<const AtomRow> atoms);
/// The reverse.
std::vector<AtomRow> atoms_of(std::span<const std::byte> bytes);

}  // namespace twinmill::store

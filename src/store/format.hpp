#pragma once
// Is this file a store that this program understands, and of what size?

#include <string>

#include "twinmill/h5/h5.hpp"
#include "twinmill/store/layout.hpp"

namespace twinmill::store {

/// Shapes of a store from those of its datasets. Throws Error(input) when they do not fit each other.
Shapes read_shapes(const h5::File& file, const std::string& path);

/// Throws Error(input) unless the file is a store of this format version; `path` is for the message.
void check_format(const h5::File& file, const std::string& path);

/// Attributes acquisition_...; a file without them has the default, poisson alone.
void write_acquisition(h5::File& file, const Acquisition& acquisition);
Acquisition read_acquisition(const h5::File& file);

}  // namespace twinmill::store

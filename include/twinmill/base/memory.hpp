#pragma once

namespace twinmill {

/// Bytes of memory that this host can give without swapping, as the system estimates it; infinite when it does not say.
double available_memory_bytes();
/// Largest amount of memory that this process has held so far, in bytes.
double peak_memory_bytes();

}  // namespace twinmill

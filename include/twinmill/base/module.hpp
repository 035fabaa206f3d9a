#pragma once
// Shared modules that are opened when they are needed, because of what they bring with them.

#include <string>

namespace twinmill {

/// Opens `library`, which lies beside the library that holds the address `neighbour`, and returns its function `entry`.
/// Its names stay its own: what it brings never reaches the rest of the program. `what`: "the training module". Throws
/// Error(system).
void* module_entry(const void* neighbour, const std::string& library, const char* entry, const std::string& what);

}  // namespace twinmill

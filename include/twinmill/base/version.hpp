#pragma once

#include <string_view>

namespace twinmill {

/// Program version, "0.1.0".
std::string_view version();
/// Commit the program was built from, or "unknown".
std::string_view commit();
/// Raised whenever the same campaign would give different pixels or labels; part of every task key.
inline constexpr int physics_version = 3;

}  // namespace twinmill

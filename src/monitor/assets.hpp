#pragma once
// Files that travel inside the program.

#include <span>
#include <string_view>

namespace twinmill::monitor {

struct Asset {
  const char* path;  ///< As served, after the token.
  const char* type;
  std::string_view content;
};
std::span<const Asset> assets();

}  // namespace twinmill::monitor

#pragma once
// A campaign file, read, checked against the structures it names, and expanded.

#include <filesystem>
#include <string>

#include "twinmill/campaign/plan.hpp"

namespace twinmill::app {

struct Campaign {
  std::filesystem::path path;
  std::filesystem::path folder;  ///< What structure files are relative to.
  std::string text;
  campaign::Plan plan;
};

/// Throws Error(input) with every mistake.
Campaign load_campaign(const std::filesystem::path& path);
/// The same from text that another rank has read.
Campaign parse_campaign(const std::filesystem::path& path, const std::string& text);

}  // namespace twinmill::app

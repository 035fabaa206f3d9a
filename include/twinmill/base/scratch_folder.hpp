#pragma once
// A folder for the moment.

#include <filesystem>
#include <string_view>

namespace twinmill {

/// A new folder inside `parent`, which is made if need be; removed with all that it holds.
class ScratchFolder {
 public:
  /// Its name begins with `name`. Throws Error(system) when it cannot be made.
  ScratchFolder(const std::filesystem::path& parent, std::string_view name);
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace twinmill

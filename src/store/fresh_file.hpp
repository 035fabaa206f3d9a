#pragma once
// A file that is being made: its blocks, its name, and its end when it is not completed.

#include <filesystem>
#include <utility>

namespace twinmill::store {

/// Throws Error(system) unless `needed` bytes are free where `path` is.
void check_room(const std::filesystem::path& path, double needed);

/// Takes the blocks of a whole file now, so that a full disk is met here and not in the middle of the night.
/// Error(system).
void take_blocks(const std::filesystem::path& path, double bytes);

/// A file until it is kept; removed, whatever its name is by then, when it does not get there.
class FreshFile {
 public:
  explicit FreshFile(std::filesystem::path path) : path_(std::move(path)) {}
  ~FreshFile();
  FreshFile(FreshFile&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  FreshFile& operator=(FreshFile&&) = delete;
  const std::filesystem::path& path() const { return path_; }
  /// Error(system).
  void move_to(const std::filesystem::path& path);
  void keep() { path_.clear(); }

 private:
  std::filesystem::path path_;
};

}  // namespace twinmill::store

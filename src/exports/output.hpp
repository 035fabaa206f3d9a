#pragma once
// Where an export is written: beside its place until it is complete.

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace twinmill::exports {

/// First line of every card; a folder may be replaced when its card has it.
inline constexpr std::string_view card_mark = "<!-- twinmill export, format 1 -->";
inline constexpr const char* folder_card = "README.md";

/// Throws Error(input) when the folder that `path` shall be in does not exist, or something is at `path` that may not
/// be replaced: anything without `replace`; with it, what is no plain file (`is_folder` false) or no export.
struct Place {
  std::filesystem::path path;
  bool is_folder = false;
  bool replace = false;
};
void check_place(const Place& place);

/// Writes a file that nobody sees yet. Error(system).
void write_file(const std::filesystem::path& path, std::string_view content);

/// Gives a file that is complete on the disk its name, over an older one. Error(system).
void rename_file(const std::filesystem::path& from, const std::filesystem::path& to);

/// A text that grows in its file. Error(system) from every call.
class TextFile {
 public:
  explicit TextFile(std::filesystem::path path);
  void add(std::string_view text);
  void append(const std::filesystem::path& file);  ///< All of another file.
  void close();

 private:
  void check() const;
  std::filesystem::path path_;
  std::ofstream stream_;
};

/// A folder named `path` + ".new" (what a killed export left there is removed) that takes the place of `path` when it
/// is complete, and is removed when it does not get there.
class FreshFolder {
 public:
  explicit FreshFolder(std::filesystem::path path);
  ~FreshFolder();
  FreshFolder(const FreshFolder&) = delete;
  FreshFolder& operator=(const FreshFolder&) = delete;

  const std::filesystem::path& path() const { return fresh_; }
  /// Bytes of all files in it.
  double bytes() const;
  /// All that is in it reaches the disk, then it gets its name; an older folder of that name is removed. Error(system).
  void publish();

 private:
  std::filesystem::path path_, fresh_;
};

}  // namespace twinmill::exports

#pragma once
// A store, or part of it, in the forms that other tools read. Each export comes with a card that says what it is.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "twinmill/store/store.hpp"

namespace twinmill::exports {

enum class Format {
  hdf5,  ///< One file: a store with compressed content.
  png,   ///< A folder: 16-bit PNG images, indexed PNG masks, tables as CSV.
  coco,  ///< A folder: 8-bit PNG images, annotations_SPLIT.json with one annotation per defect.
  count_
};
std::string_view name(Format format);
/// Throws Error(input).
Format format(std::string_view name);

/// Which samples. Empty lists: all.
struct Filter {
  std::vector<std::string> splits, parents;
  std::vector<std::string> defects;  ///< A whole value of the column `defect`, or one of the classes joined by "+".
  std::int64_t limit = 0;            ///< At most so many, spread evenly over the others; 0: no limit.
};

/// Done samples that the filter lets through, numbers rising. Throws Error(input) for a value that no sample has (with
/// the nearest one), and when no sample is left.
std::vector<std::int64_t> choose(const store::Reader& reader, const Filter& filter);

/// Which values are black and white in 16-bit images.
enum class Scaling {
  image,  ///< Smallest and largest value of each image.
  all,    ///< Of all images of a detector: brightness can be compared between images.
  count_
};
std::string_view name(Scaling scaling);
/// Throws Error(input).
Scaling scaling(std::string_view name);

struct Request {
  Format format = Format::hdf5;
  std::filesystem::path out;         ///< File (hdf5) or folder.
  bool replace = false;              ///< What is at `out`, if it is a file or an export.
  std::string source;                ///< The store, in words, for messages.
  std::string licence;               ///< Of the data, "CC-BY-4.0"; empty: the card says that none was chosen.
  int level = 4;                     ///< Of deflate; hdf5.
  Scaling scaling = Scaling::image;  ///< png
  int detector = 0;                  ///< coco: the one whose images are shown.
  /// Radius of a defect's disc in the mask: tells defects inside the image from the rest of those beyond its border.
  double label_radius_A = std::numeric_limits<double>::infinity();
  std::function<bool(std::int64_t done)> progress = {};  ///< After each sample; false: stop.
};

struct Outcome {
  bool finished = false;  ///< false: stopped, and nothing is left of it.
  std::int64_t samples = 0;
  double bytes = 0;                       ///< Of all files.
  std::string digest;                     ///< Of the samples in it, as twinmill digest gives it for a store.
  std::filesystem::path card;             ///< The Markdown file.
  std::vector<std::string> remarks = {};  ///< For the user.
};

/// Throws Error(input) when `out` exists and may not be replaced or its folder does not exist, Error(system) for a full
/// disk or a damaged sample. An export is there complete or not at all.
Outcome write(const store::Reader& reader, const std::vector<std::int64_t>& samples, const Request& request);

}  // namespace twinmill::exports

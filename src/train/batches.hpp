#pragma once
// Which samples a step sees and how they are shown. All of it follows from (seed, epoch, sample), so that the sequence
// is the same for any number of ranks and after any resume.

#include <cstdint>
#include <span>
#include <vector>

#include "samples.hpp"

namespace twinmill::train {

/// Half-open range of positions.
struct Range {
  std::int64_t begin = 0, end = 0;
  std::int64_t size() const { return end - begin; }
  friend bool operator==(const Range&, const Range&) = default;
};

/// The contiguous part of `count` items that belongs to `rank`; parts differ in size by at most one.
Range part(std::int64_t count, int rank, int ranks);

/// Positions of batch number `batch` among `count` samples; the last batch may be short.
Range batch_range(std::int64_t count, std::int64_t batch_size, std::int64_t batch);

/// The order in which an epoch visits the samples: a permutation keyed by (seed, epoch).
std::vector<std::int64_t> epoch_order(std::span<const std::int64_t> ids, std::uint64_t seed, int epoch);

/// How a sample is shown: a window, turned by quarter turns, then mirrored along x.
struct View {
  int left = 0, top = 0;      ///< First pixel of the window.
  int width = 0, height = 0;  ///< Pixels of the window, and of what is shown.
  int quarter_turns = 0;      ///< 0 to 3; only even ones when the window is not square.
  bool mirrored = false;
};

/// The whole image as it is.
View plain_view(int width, int height);

/// Side of the random window: `crop_pixels`, or that of a square of so much of the image's area, rounded to a multiple
/// of 16 pixels that fits into the image. 0: the whole image.
int crop_side(int crop_pixels, double crop_area, int width, int height);

/// The view of a sample in an epoch: keyed by (seed, epoch, id). `crop_pixels` 0: the whole image.
View draw_view(int width, int height, int crop_pixels, std::uint64_t seed, int epoch, std::int64_t id);

/// Plain memory that becomes the network's tensors.
struct Batch {
  int channels = 0, width = 0, height = 0;
  std::vector<std::int64_t> ids;
  std::vector<float> images;        ///< [sample][channel][height][width]
  std::vector<std::int64_t> masks;  ///< [sample][height][width]
  std::vector<float> conditions;    ///< [sample][condition]; empty where samples have none.
  /// Appends a sample of `width` x `height` pixels, shown through `view`; views of one batch have one size.
  void append(std::int64_t id, const Sample& sample, int sample_width, int sample_height, const View& view);
};

/// Reads and augments the samples of one rank's share.
Batch training_batch(SampleSource& source, std::span<const std::int64_t> ids, int crop_pixels, std::uint64_t seed,
                     int epoch);
/// Reads samples without augmentation.
Batch plain_batch(SampleSource& source, std::span<const std::int64_t> ids);

}  // namespace twinmill::train

#include "batches.hpp"

#include <algorithm>
#include <cmath>

#include "twinmill/base/error.hpp"
#include "twinmill/base/hash.hpp"
#include "twinmill/base/random.hpp"

namespace twinmill::train {
namespace {

struct Pixel {
  int x = 0, y = 0;
};

/// The pixel of the sample that is shown at (x, y).
Pixel source_pixel(const View& view, int x, int y) {
  const int u = view.mirrored ? view.width - 1 - x : x;
  Pixel p{u, y};
  switch (view.quarter_turns) {
    case 1:
      p = {y, view.width - 1 - u};
      break;
    case 2:
      p = {view.width - 1 - u, view.height - 1 - y};
      break;
    case 3:
      p = {view.height - 1 - y, u};
      break;
  }
  return {view.left + p.x, view.top + p.y};
}

}  // namespace

Range part(std::int64_t count, int rank, int ranks) { return {count * rank / ranks, count * (rank + 1) / ranks}; }

Range batch_range(std::int64_t count, std::int64_t batch_size, std::int64_t batch) {
  return {std::min(count, batch * batch_size), std::min(count, (batch + 1) * batch_size)};
}

std::vector<std::int64_t> epoch_order(std::span<const std::int64_t> ids, std::uint64_t seed, int epoch) {
  std::vector<std::int64_t> order(ids.begin(), ids.end());
  RandomStream random(Hasher().add(seed).add(epoch).digest(), "training order");
  random.shuffle(std::span(order));
  return order;
}

View plain_view(int width, int height) { return {.width = width, .height = height}; }

int crop_side(int crop_pixels, double crop_area, int width, int height) {
  if (crop_pixels > 0 || crop_area <= 0) return crop_pixels;
  constexpr int granule = 16;
  const int largest = std::min(width, height);
  if (largest < granule) return largest;
  const double wanted = std::sqrt(crop_area * width * height);
  const int side = granule * static_cast<int>(std::lround(wanted / granule));
  return std::clamp(side, granule, largest / granule * granule);
}

View draw_view(int width, int height, int crop_pixels, std::uint64_t seed, int epoch, std::int64_t id) {
  RandomStream random(Hasher().add(seed).add(epoch).add(id).digest(), "augmentation");
  View view = plain_view(width, height);
  if (crop_pixels > 0) view.width = view.height = crop_pixels;
  view.mirrored = random.below(2) == 1;
  view.quarter_turns = static_cast<int>(view.width == view.height ? random.below(4) : 2 * random.below(2));
  view.left = static_cast<int>(random.below(static_cast<std::uint64_t>(width - view.width + 1)));
  view.top = static_cast<int>(random.below(static_cast<std::uint64_t>(height - view.height + 1)));
  return view;
}

void Batch::append(std::int64_t id, const Sample& sample, int sample_width, int sample_height, const View& view) {
  const auto area = static_cast<std::size_t>(sample_width) * static_cast<std::size_t>(sample_height);
  ensure(sample.mask.size() == area && sample.images.size() % area == 0, "a sample has the store's shape");
  if (ids.empty()) {
    channels = static_cast<int>(sample.images.size() / area);
    width = view.width;
    height = view.height;
  }
  ensure(view.width == width && view.height == height, "all views of a batch have one size");
  std::vector<std::size_t> sources;
  sources.reserve(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const Pixel p = source_pixel(view, x, y);
      sources.push_back(static_cast<std::size_t>(p.y) * static_cast<std::size_t>(sample_width) +
                        static_cast<std::size_t>(p.x));
    }
  }
  for (int channel = 0; channel < channels; ++channel) {
    const float* image = sample.images.data() + static_cast<std::size_t>(channel) * area;
    for (const std::size_t at : sources) images.push_back(image[at]);
  }
  for (const std::size_t at : sources) masks.push_back(sample.mask[at]);
  conditions.insert(conditions.end(), sample.conditions.begin(), sample.conditions.end());
  ids.push_back(id);
}

Batch training_batch(SampleSource& source, std::span<const std::int64_t> ids, int crop_pixels, std::uint64_t seed,
                     int epoch) {
  Batch batch;
  for (const std::int64_t id : ids) {
    const View view = draw_view(source.width(), source.height(), crop_pixels, seed, epoch, id);
    batch.append(id, *source.get(id), source.width(), source.height(), view);
  }
  return batch;
}

Batch plain_batch(SampleSource& source, std::span<const std::int64_t> ids) {
  Batch batch;
  const View view = plain_view(source.width(), source.height());
  for (const std::int64_t id : ids) batch.append(id, *source.get(id), source.width(), source.height(), view);
  return batch;
}

}  // namespace twinmill::train

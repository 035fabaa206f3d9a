#include "class_weights.hpp"

#include <cmath>
#include <numeric>

#include "batches.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::train {

ClassWeights class_weights(std::span<const std::int64_t> pixels, double power) {
  const auto total = static_cast<double>(std::accumulate(pixels.begin(), pixels.end(), std::int64_t{0}));
  if (total <= 0) throw Error(Fault::input, "no pixels to train on (no sample of the split is done)");
  ClassWeights result;
  result.weight.assign(pixels.size(), 1);
  double sum = 0;
  int present = 0;
  for (std::size_t c = 0; c < pixels.size(); ++c) {
    if (pixels[c] == 0) continue;
    result.weight[c] = std::pow(static_cast<double>(pixels[c]) / total, -power);
    sum += result.weight[c];
    ++present;
  }
  result.mean_pixel_weight = 0;
  for (std::size_t c = 0; c < pixels.size(); ++c) {
    if (pixels[c] == 0) continue;
    result.weight[c] *= present / sum;
    result.mean_pixel_weight += result.weight[c] * static_cast<double>(pixels[c]) / total;
  }
  return result;
}

std::vector<std::int64_t> count_pixels(SampleSource& source, std::span<const std::int64_t> ids,
                                       const mpi::Communicator& group) {
  std::vector<double> counts(static_cast<std::size_t>(source.classes()), 0);  // exact up to 2^53 pixels
  mpi::together(group, [&] {
    const Range mine = part(static_cast<std::int64_t>(ids.size()), group.rank(), group.size());
    for (std::int64_t i = mine.begin; i < mine.end; ++i) {
      for (const auto label : source.get(ids[static_cast<std::size_t>(i)])->mask) counts[label] += 1;
    }
  });
  group.sum_in_place(std::span(counts));
  std::vector<std::int64_t> pixels;
  for (const double count : counts) pixels.push_back(static_cast<std::int64_t>(count));
  return pixels;
}

}  // namespace twinmill::train

#pragma once
// From logits to what evaluation counts.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace twinmill::train {

/// For each pixel, [n][h][w].
struct Predicted {
  std::vector<std::uint8_t> classes;     ///< The most likely one.
  std::vector<std::int32_t> confidence;  ///< Its probability (softmax), in Calibration::units.
};
Predicted predicted(const at::Tensor& logits);

}  // namespace twinmill::train

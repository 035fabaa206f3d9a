#include "predicted.hpp"

#include <ATen/ATen.h>

#include "calibration.hpp"
#include "segmentation.hpp"

namespace twinmill::train {

Predicted predicted(const at::Tensor& logits) {
  const at::Tensor highest = std::get<0>(at::softmax(logits, 1).to(at::kFloat).max(1));
  const at::Tensor whole =
      (highest * Calibration::units).round().clamp(0, Calibration::units).to(at::kCPU, at::kInt).contiguous();
  const auto* data = whole.data_ptr<std::int32_t>();
  return {.classes = most_likely(logits), .confidence = {data, data + whole.numel()}};
}

}  // namespace twinmill::train

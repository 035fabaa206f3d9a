#include "segmentation.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/Reduction.h>

#include <mutex>

#include "short_errors.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::train {

void use_threads(int threads) {
  static std::once_flag once;
  // LibTorch accepts this only once, before its first parallel work.
  std::call_once(once, [] { at::set_num_interop_threads(1); });
  at::set_num_threads(threads);
}

TensorBatch to_tensors(const Batch& batch, at::Device device) {
  const auto n = static_cast<std::int64_t>(batch.ids.size());
  // from_blob borrows memory that nobody writes to; clone() or the copy to a device makes it the tensor's own.
  auto images = at::from_blob(const_cast<float*>(batch.images.data()), {n, batch.channels, batch.height, batch.width},
                              at::kFloat);
  auto masks = at::from_blob(const_cast<std::int64_t*>(batch.masks.data()), {n, batch.height, batch.width}, at::kLong);
  TensorBatch tensors{.images = images.to(device, at::kFloat, false, true),
                      .masks = masks.to(device, at::kLong, false, true),
                      .conditions = {}};
  if (!batch.conditions.empty()) {
    const auto each = static_cast<std::int64_t>(batch.conditions.size()) / n;
    tensors.conditions = at::from_blob(const_cast<float*>(batch.conditions.data()), {n, each}, at::kFloat)
                             .to(device, at::kFloat, false, true);
  }
  return tensors;
}

at::Tensor weight_tensor(const ClassWeights& weights, at::Device device) {
  const at::Tensor tensor = at::zeros({static_cast<std::int64_t>(weights.weight.size())}, at::kFloat);
  std::copy(weights.weight.begin(), weights.weight.end(), tensor.data_ptr<float>());
  return tensor.to(device);
}

// sum_n 1/P sum_p w(y_np) (-log softmax(z_np)[y_np]) / sum_c f_c w_c
at::Tensor loss_sum(const at::Tensor& logits, const at::Tensor& masks, const at::Tensor& class_weight,
                    double mean_pixel_weight) {
  const auto pixels = static_cast<double>(masks.size(1) * masks.size(2));
  return at::cross_entropy_loss(logits, masks, class_weight, at::Reduction::Sum) / (pixels * mean_pixel_weight);
}

std::vector<std::uint8_t> most_likely(const at::Tensor& logits) {
  const at::Tensor classes = logits.argmax(1).to(at::kCPU, at::kByte).contiguous();
  const auto* data = classes.data_ptr<std::uint8_t>();
  return {data, data + classes.numel()};
}

Score validate(Network& network, SampleSource& source, std::span<const std::int64_t> ids, std::int64_t batch_size,
               const ClassWeights& weights, at::Device device, const mpi::Communicator& group) {
  Score score(source.classes());
  together(group, [&] {
    const at::NoGradGuard no_grad;
    network.eval();
    const at::Tensor class_weight = weight_tensor(weights, device);
    const Range mine = part(static_cast<std::int64_t>(ids.size()), group.rank(), group.size());
    const auto share = ids.subspan(static_cast<std::size_t>(mine.begin), static_cast<std::size_t>(mine.size()));
    for (std::int64_t b = 0; b * batch_size < mine.size(); ++b) {
      const Range range = batch_range(mine.size(), batch_size, b);
      const Batch batch = plain_batch(
          source, share.subspan(static_cast<std::size_t>(range.begin), static_cast<std::size_t>(range.size())));
      const auto tensors = to_tensors(batch, device);
      const at::Tensor logits = network.forward(tensors.images, tensors.conditions);
      score.loss_sum += loss_sum(logits, tensors.masks, class_weight, weights.mean_pixel_weight).item<double>();
      score.confusion.count(batch.masks, most_likely(logits));
    }
  });
  score.confusion.sum_over(group);
  score.loss_sum = group.sum(score.loss_sum);
  return score;
}

}  // namespace twinmill::train

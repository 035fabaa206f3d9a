#include "segmentation.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <cmath>
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

std::vector<std::uint8_t> most_likely(const at::Tensor& logits) {
  const at::Tensor classes = logits.argmax(1).to(at::kCPU, at::kByte).contiguous();
  const auto* data = classes.data_ptr<std::uint8_t>();
  return {data, data + classes.numel()};
}

Score validate(Network& network, Loader& loader, std::int64_t batches, int classes, const Loss& loss, at::Device device,
               const mpi::Communicator& group) {
  Score score(classes);
  together(group, [&] {
    const at::NoGradGuard no_grad;
    network.eval();
    for (std::int64_t b = 0; b < batches; ++b) {
      const Batch batch = loader.next();
      const auto tensors = to_tensors(batch, device);
      const at::Tensor logits = network.forward(tensors.images, tensors.conditions);
      score.loss_sum += loss.sum(logits, tensors.masks).item<double>();
      score.confusion.count(batch.masks, most_likely(logits));
    }
  });
  score.confusion.sum_over(group);
  score.loss_sum = group.sum(score.loss_sum);
  return score;
}

std::vector<std::int64_t> samples_at_fault(Network& network, std::span<const Batch> batches, const Loss& loss,
                                           at::Device device) {
  const at::NoGradGuard no_grad;
  network.train();
  std::vector<std::int64_t> found;
  for (const auto& batch : batches) {
    if (batch.ids.empty()) continue;
    const auto all = to_tensors(batch, device);
    for (std::size_t i = 0; i < batch.ids.size(); ++i) {
      const auto begin = static_cast<std::int64_t>(i);
      const TensorBatch one{
          .images = all.images.slice(0, begin, begin + 1),
          .masks = all.masks.slice(0, begin, begin + 1),
          .conditions = all.conditions.defined() ? all.conditions.slice(0, begin, begin + 1) : at::Tensor()};
      if (!std::isfinite(loss.sum(network.forward(one.images, one.conditions), one.masks).item<double>()))
        found.push_back(batch.ids[i]);
    }
  }
  return found;
}

}  // namespace twinmill::train

#include "gradient_buckets.hpp"

#include <ATen/ATen.h>

#include <span>

#include "twinmill/base/error.hpp"

namespace twinmill::train {

GradientBuckets::GradientBuckets(std::vector<at::Tensor> parameters, const mpi::Communicator& group, double bucket_mb)
    : parameters_(std::move(parameters)), group_(group), slots_(parameters_.size()) {
  deal(bucket_mb);
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    // On a leaf the hook runs once per backward pass, when the gradient is complete.
    slots_[i].hook = parameters_[i].register_hook([this, i](const at::Tensor& gradient) { arrived(i, gradient); });
  }
}

GradientBuckets::~GradientBuckets() {
  for (std::size_t i = 0; i < parameters_.size(); ++i) parameters_[i].remove_hook(slots_[i].hook);
}

void GradientBuckets::deal(double bucket_mb) {
  const auto limit = static_cast<std::int64_t>(bucket_mb * 1e6 / sizeof(float));
  std::vector<std::int64_t> offsets(parameters_.size());
  std::vector<std::int64_t> sizes;
  for (std::size_t i = parameters_.size(); i-- > 0;) {
    const auto& parameter = parameters_[i];
    ensure(parameter.scalar_type() == at::kFloat, "gradients are averaged in single precision");
    if (buckets_.empty() || sizes.back() + parameter.numel() > limit) {
      buckets_.emplace_back();
      sizes.push_back(0);
    }
    slots_[i].bucket = buckets_.size() - 1;
    offsets[i] = sizes.back();
    sizes.back() += parameter.numel();
    ++buckets_.back().parameters;
  }
  for (std::size_t b = 0; b < buckets_.size(); ++b) buckets_[b].sum = at::zeros({sizes[b]}, at::kFloat);
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const auto end = offsets[i] + parameters_[i].numel();
    slots_[i].view = buckets_[slots_[i].bucket].sum.slice(0, offsets[i], end).view(parameters_[i].sizes());
  }
}

void GradientBuckets::begin(int passes) {
  passes_ = passes;
  for (auto& parameter : parameters_) parameter.mutable_grad().reset();
  for (auto& slot : slots_) slot.arrived = 0;
  for (auto& bucket : buckets_) bucket.arrived = 0;
  pending_.clear();
  reaped_ = 0;
  started_early_ = 0;
}

void GradientBuckets::arrived(std::size_t parameter, const at::Tensor& gradient) {
  const at::NoGradGuard no_grad;
  auto& slot = slots_[parameter];
  if (slot.arrived == 0) {
    slot.view.copy_(gradient);
  } else {
    slot.view.add_(gradient.to(slot.view.device()));
  }
  if (++slot.arrived == passes_) ++buckets_[slot.bucket].arrived;
  while (pending_.size() < buckets_.size() &&
         buckets_[pending_.size()].arrived == buckets_[pending_.size()].parameters) {
    start_next();
  }
  started_early_ = pending_.size();
  // Without threads of its own MPI only gets on with a sum while it is called.
  while (reaped_ < pending_.size() && pending_[reaped_].test()) ++reaped_;
}

void GradientBuckets::start_next() {
  auto& sum = buckets_[pending_.size()].sum;
  pending_.emplace_back(group_, std::span<float>(sum.data_ptr<float>(), static_cast<std::size_t>(sum.numel())));
}

void GradientBuckets::finish() {
  const at::NoGradGuard no_grad;
  for (auto& slot : slots_) {
    if (slot.arrived == 0) slot.view.zero_();  // its bucket cannot have started
  }
  while (pending_.size() < buckets_.size()) start_next();
  for (auto& sum : pending_) sum.wait();
  pending_.clear();
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    // On the host this is the bucket's memory itself; begin() lets go of it before the next backward pass.
    parameters_[i].mutable_grad() = slots_[i].view.to(parameters_[i].device());
  }
}

}  // namespace twinmill::train

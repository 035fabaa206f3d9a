#include "losses.hpp"

#include <ATen/ATen.h>
#include <ATen/core/Reduction.h>

#include <algorithm>

#include "twinmill/base/error.hpp"

namespace twinmill::train {
namespace {

constexpr double dice_smoothing = 1;  // pixels

double pixels_of(const at::Tensor& masks) { return static_cast<double>(masks.size(1) * masks.size(2)); }

}  // namespace

at::Tensor weight_tensor(const ClassWeights& weights, at::Device device) {
  const at::Tensor tensor = at::zeros({static_cast<std::int64_t>(weights.weight.size())}, at::kFloat);
  std::transform(weights.weight.begin(), weights.weight.end(), tensor.data_ptr<float>(),
                 [](double w) { return static_cast<float>(w); });
  return tensor.to(device);
}

// sum_n 1/P sum_p w(y_np) (-log softmax(z_np)[y_np]) / sum_c f_c w_c
at::Tensor loss_sum(const at::Tensor& logits, const at::Tensor& masks, const at::Tensor& class_weight,
                    double mean_pixel_weight) {
  return at::cross_entropy_loss(logits, masks, class_weight, at::Reduction::Sum) /
         (pixels_of(masks) * mean_pixel_weight);
}

// sum_n 1/P sum_p w(y_np) (1 - q_np)^gamma (-log q_np) / sum_c f_c w_c,   q_np = softmax(z_np)[y_np]
// Lin, Goyal, Girshick, He and Dollar, Focal loss for dense object detection (2017), eq. 5; alpha_t is w.
at::Tensor focal_sum(const at::Tensor& logits, const at::Tensor& masks, const at::Tensor& class_weight,
                     double mean_pixel_weight, double gamma) {
  const at::Tensor truth = masks.unsqueeze(1);
  const at::Tensor log_q = logits.log_softmax(1).gather(1, truth).squeeze(1);
  // The power of zero has no slope for gamma below one: the loss is flat within rounding of q = 1.
  const at::Tensor easy = (1 - log_q.exp()).clamp_min(1e-6).pow(gamma);
  return -(class_weight.index_select(0, masks.flatten()).view_as(masks) * easy * log_q).sum() /
         (pixels_of(masks) * mean_pixel_weight);
}

// sum_n (1 - 1/C sum_c (2 sum_p q_npc y_npc + s) / (sum_p q_npc + sum_p y_npc + s)),   q = softmax(z), s = 1 pixel
// The Dice coefficient of Milletari, Navab and Ahmadi, V-Net (2016), without their squares, per sample and class.
at::Tensor dice_sum(const at::Tensor& logits, const at::Tensor& masks) {
  const at::Tensor q = logits.softmax(1).flatten(2);
  const at::Tensor truth = at::zeros_like(q).scatter_(1, masks.flatten(1).unsqueeze(1), 1.0);
  const at::Tensor both = (q * truth).sum(2), either = q.sum(2) + truth.sum(2);
  return (1 - ((2 * both + dice_smoothing) / (either + dice_smoothing)).mean(1)).sum();
}

bool is_loss(std::string_view name) {
  return name == "cross_entropy" || name == "focal" || name == "dice" || name == "cross_entropy+dice";
}

Loss::Loss(const TrainSpec& spec, const ClassWeights& weights, at::Device device)
    : class_weight_(weight_tensor(weights, device)),
      mean_pixel_weight_(weights.mean_pixel_weight),
      gamma_(spec.focal_gamma) {
  ensure(is_loss(spec.loss), "the settings were checked");
  kind_ = spec.loss == "focal"                ? Kind::focal
          : spec.loss == "dice"               ? Kind::dice
          : spec.loss == "cross_entropy+dice" ? Kind::cross_entropy_dice
                                              : Kind::cross_entropy;
}

at::Tensor Loss::sum(const at::Tensor& logits, const at::Tensor& masks) const {
  switch (kind_) {
    case Kind::cross_entropy:
      return loss_sum(logits, masks, class_weight_, mean_pixel_weight_);
    case Kind::focal:
      return focal_sum(logits, masks, class_weight_, mean_pixel_weight_, gamma_);
    case Kind::dice:
      return dice_sum(logits, masks);
    case Kind::cross_entropy_dice:
      return loss_sum(logits, masks, class_weight_, mean_pixel_weight_) + dice_sum(logits, masks);
  }
  throw Error(Fault::bug, "a loss without a formula");
}

}  // namespace twinmill::train

#pragma once
// What a network is trained to make small. Every loss is a sum over samples, so that the parts of a batch add up to the
// whole, however it is divided over ranks and accumulated parts.

#include <ATen/core/Tensor.h>

#include <string_view>

#include "class_weights.hpp"
#include "twinmill/train/api.hpp"

namespace twinmill::train {

at::Tensor weight_tensor(const ClassWeights& weights, at::Device device);

/// Sum over samples of the mean over pixels of weight[class] x cross entropy / mean pixel weight: a scalar.
at::Tensor loss_sum(const at::Tensor& logits, const at::Tensor& masks, const at::Tensor& class_weight,
                    double mean_pixel_weight);
/// The same with each pixel's term times (1 - p)^gamma, p the likelihood given to its true class.
at::Tensor focal_sum(const at::Tensor& logits, const at::Tensor& masks, const at::Tensor& class_weight,
                     double mean_pixel_weight, double gamma);
/// Sum over samples of 1 - the soft Dice overlap, mean over classes.
at::Tensor dice_sum(const at::Tensor& logits, const at::Tensor& masks);

/// Whether there is a loss of this name.
bool is_loss(std::string_view name);

/// The loss that a training's settings name.
class Loss {
 public:
  Loss(const TrainSpec& spec, const ClassWeights& weights, at::Device device);
  /// logits [n][classes][h][w], masks [n][h][w]: a scalar, summed over the n samples.
  at::Tensor sum(const at::Tensor& logits, const at::Tensor& masks) const;

 private:
  enum class Kind { cross_entropy, focal, dice, cross_entropy_dice };
  Kind kind_;
  at::Tensor class_weight_;
  double mean_pixel_weight_, gamma_;
};

}  // namespace twinmill::train

#pragma once
// What the general and the attention U-Net have in common.

#include <array>
#include <memory>

#include "layers.hpp"
#include "modulation.hpp"
#include "network.hpp"

namespace twinmill::train {

/// Four levels of w, 2w, 4w and 8w channels and a bottleneck of 16w; each level is a DoubleConvolution. Down by 2x2
/// maximum pooling, up by make_doubling() and the concatenation with the level's skip.
class UNet : public Network {
 public:
  explicit UNet(const NetworkShape& shape);
  std::vector<std::string> encoder() const override;

 protected:
  static constexpr int levels = 4;
  at::Tensor run(at::Tensor x, const at::Tensor& conditions) override;
  std::string run_script() const override;
  /// What of a level's skip is concatenated; `coarse` are the features of the level below on the way up, with half the
  /// skip's size and twice its channels.
  virtual at::Tensor chosen(int /*level*/, at::Tensor skip, const at::Tensor& /*coarse*/) { return skip; }
  /// The same as an expression of the variables skipN (N counts from 1) and x.
  virtual std::string chosen_script(int level) const;

 private:
  std::array<std::shared_ptr<DoubleConvolution>, levels> down_, join_;
  std::shared_ptr<DoubleConvolution> bottom_;
  std::array<torch::nn::AnyModule, levels> up_;
  torch::nn::Conv2d head_{nullptr};
  std::shared_ptr<Modulation> modulation_;  // of down 1 to 4, bottom, join 4 to 1; none: not conditioned
};

}  // namespace twinmill::train

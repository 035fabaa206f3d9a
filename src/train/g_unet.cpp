#include "g_unet.hpp"

#include <torch/nn/modules/conv.h>

#include <algorithm>
#include <array>

#include "batch_norm.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::train {
namespace {

namespace nn = torch::nn;

constexpr int levels = 4;
constexpr std::int64_t granule = 1 << levels;   // sizes must divide by this to meet their skips again
constexpr std::int64_t smallest = 2 * granule;  // batch statistics need more than one pixel in the bottleneck

/// (3x3 convolution, batch normalisation, ReLU) twice.
class DoubleConvolution : public nn::Module {
 public:
  DoubleConvolution(int in, int out)
      : first_(register_module("conv1", convolution(in, out))),
        first_norm_(register_module("norm1", BatchNorm(out))),
        second_(register_module("conv2", convolution(out, out))),
        second_norm_(register_module("norm2", BatchNorm(out))) {}

  at::Tensor forward(at::Tensor x) {
    x = first_norm_->forward(first_->forward(x)).relu_();
    return second_norm_->forward(second_->forward(x)).relu_();
  }

 private:
  static nn::Conv2d convolution(int in, int out) { return nn::Conv2d(nn::Conv2dOptions(in, out, 3).padding(1)); }

  nn::Conv2d first_;
  BatchNorm first_norm_;
  nn::Conv2d second_;
  BatchNorm second_norm_;
};

class GUNet : public Network {
 public:
  explicit GUNet(const NetworkShape& shape) {
    int in = shape.channels;
    for (int level = 0; level < levels; ++level) {
      const int out = shape.width << level;
      down_[level] = register_module(cat("down", level + 1), std::make_shared<DoubleConvolution>(in, out));
      in = out;
    }
    bottom_ = register_module("bottom", std::make_shared<DoubleConvolution>(in, 2 * in));
    for (int level = levels - 1; level >= 0; --level) {
      const int out = shape.width << level;
      up_[level] = register_module(cat("up", level + 1),
                                   nn::ConvTranspose2d(nn::ConvTranspose2dOptions(2 * out, out, 2).stride(2)));
      join_[level] = register_module(cat("join", level + 1), std::make_shared<DoubleConvolution>(2 * out, out));
    }
    head_ = register_module("head", nn::Conv2d(nn::Conv2dOptions(shape.width, shape.classes, 1)));
  }

  at::Tensor forward(at::Tensor images) override {
    const auto height = images.size(2), width = images.size(3);
    const auto more_y = padded(height) - height, more_x = padded(width) - width;
    const auto left = more_x / 2, top = more_y / 2;
    auto x = images;
    if (more_x > 0 || more_y > 0) x = at::replication_pad2d(x, {left, more_x - left, top, more_y - top});
    x = run(x);
    if (more_x > 0 || more_y > 0) x = x.slice(2, top, top + height).slice(3, left, left + width);
    return x;
  }

 private:
  static std::int64_t padded(std::int64_t pixels) {
    return std::max(smallest, (pixels + granule - 1) / granule * granule);
  }

  at::Tensor run(at::Tensor x) {
    std::array<at::Tensor, levels> skips;
    for (int level = 0; level < levels; ++level) {
      skips[level] = down_[level]->forward(x);
      x = at::max_pool2d(skips[level], {2, 2});
    }
    x = bottom_->forward(x);
    for (int level = levels - 1; level >= 0; --level) {
      x = at::cat({skips[level], up_[level]->forward(x)}, 1);
      skips[level].reset();
      x = join_[level]->forward(x);
    }
    return head_->forward(x);
  }

  std::array<std::shared_ptr<DoubleConvolution>, levels> down_, join_;
  std::shared_ptr<DoubleConvolution> bottom_;
  std::array<nn::ConvTranspose2d, levels> up_{nullptr, nullptr, nullptr, nullptr};
  nn::Conv2d head_{nullptr};
};

}  // namespace

std::shared_ptr<Network> make_g_unet(const NetworkShape& shape) { return std::make_shared<GUNet>(shape); }

}  // namespace twinmill::train

#pragma once
// What several networks are made of.

#include <torch/nn/modules/container/any.h>
#include <torch/nn/modules/conv.h>

#include <string>

#include "batch_norm.hpp"
#include "scripted.hpp"

namespace twinmill::train {

/// A convolution that keeps the size, divided by `stride`: padded by (kernel - 1)/2.
struct ConvolutionShape {
  int in = 1, out = 1, kernel = 3, stride = 1;
  bool bias = true;
};
torch::nn::Conv2d convolution(const ConvolutionShape& shape);

/// (3x3 convolution, batch normalisation, ReLU) twice; modulated between the second normalisation and its ReLU.
class DoubleConvolution : public torch::nn::Module, public Scripted {
 public:
  DoubleConvolution(int in, int out);
  /// `film` as in modulation.hpp.
  at::Tensor forward(at::Tensor x, const at::Tensor& film);
  /// Methods forward(x) and modulated(x, film).
  std::string script() const override;

 private:
  torch::nn::Conv2d first_;
  BatchNorm first_norm_;
  torch::nn::Conv2d second_;
  BatchNorm second_norm_;
};

/// Doubles the size of feature maps, from `in` to `out` channels: "transposed" is a 2x2 transposed convolution of
/// stride 2, "bilinear" an interpolation (corners not aligned) and a 3x3 convolution.
torch::nn::AnyModule make_doubling(int in, int out, const std::string& upsampling);

/// Interpolates to twice the size.
at::Tensor doubled(const at::Tensor& x);
inline constexpr const char* doubled_script = R"(
def doubled(self, x: Tensor) -> Tensor:
    return torch.upsample_bilinear2d(x, [2 * x.size(2), 2 * x.size(3)], False)
)";

}  // namespace twinmill::train

#include "layers.hpp"

#include <ATen/ATen.h>

#include "modulation.hpp"

namespace twinmill::train {
namespace {

namespace nn = torch::nn;

class BilinearDoubling : public nn::Module, public Scripted {
 public:
  BilinearDoubling(int in, int out) : convolution_(register_module("conv", convolution({.in = in, .out = out}))) {}
  at::Tensor forward(const at::Tensor& x) { return convolution_->forward(doubled(x)); }
  std::string script() const override {
    return std::string(doubled_script) +
           "\ndef forward(self, x: Tensor) -> Tensor:\n    return self.conv.forward(self.doubled(x))\n";
  }

 private:
  nn::Conv2d convolution_;
};

}  // namespace

nn::Conv2d convolution(const ConvolutionShape& s) {
  return nn::Conv2d(nn::Conv2dOptions(s.in, s.out, s.kernel).stride(s.stride).padding((s.kernel - 1) / 2).bias(s.bias));
}

DoubleConvolution::DoubleConvolution(int in, int out)
    : first_(register_module("conv1", convolution({.in = in, .out = out}))),
      first_norm_(register_module("norm1", BatchNorm(out))),
      second_(register_module("conv2", convolution({.in = out, .out = out}))),
      second_norm_(register_module("norm2", BatchNorm(out))) {}

at::Tensor DoubleConvolution::forward(at::Tensor x, const at::Tensor& film) {
  x = first_norm_->forward(first_->forward(x)).relu_();
  return modulate(second_norm_->forward(second_->forward(x)), film).relu_();
}

std::string DoubleConvolution::script() const {
  return std::string(modulate_script) + R"(
def normed(self, x: Tensor) -> Tensor:
    x = torch.relu(self.norm1.forward(self.conv1.forward(x)))
    return self.norm2.forward(self.conv2.forward(x))

def forward(self, x: Tensor) -> Tensor:
    return torch.relu(self.normed(x))

def modulated(self, x: Tensor, film: Tensor) -> Tensor:
    return torch.relu(self.modulate(self.normed(x), film))
)";
}

nn::AnyModule make_doubling(int in, int out, const std::string& upsampling) {
  if (upsampling == "bilinear") return nn::AnyModule(std::make_shared<BilinearDoubling>(in, out));
  return nn::AnyModule(nn::ConvTranspose2d(nn::ConvTranspose2dOptions(in, out, 2).stride(2)));
}

at::Tensor doubled(const at::Tensor& x) { return at::upsample_bilinear2d(x, {2 * x.size(2), 2 * x.size(3)}, false); }

}  // namespace twinmill::train

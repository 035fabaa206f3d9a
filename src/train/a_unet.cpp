#include "a_unet.hpp"

#include <ATen/ATen.h>

#include "twinmill/base/error.hpp"
#include "u_net.hpp"

namespace twinmill::train {
namespace {

namespace nn = torch::nn;

/// Additive attention, eq. 1 of Oktay et al.: the skip x [C] is multiplied by
///   alpha = sigmoid(psi(ReLU(W_x x + W_g g)))
/// one number per pixel, where g [2C] are the features of the coarser level on the way up. W_x (without bias), W_g and
/// psi are 1x1 convolutions to C/2, C/2 and 1 channels. W_g g is interpolated to the skip's size, which for a 1x1
/// convolution is the same as interpolating g.
class AttentionGate : public nn::Module, public Scripted {
 public:
  explicit AttentionGate(int channels) {
    const int between = std::max(1, channels / 2);
    x_ = register_module("w_x", convolution({.in = channels, .out = between, .kernel = 1, .bias = false}));
    g_ = register_module("w_g", convolution({.in = 2 * channels, .out = between, .kernel = 1}));
    psi_ = register_module("psi", convolution({.in = between, .out = 1, .kernel = 1}));
  }
  at::Tensor forward(const at::Tensor& x, const at::Tensor& g) {
    const auto sum = x_->forward(x) + doubled(g_->forward(g));
    return x * at::sigmoid(psi_->forward(at::relu(sum)));
  }
  std::string script() const override {
    return std::string(doubled_script) + R"(
def forward(self, x: Tensor, g: Tensor) -> Tensor:
    sum = self.w_x.forward(x) + self.doubled(self.w_g.forward(g))
    return x * torch.sigmoid(self.psi.forward(torch.relu(sum)))
)";
  }

 private:
  nn::Conv2d x_{nullptr}, g_{nullptr}, psi_{nullptr};
};

class AUNet : public UNet {
 public:
  explicit AUNet(const NetworkShape& shape) : UNet(shape) {
    for (int level = 0; level < levels; ++level) {
      gate_[level] = register_module(cat("gate", level + 1), std::make_shared<AttentionGate>(shape.width << level));
    }
  }

 protected:
  at::Tensor chosen(int level, at::Tensor skip, const at::Tensor& coarse) override {
    return gate_[level]->forward(skip, coarse);
  }
  std::string chosen_script(int level) const override {
    return cat("self.gate", level + 1, ".forward(skip", level + 1, ", x)");
  }

 private:
  std::array<std::shared_ptr<AttentionGate>, levels> gate_;
};

}  // namespace

std::shared_ptr<Network> make_a_unet(const NetworkShape& shape) { return std::make_shared<AUNet>(shape); }

}  // namespace twinmill::train

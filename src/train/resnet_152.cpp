#include "resnet_152.hpp"

#include <ATen/ATen.h>
#include <torch/nn/init.h>
#include <torch/nn/modules/container/sequential.h>

#include <array>

#include "layers.hpp"
#include "modulation.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::train {
namespace {

namespace nn = torch::nn;

constexpr int stages = 4;
constexpr int levels = stages + 1;  // halvings: the stem's two, then one by each stage but the first
constexpr std::array<int, stages> blocks = {3, 8, 36, 3};
constexpr int expansion = 4;

nn::Conv2d plain(const ConvolutionShape& shape) {
  auto result = convolution(shape);
  nn::init::kaiming_normal_(result->weight, 0, torch::kFanOut, torch::kReLU);
  return result;
}

/// 1x1, 3x3 (which has the stride) and 1x1 convolution, each with batch normalisation, around which the input goes.
class Bottleneck : public nn::Module, public Scripted {
 public:
  Bottleneck(int in, int planes, int stride)
      : conv1_(register_module("conv1", plain({.in = in, .out = planes, .kernel = 1, .bias = false}))),
        bn1_(register_module("bn1", BatchNorm(planes))),
        conv2_(register_module("conv2",
                               plain({.in = planes, .out = planes, .kernel = 3, .stride = stride, .bias = false}))),
        bn2_(register_module("bn2", BatchNorm(planes))),
        conv3_(register_module("conv3", plain({.in = planes, .out = expansion * planes, .kernel = 1, .bias = false}))),
        bn3_(register_module("bn3", BatchNorm(expansion * planes))) {
    if (stride == 1 && in == expansion * planes) return;
    downsample_ = register_module(
        "downsample",
        nn::Sequential(plain({.in = in, .out = expansion * planes, .kernel = 1, .stride = stride, .bias = false}),
                       BatchNorm(expansion * planes)));
  }

  at::Tensor forward(const at::Tensor& x) {
    auto y = bn1_->forward(conv1_->forward(x)).relu_();
    y = bn2_->forward(conv2_->forward(y)).relu_();
    y = bn3_->forward(conv3_->forward(y));
    return (y + (downsample_.is_empty() ? x : downsample_->forward(x))).relu_();
  }

  std::string script() const override {
    return cat(R"(
def forward(self, x: Tensor) -> Tensor:
    y = torch.relu(self.bn1.forward(self.conv1.forward(x)))
    y = torch.relu(self.bn2.forward(self.conv2.forward(y)))
    y = self.bn3.forward(self.conv3.forward(y))
    return torch.relu(y + )",
               downsample_.is_empty() ? "x" : "self.downsample.forward(x)", ")\n");
  }

 private:
  nn::Conv2d conv1_;
  BatchNorm bn1_;
  nn::Conv2d conv2_;
  BatchNorm bn2_;
  nn::Conv2d conv3_;
  BatchNorm bn3_;
  nn::Sequential downsample_{nullptr};
};

class ResNet152 : public Network {
 public:
  explicit ResNet152(const NetworkShape& shape)
      : Network({.granule = 1 << levels, .conditioned = shape.conditions > 0}),
        conv1_(register_module(
            "conv1", plain({.in = shape.channels, .out = shape.width, .kernel = 7, .stride = 2, .bias = false}))),
        bn1_(register_module("bn1", BatchNorm(shape.width))) {
    const int w = shape.width;
    std::vector<int> features = {w};
    for (int i = 0; i < stages; ++i) {
      nn::Sequential stage;
      int in = features.back();
      for (int block = 0; block < blocks[i]; ++block) {
        stage->push_back(std::make_shared<Bottleneck>(in, w << i, block == 0 && i > 0 ? 2 : 1));
        in = expansion * (w << i);
      }
      stage_[i] = register_module(cat("layer", i + 1), stage);
      features.push_back(in);
    }
    std::vector<int> modulated = features;
    int in = features.back();
    for (int level = levels; level >= 1; --level) {
      const int out = level == 1 ? (w + 1) / 2 : w << (level - 2);
      const int skip = level == 1 ? 0 : features[level - 2];
      up_[level - 1] = make_doubling(in, out, shape.upsampling);
      register_module(cat("up", level), up_[level - 1].ptr());
      join_[level - 1] = register_module(cat("join", level), std::make_shared<DoubleConvolution>(out + skip, out));
      modulated.push_back(out);
      in = out;
    }
    head_ = register_module("head", convolution({.in = in, .out = shape.classes, .kernel = 1}));
    if (conditioned()) {
      modulation_ = register_module("modulation", std::make_shared<Modulation>(shape.conditions, modulated));
    }
  }

  std::vector<std::string> encoder() const override { return {"conv1", "bn1", "layer1", "layer2", "layer3", "layer4"}; }

 protected:
  at::Tensor run(at::Tensor x, const at::Tensor& conditions) override {
    std::vector<at::Tensor> films(2 * levels);
    if (modulation_) films = modulation_->forward(conditions);
    auto film = films.begin();
    std::vector<at::Tensor> skips = {modulate(bn1_->forward(conv1_->forward(x)).relu_(), *film++)};
    x = at::max_pool2d(skips.back(), {3, 3}, {2, 2}, {1, 1});
    for (auto& stage : stage_) {
      x = modulate(stage->forward(x), *film++);
      skips.push_back(x);
    }
    skips.pop_back();
    for (int level = levels; level >= 1; --level) {
      x = up_[level - 1].forward(x);
      if (level > 1) {
        x = at::cat({skips.back(), x}, 1);
        skips.pop_back();
      }
      x = join_[level - 1]->forward(x, *film++);
    }
    return head_->forward(x);
  }

  std::string run_script() const override {
    int film = 0;
    const auto modulated = [&](const std::string& what) {
      return conditioned() ? cat("self.modulate(", what, ", films[", film++, "])") : what;
    };
    const auto join = [&](int level, const std::string& input) {
      return conditioned() ? cat("self.join", level, ".modulated(", input, ", films[", film++, "])")
                           : cat("self.join", level, ".forward(", input, ")");
    };
    std::string text = modulate_script;
    text += conditioned() ? "\ndef run(self, x: Tensor, conditions: Tensor) -> Tensor:\n"
                            "    films = self.modulation.forward(conditions)\n"
                          : "\ndef run(self, x: Tensor) -> Tensor:\n";
    text += cat("    skip1 = ", modulated("torch.relu(self.bn1.forward(self.conv1.forward(x)))"),
                "\n    x = torch.max_pool2d(skip1, [3, 3], [2, 2], [1, 1])\n");
    for (int i = 1; i <= stages; ++i) {
      text += cat("    x = ", modulated(cat("self.layer", i, ".forward(x)")), "\n    skip", i + 1, " = x\n");
    }
    for (int level = levels; level >= 1; --level) {
      const std::string up = cat("self.up", level, ".forward(x)");
      text += cat("    x = ", join(level, level > 1 ? cat("torch.cat([skip", level - 1, ", ", up, "], 1)") : up), "\n");
    }
    return text + "    return self.head.forward(x)\n";
  }

 private:
  nn::Conv2d conv1_;
  BatchNorm bn1_;
  std::array<nn::Sequential, stages> stage_{nullptr, nullptr, nullptr, nullptr};
  std::array<nn::AnyModule, levels> up_;
  std::array<std::shared_ptr<DoubleConvolution>, levels> join_;
  nn::Conv2d head_{nullptr};
  std::shared_ptr<Modulation> modulation_;  // of the stem, the stages, join 5 to 1; none: not conditioned
};

}  // namespace

std::shared_ptr<Network> make_resnet_152(const NetworkShape& shape) { return std::make_shared<ResNet152>(shape); }

}  // namespace twinmill::train

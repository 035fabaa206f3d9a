#include "u_net.hpp"

#include <ATen/ATen.h>

#include "twinmill/base/error.hpp"

namespace twinmill::train {

UNet::UNet(const NetworkShape& shape) : Network({.granule = 1 << levels, .conditioned = shape.conditions > 0}) {
  std::vector<int> modulated;
  int in = shape.channels;
  for (int level = 0; level < levels; ++level) {
    const int out = shape.width << level;
    down_[level] = register_module(cat("down", level + 1), std::make_shared<DoubleConvolution>(in, out));
    modulated.push_back(out);
    in = out;
  }
  bottom_ = register_module("bottom", std::make_shared<DoubleConvolution>(in, 2 * in));
  modulated.push_back(2 * in);
  for (int level = levels - 1; level >= 0; --level) {
    const int out = shape.width << level;
    up_[level] = make_doubling(2 * out, out, shape.upsampling);
    register_module(cat("up", level + 1), up_[level].ptr());
    join_[level] = register_module(cat("join", level + 1), std::make_shared<DoubleConvolution>(2 * out, out));
    modulated.push_back(out);
  }
  head_ = register_module("head", convolution({.in = shape.width, .out = shape.classes, .kernel = 1}));
  if (conditioned()) {
    modulation_ = register_module("modulation", std::make_shared<Modulation>(shape.conditions, modulated));
  }
}

std::vector<std::string> UNet::encoder() const { return {"down1", "down2", "down3", "down4", "bottom"}; }

at::Tensor UNet::run(at::Tensor x, const at::Tensor& conditions) {
  std::vector<at::Tensor> films(2 * levels + 1);
  if (modulation_) films = modulation_->forward(conditions);
  auto film = films.begin();
  std::array<at::Tensor, levels> skips;
  for (int level = 0; level < levels; ++level) {
    skips[level] = down_[level]->forward(x, *film++);
    x = at::max_pool2d(skips[level], {2, 2});
  }
  x = bottom_->forward(x, *film++);
  for (int level = levels - 1; level >= 0; --level) {
    const at::Tensor skip = chosen(level, std::move(skips[level]), x);
    x = join_[level]->forward(at::cat({skip, up_[level].forward(x)}, 1), *film++);
  }
  return head_->forward(x);
}

std::string UNet::run_script() const {
  int film = 0;
  const auto call = [&](const std::string& name, const std::string& input) {
    return conditioned() ? cat("self.", name, ".modulated(", input, ", films[", film++, "])")
                         : cat("self.", name, ".forward(", input, ")");
  };
  std::string text = conditioned() ? "def run(self, x: Tensor, conditions: Tensor) -> Tensor:\n"
                                     "    films = self.modulation.forward(conditions)\n"
                                   : "def run(self, x: Tensor) -> Tensor:\n";
  for (int level = 1; level <= levels; ++level) {
    text += cat("    skip", level, " = ", call(cat("down", level), "x"), "\n    x = torch.max_pool2d(skip", level,
                ", [2, 2])\n");
  }
  text += cat("    x = ", call("bottom", "x"), "\n");
  for (int level = levels; level >= 1; --level) {
    text += cat(
        "    x = ",
        call(cat("join", level), cat("torch.cat([", chosen_script(level - 1), ", self.up", level, ".forward(x)], 1)")),
        "\n");
  }
  return text + "    return self.head.forward(x)\n";
}

std::string UNet::chosen_script(int level) const { return cat("skip", level + 1); }

}  // namespace twinmill::train

#include "network.hpp"

#include <ATen/ATen.h>
#include <torch/utils.h>

#include <algorithm>

#include "a_unet.hpp"
#include "g_unet.hpp"
#include "model_card.hpp"
#include "resnet_152.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::train {
namespace {

struct Entry {
  const char* name;
  std::shared_ptr<Network> (*make)(const NetworkShape&);
};

constexpr Entry entries[] = {
    {"g-unet", make_g_unet},
    {"a-unet", make_a_unet},
    {"resnet-152", make_resnet_152},
};

void check(const NetworkShape& shape) {
  Problems problems;
  if (shape.width < 1) problems.add(cat("width = ", shape.width), "must be at least 1");
  if (shape.upsampling != "transposed" && shape.upsampling != "bilinear") {
    problems.add(cat("upsampling = ", shape.upsampling), "must be transposed or bilinear");
  }
  problems.throw_if_any();
}

}  // namespace

std::int64_t Network::padded(std::int64_t pixels) const {
  // Batch statistics need more than one pixel in the coarsest level.
  return std::max(2 * granule_, (pixels + granule_ - 1) / granule_ * granule_);
}

at::Tensor Network::forward(at::Tensor images, at::Tensor conditions) {
  const auto height = images.size(2), width = images.size(3);
  const auto more_y = padded(height) - height, more_x = padded(width) - width;
  const auto left = more_x / 2, top = more_y / 2;
  auto x = images;
  if (more_x > 0 || more_y > 0) x = at::replication_pad2d(x, {left, more_x - left, top, more_y - top});
  x = run(x, conditions);
  if (more_x > 0 || more_y > 0) x = x.slice(2, top, top + height).slice(3, left, left + width);
  return x;
}

/// The same as forward(), with the normalisation of samples.cpp before it. 6 and 7 are single and double precision.
std::string Network::script() const {
  const std::string inputs = conditioned_ ? "images: Tensor, conditions: Tensor" : "images: Tensor";
  return run_script() + cat(R"(
def normalised(self, images: Tensor) -> Tensor:
    x = images.to(7)
    mean = torch.mean(x, [2, 3], True)
    x = x - mean
    deviation = torch.sqrt(torch.mean(x * x, [2, 3], True))
    constant = deviation <= 1e-7 * torch.abs(mean)
    return torch.where(constant, torch.zeros_like(x), x / deviation).to(6)

def padded(self, pixels: int) -> int:
    return max(2 * )",
                            granule_, ", (pixels + ", granule_ - 1, ") // ", granule_, " * ", granule_, R"()

def forward(self, )",
                            inputs, R"() -> Tensor:
    height = images.size(2)
    width = images.size(3)
    more_y = self.padded(height) - height
    more_x = self.padded(width) - width
    left = more_x // 2
    top = more_y // 2
    x = self.normalised(images)
    x = torch.replication_pad2d(x, [left, more_x - left, top, more_y - top])
    x = self.run(x)",
                            conditioned_ ? ", conditions" : "", R"()
    return x[:, :, top:top + height, left:left + width]
)");
}

NetworkShape shape_of(const ModelCard& card) {
  return {.channels = static_cast<int>(card.detectors.size()),
          .classes = static_cast<int>(card.classes.size()),
          .width = card.width,
          .conditions = static_cast<int>(card.conditions.size()),
          .upsampling = card.upsampling};
}

std::vector<std::string> network_names() {
  std::vector<std::string> names;
  for (const auto& entry : entries) names.emplace_back(entry.name);
  return names;
}

std::shared_ptr<Network> make_network(const std::string& name, const NetworkShape& shape, std::uint64_t seed) {
  for (const auto& entry : entries) {
    if (name != entry.name) continue;
    check(shape);
    torch::manual_seed(seed);
    return entry.make(shape);
  }
  const auto names = network_names();
  const auto near = nearest(name, names);
  throw Error(Fault::input,
              cat("network = ", name, " (there is no such network). ",
                  near.empty() ? cat("Known: ", list_text(names), "?") : cat("Did you mean ", near, "?")));
}

std::int64_t count_parameters(const torch::nn::Module& network) {
  std::int64_t count = 0;
  for (const auto& parameter : network.parameters()) count += parameter.numel();
  return count;
}

}  // namespace twinmill::train

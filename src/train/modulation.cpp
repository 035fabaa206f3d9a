#include "modulation.hpp"

#include <ATen/ATen.h>
#include <torch/nn/init.h>

#include <numeric>

#include "twinmill/base/error.hpp"

namespace twinmill::train {
namespace {

constexpr int between = 64;

std::vector<std::int64_t> twice(const std::vector<int>& channels) {
  std::vector<std::int64_t> sizes;
  for (const int c : channels) sizes.push_back(2 * static_cast<std::int64_t>(c));
  return sizes;
}

}  // namespace

Modulation::Modulation(int conditions, const std::vector<int>& channels)
    : sizes_(twice(channels)),
      hidden_(register_module("hidden", torch::nn::Linear(conditions, between))),
      film_(register_module(
          "film", torch::nn::Linear(between, std::accumulate(sizes_.begin(), sizes_.end(), std::int64_t{0})))) {
  torch::nn::init::zeros_(film_->weight);
  torch::nn::init::zeros_(film_->bias);
}

std::vector<at::Tensor> Modulation::forward(const at::Tensor& conditions) {
  return at::split_with_sizes(film_->forward(at::relu(hidden_->forward(conditions))), sizes_, 1);
}

std::string Modulation::script() const {
  std::string list;
  for (const auto size : sizes_) list += cat(list.empty() ? "" : ", ", size);
  return cat(
      "def forward(self, conditions: Tensor) -> List[Tensor]:\n"
      "    return torch.split_with_sizes(self.film.forward(torch.relu(self.hidden.forward(conditions))), [",
      list, "], 1)\n");
}

at::Tensor modulate(const at::Tensor& x, const at::Tensor& film) {
  if (!film.defined()) return x;
  const auto parts = film.unsqueeze(2).unsqueeze(3).chunk(2, 1);
  return x * (parts[0] + 1) + parts[1];
}

}  // namespace twinmill::train

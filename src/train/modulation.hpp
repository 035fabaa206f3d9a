#pragma once
// Feature-wise linear modulation (FiLM; Perez et al., AAAI 2018): what a conditioned network does with the metadata.

#include <torch/nn/modules/linear.h>

#include <vector>

#include "scripted.hpp"

namespace twinmill::train {

/// Scales and shifts of the channels of several feature maps, from the conditions of each sample:
///   (gamma_1, beta_1, gamma_2, beta_2, ...) = W_2 ReLU(W_1 c + b_1) + b_2
/// with 64 numbers between. W_2 and b_2 start as zero, so that modulate() starts as the identity.
class Modulation : public torch::nn::Module, public Scripted {
 public:
  /// `channels` of each feature map that is modulated.
  Modulation(int conditions, const std::vector<int>& channels);
  /// [n][conditions] to [n][2 channels] for each feature map.
  std::vector<at::Tensor> forward(const at::Tensor& conditions);
  std::string script() const override;

 private:
  std::vector<std::int64_t> sizes_;
  torch::nn::Linear hidden_, film_;
};

/// x (1 + gamma) + beta for `film` = (gamma, beta) of [n][2 channels], x of [n][channels][h][w]; x itself where `film`
/// is undefined.
at::Tensor modulate(const at::Tensor& x, const at::Tensor& film);
/// The same as source of a method modulate(self, x, film).
inline constexpr const char* modulate_script = R"(
def modulate(self, x: Tensor, film: Tensor) -> Tensor:
    parts = torch.chunk(film.unsqueeze(2).unsqueeze(3), 2, 1)
    return x * (parts[0] + 1) + parts[1]
)";

}  // namespace twinmill::train

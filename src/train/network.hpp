#pragma once
// Networks by name. A new one is a source file and a row in network.cpp.

#include <torch/nn/module.h>

#include <memory>
#include <string>
#include <vector>

#include "scripted.hpp"
#include "twinmill/train/api.hpp"

namespace twinmill::train {

struct ModelCard;

/// Maps images [n][channels][h][w], normalised as in samples.hpp, to logits [n][classes][h][w] for any h and w: images
/// are padded by repeating the border to a multiple of the granule, half on each side, and logits are cut back.
class Network : public torch::nn::Module, public Scripted {
 public:
  /// `conditions` [n][c] (conditions.hpp) of a conditioned network; ignored by others, and may be undefined for them.
  at::Tensor forward(at::Tensor images, at::Tensor conditions);
  /// As TorchScript it maps images as they are in the store: forward(images) or forward(images, conditions) normalises
  /// them first.
  std::string script() const final;
  bool conditioned() const { return conditioned_; }
  /// Children that pretrained weights are for; the first one is, or holds, the convolution that sees the images.
  virtual std::vector<std::string> encoder() const = 0;

 protected:
  struct Frame {
    std::int64_t granule = 1;  ///< Sizes must divide by this to meet their skips again.
    bool conditioned = false;
  };
  explicit Network(const Frame& frame) : granule_(frame.granule), conditioned_(frame.conditioned) {}
  /// Sizes are multiples of the granule, and at least twice the granule.
  virtual at::Tensor run(at::Tensor images, const at::Tensor& conditions) = 0;
  /// Source of run(self, x) or run(self, x, conditions).
  virtual std::string run_script() const = 0;

 private:
  std::int64_t padded(std::int64_t pixels) const;
  std::int64_t granule_;
  bool conditioned_;
};

/// What a network is built for.
struct NetworkShape {
  int channels = 1;  ///< Of the input: detectors.
  int classes = 2;
  int width = 64;                         ///< Channels of the first level.
  int conditions = 0;                     ///< Numbers beside the images; 0: the network is not conditioned.
  std::string upsampling = "transposed";  ///< transposed | bilinear
};
/// The shape that a model's card tells.
NetworkShape shape_of(const ModelCard& card);

std::vector<std::string> network_names();

/// Builds a network with weights drawn from `seed`: the same for every rank. Throws Error(input) for an unknown name,
/// width or upsampling.
std::shared_ptr<Network> make_network(const std::string& name, const NetworkShape& shape, std::uint64_t seed);

std::int64_t count_parameters(const torch::nn::Module& network);

}  // namespace twinmill::train

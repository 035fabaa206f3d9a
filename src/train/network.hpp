#pragma once
// Networks by name. A new one is a source file and a row in network.cpp.

#include <torch/nn/module.h>

#include <memory>
#include <string>
#include <vector>

namespace twinmill::train {

/// Maps images [n][channels][h][w], normalised as in samples.hpp, to logits [n][classes][h][w] for any h and w.
class Network : public torch::nn::Module {
 public:
  /// `conditions` [n][c] (conditions.hpp) of a conditioned network; undefined for others.
  virtual at::Tensor forward(at::Tensor images, at::Tensor conditions) = 0;
};

/// What a network is built for.
struct NetworkShape {
  int channels = 1;  ///< Of the input: detectors.
  int classes = 2;
  int width = 64;  ///< Channels of the first level.
};

std::vector<std::string> network_names();

/// Builds a network with weights drawn from `seed`: the same for every rank. Throws Error(input) for an unknown name.
std::shared_ptr<Network> make_network(const std::string& name, const NetworkShape& shape, std::uint64_t seed);

std::int64_t count_parameters(const Network& network);

}  // namespace twinmill::train

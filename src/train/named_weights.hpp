#pragma once
// Weights that are found by their names.

#include <functional>

#include "network.hpp"
#include "tensor_file.hpp"

namespace twinmill::train {

/// Copies into each parameter and running statistic of the network whose name is `wanted` the tensor of that name, in
/// the network's own precision. Throws Error(input) that lists what is missing or of another shape; the network is
/// unchanged then. `what` names the tensors' file.
void take_by_name(Network& network, const NamedTensors& tensors, const std::function<bool(const std::string&)>& wanted,
                  const std::string& what);

/// Starts the network's encoder from the weights in a file (tensor_file.hpp), by name. Where the convolution that sees
/// the images has another number of input channels c than the file's, each of them gets the sum over the file's
/// channels divided by c: c equal images give what one grey image gives in all channels of the file. Tensors that the
/// encoder has not are left. Throws Error(input).
void load_pretrained(Network& network, const std::filesystem::path& path);

/// See Api::check_pretrained.
void check_pretrained(const NetworkSpec& spec, int channels);

}  // namespace twinmill::train

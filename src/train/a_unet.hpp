#pragma once

#include "network.hpp"

namespace twinmill::train {

/// The attention U-Net (Oktay et al. 2018, arXiv 1804.03999): the U-Net of u_net.hpp with a gate on each skip.
/// 31,566,158 parameters for 1 channel, 10 classes, width 64 and transposed convolutions.
std::shared_ptr<Network> make_a_unet(const NetworkShape& shape);

}  // namespace twinmill::train

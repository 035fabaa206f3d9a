#pragma once

#include "network.hpp"

namespace twinmill::train {

/// The general U-Net (u_net.hpp): 31,042,954 parameters for 1 channel, 10 classes, width 64 and transposed
/// convolutions.
std::shared_ptr<Network> make_g_unet(const NetworkShape& shape);

}  // namespace twinmill::train

#pragma once

#include "network.hpp"

namespace twinmill::train {

/// The general U-Net: four levels of w, 2w, 4w and 8w channels and a bottleneck of 16w; each level is two 3x3
/// convolutions with batch normalisation and ReLU. 31,042,954 parameters for 1 channel, 10 classes and width 64.
std::shared_ptr<Network> make_g_unet(const NetworkShape& shape);

}  // namespace twinmill::train

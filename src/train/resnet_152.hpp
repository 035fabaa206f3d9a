#pragma once

#include "network.hpp"

namespace twinmill::train {

/// ResNet-152 (He et al. 2016) as a segmentation network. The encoder is that of torchvision without its last layer, by
/// the same names: 58,143,808 parameters for 3 channels and width 64. The decoder is that of a U-Net: from the last
/// stage's 32w channels, make_doubling() to 8w, 4w, 2w, w and w/2 channels (rounded up), each joined with the features
/// of the same size (16w, 8w and 4w of the stages, w of the stem, none at full size) by a DoubleConvolution.
std::shared_ptr<Network> make_resnet_152(const NetworkShape& shape);

}  // namespace twinmill::train

#include "g_unet.hpp"

#include "u_net.hpp"

namespace twinmill::train {

std::shared_ptr<Network> make_g_unet(const NetworkShape& shape) { return std::make_shared<UNet>(shape); }

}  // namespace twinmill::train

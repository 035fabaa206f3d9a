#pragma once

#include "twinmill/train/api.hpp"

namespace twinmill::train {

/// See Api::train. Collective.
TrainResult train(const TrainRequest& request, const mpi::Communicator& group);

}  // namespace twinmill::train

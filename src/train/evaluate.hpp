#pragma once

#include "twinmill/train/api.hpp"

namespace twinmill::train {

/// See Api::evaluate. Collective.
EvaluateResult evaluate(const EvaluateRequest& request, const mpi::Communicator& group);

}  // namespace twinmill::train

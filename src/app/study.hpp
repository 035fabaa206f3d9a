#pragma once
// One training of a study: what it sees, its files in DIR/models/NAME, its result.

#include <functional>
#include <optional>
#include <string>

#include "run_directory.hpp"
#include "twinmill/campaign/plan.hpp"
#include "twinmill/mpi/mpi.hpp"
#include "twinmill/train/api.hpp"

namespace twinmill::app {

/// What a training sees of the store in a condition ("all" or a name): its samples with their splits in the training's
/// draw, without those that show other classes. In its own condition it learns, in every one it is tested.
train::Selection selection_of(const campaign::Plan& plan, const campaign::Training& training,
                              const std::string& condition);

/// How a training is run.
struct TrainingRun {
  int threads = 1;                                            ///< Of each rank.
  std::function<bool()> stop = {};                            ///< As in train::TrainRequest.
  std::function<void(const train::EpochRecord&)> epoch = {};  ///< Rank 0, after each epoch.
  std::function<void()> testing = {};                         ///< After each batch that is tested.
};

/// Trains and tests one network of the study: goes on from its checkpoint, if there is one. Its result, also written to
/// models/NAME/result.json (by rank 0, durable); nothing when it was stopped. Conditions without a finished test image
/// are not in it. Evaluation tables lie beside it (report::write_evaluation_tables()). Collective over `group`. Throws
/// what the training module throws.
std::optional<std::string> train_and_test(const campaign::Plan& plan, const campaign::Training& training,
                                          const RunDirectory& run, const TrainingRun& how,
                                          const mpi::Communicator& group);

}  // namespace twinmill::app

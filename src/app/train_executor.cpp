#include "train_executor.hpp"

#include "study.hpp"
#include "study_results.hpp"

namespace twinmill::app {

workers::Completed TrainExecutor::execute(const protocol::Grant& grant, const workers::Beat& beat) {
  const auto& training = plan_.training(grant.simulation);
  double fraction = 0;
  beat(fraction);
  TrainingRun how;
  how.stop = [&] {
    beat(fraction);
    return beat.stopping() || (stop_requested_ && stop_requested_());
  };
  how.epoch = [&](const train::EpochRecord& epoch) {
    fraction = static_cast<double>(epoch.epoch) / training.settings.epochs;
  };
  how.testing = [&] { beat(fraction); };
  auto result = train_and_test(plan_, training, run_, how, mpi::Communicator::self());
  if (!result) throw workers::GivenBack{};
  return {.samples = {{training.task, result_checksum(*result)}}, .result = std::move(*result)};
}

}  // namespace twinmill::app

#pragma once
// A lease that trains and tests one network of the study, on one rank alone.

#include <functional>

#include "run_directory.hpp"
#include "twinmill/campaign/plan.hpp"
#include "workers/executor.hpp"

namespace twinmill::app {

class TrainExecutor final : public workers::Executor {
 public:
  /// Both must outlive it. `stop_requested`: for a process that schedules too, and hears nobody while it works; called
  /// after every step.
  TrainExecutor(const campaign::Plan& plan, const RunDirectory& run, std::function<bool()> stop_requested = {})
      : plan_(plan), run_(run), stop_requested_(std::move(stop_requested)) {}

  /// The grant is one of a training. Its result's file is durable when it returns; the ledger gets the same JSON.
  /// Throws GivenBack, with the checkpoint written, when the campaign is being stopped.
  workers::Completed execute(const protocol::Grant& grant, const workers::Beat& beat) override;

 private:
  const campaign::Plan& plan_;
  const RunDirectory& run_;
  std::function<bool()> stop_requested_;
};

}  // namespace twinmill::app

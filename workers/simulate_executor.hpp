#pragma once
// The work of a lease: build the specimen, compute its exact series, and record every image with its labels.

#include <filesystem>
#include <optional>

#include "twinmill/campaign/plan.hpp"
#include "twinmill/imaging/acquisition.hpp"
#include "twinmill/imaging/simulate.hpp"
#include "twinmill/store/store.hpp"
#include "workers/executor.hpp"
#include "workers/scatter.hpp"
#include "workers/specimens.hpp"

namespace twinmill::workers {

/// From the plan's values to those of the imaging module (the plan knows no physics, it knows no plan).
imaging::Multislice multislice_of(const campaign::Plan& plan, const campaign::Simulation& simulation);
imaging::Optics optics_of(const campaign::Plan& plan, const campaign::Simulation& simulation,
                          const campaign::Exposure& exposure);
/// As the unturned specimen sees them: segments turn against it.
std::vector<imaging::Detector> detectors_of(const campaign::Plan& plan, double rotation_deg);
/// All that some exposure of the simulation needs, each once.
std::vector<imaging::Detector> detectors_of(const campaign::Plan& plan, const campaign::Simulation& simulation);
imaging::Acquisition acquisition_of(const campaign::Plan& plan);

class SimulateExecutor final : public Executor {
 public:
  /// Opens the store for this process alone. `group`: the ranks that this process leads, if any; it must outlive the
  /// executor.
  SimulateExecutor(const campaign::Plan& plan, const std::filesystem::path& store, Places places,
                   Group* group = nullptr);

  /// Throws Error(bug) naming the sample when the physics returns a number that is not finite; it is not written.
  Completed execute(const protocol::Grant& grant, const Beat& beat) override;
  /// Not when the group is broken.
  bool fit() const override { return group_ == nullptr || !group_->broken(); }
  /// Sends the members of the group away.
  void leave() override;

  /// Closes the store. Not collective.
  void close();

 private:
  Scattered scattered(const protocol::Grant& grant, const Beat& beat);

  const campaign::Plan& plan_;
  Places places_;
  store::Writer writer_;
  Group* group_;
};

}  // namespace twinmill::workers

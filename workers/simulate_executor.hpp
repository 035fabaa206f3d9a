#pragma once
// The work of a lease: build the specimen, compute its exact series, and record every image with its labels.

#include <filesystem>
#include <optional>

#include "twinmill/campaign/plan.hpp"
#include "twinmill/imaging/acquisition.hpp"
#include "twinmill/imaging/simulate.hpp"
#include "twinmill/specimen/view.hpp"
#include "twinmill/store/store.hpp"
#include "workers/executor.hpp"
#include "workers/scatter.hpp"

namespace twinmill::workers {

/// From the plan's values to those of the physics modules (the plan knows no physics, they know no plan).
specimen::Structure build_structure(const campaign::Plan& plan, const campaign::Structure& structure,
                                    const std::filesystem::path& campaign_folder);
specimen::View view_of(const campaign::Plan& plan, const campaign::Structure& structure,
                       const campaign::Exposure& exposure);
imaging::Multislice multislice_of(const campaign::Plan& plan, const campaign::Simulation& simulation);
imaging::Optics optics_of(const campaign::Plan& plan, const campaign::Exposure& exposure);
/// As the unturned specimen sees them: segments turn against it.
std::vector<imaging::Detector> detectors_of(const campaign::Plan& plan, double rotation_deg);
/// All that some rotation of the campaign needs, each once.
std::vector<imaging::Detector> detectors_of(const campaign::Plan& plan);
imaging::Acquisition acquisition_of(const campaign::Plan& plan);

class SimulateExecutor final : public Executor {
 public:
  /// Opens the store for this process alone. `campaign_folder`: what paths of structure files are relative to.
  /// `group`: the ranks that this process leads, if any; it must outlive the executor.
  SimulateExecutor(const campaign::Plan& plan, const std::filesystem::path& store,
                   std::filesystem::path campaign_folder, Group* group = nullptr);

  /// Throws Error(bug) when the physics returns a number that is not finite.
  std::vector<protocol::SampleDone> execute(const protocol::Grant& grant, const Beat& beat) override;
  /// Sends the members of the group away.
  void leave() override;

  /// Closes the store. Not collective.
  void close();

 private:
  Scattered scattered(const protocol::Grant& grant, const Beat& beat);

  const campaign::Plan& plan_;
  std::filesystem::path campaign_folder_;
  store::Writer writer_;
  Group* group_;
};

}  // namespace twinmill::workers

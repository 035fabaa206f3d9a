#pragma once
// A lease that relaxes one structure.

#include <optional>

#include "workers/executor.hpp"
#include "workers/specimens.hpp"

namespace twinmill::workers {

class RelaxExecutor final : public Executor {
 public:
  /// `plan` must outlive it. `stop_requested`: for a process that schedules too, and hears nobody while it works.
  RelaxExecutor(const campaign::Plan& plan, Places places, std::function<bool()> stop_requested = {})
      : plan_(plan), places_(std::move(places)), stop_requested_(std::move(stop_requested)) {}

  /// The grant is one of a relaxation. The result's file is durable when it returns; the ledger gets its checksum, and
  /// energy, forces and origin as JSON. Throws GivenBack, with the engine ended, when the campaign is being stopped.
  Completed execute(const protocol::Grant& grant, const Beat& beat) override;

 private:
  const campaign::Plan& plan_;
  Places places_;
  std::function<bool()> stop_requested_;
};

/// What a lease of this relaxation would find done already; runs nothing.
std::optional<Completed> kept_relaxation(const campaign::Plan& plan, const campaign::Relaxation& relaxation,
                                         const Places& places);

/// One of both, as the lease asks.
class CampaignExecutor final : public Executor {
 public:
  CampaignExecutor(const campaign::Plan& plan, Executor& simulate, Executor& relax)
      : plan_(plan), simulate_(simulate), relax_(relax) {}
  Completed execute(const protocol::Grant& grant, const Beat& beat) override {
    return (plan_.is_relaxation(grant.simulation) ? relax_ : simulate_).execute(grant, beat);
  }
  bool fit() const override { return simulate_.fit(); }
  void leave() override { simulate_.leave(); }

 private:
  const campaign::Plan& plan_;
  Executor& simulate_;
  Executor& relax_;
};

}  // namespace twinmill::workers

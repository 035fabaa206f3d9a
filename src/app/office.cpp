#include "office.hpp"

#include <nlohmann/json.hpp>

#include "lock_beat.hpp"

namespace twinmill::app {
using nlohmann::json;
namespace {

// Copying a store, or checking one, may take long.
ledger::Ledger opened(const RunDirectory& run, const Campaign& campaign, const PrepareOptions& options,
                      LockFile& lock) {
  LockBeat beat(lock);
  prepare(run, campaign, options);
  auto ledger = ledger::Ledger::open(run.ledger(), campaign.plan);
  beat.finish();
  return ledger;
}

}  // namespace

Office::Office(const RunDirectory& run, const Campaign& campaign, const PrepareOptions& options, int ranks)
    : lock(run.lock()), ledger(opened(run, campaign, options, lock)), board(run, campaign, ledger, lock, ranks) {}

bool Office::done(Phase phase, const Hash128& key) const {
  const auto stage = ledger.stage(std::string(name(phase)), key.hex());
  return stage && stage->state == "done";
}

void Office::add_simulation(const Hash128& plan, double seconds, int ranks) {
  const std::string kind(name(Phase::simulate)), key = plan.hex();
  const auto before = ledger.stage(kind, key);
  if (before && !before->result.empty()) seconds += json::parse(before->result).value("seconds", 0.0);
  ledger.set_stage(kind, key, "done", json{{"seconds", seconds}, {"ranks", ranks}}.dump());
}

}  // namespace twinmill::app

// The only place of this module that knows the ledger.
#include "twinmill/report/facts.hpp"

#include <algorithm>

#include "twinmill/ledger/view.hpp"

namespace twinmill::report {

namespace {
constexpr int events_kept = 100;
}  // namespace

LedgerFacts read_ledger(const std::filesystem::path& snapshot) {
  LedgerFacts facts;
  if (snapshot.empty() || !std::filesystem::exists(snapshot)) return facts;
  const ledger::LedgerView view(snapshot);
  facts.known = true;
  facts.created = view.created();
  const ledger::Counts counts = view.counts(ledger::TaskKind::image);
  facts.pending = counts.pending;
  facts.done = counts.done;
  for (const ledger::TaskRow& task : view.quarantined())
    facts.quarantined.push_back({task.id.value, task.key, task.reason});
  for (const ledger::FailureGroup& group : view.failure_groups())
    facts.failures.push_back({group.fault, group.message, group.attempts, group.simulations});
  for (const ledger::WorkerRow& worker : view.workers())
    facts.workers.push_back(
        {worker.rank, worker.host, worker.leases, worker.samples, worker.failures, worker.losses, worker.busy_seconds});
  for (const ledger::EventRow& event : view.events(events_kept)) facts.events.push_back({event.at, event.text});
  const ledger::Durations durations = view.durations();
  facts.leases = durations.leases;
  facts.lease_total_s = durations.total;
  facts.lease_median_s = durations.median;
  facts.lease_longest_s = durations.longest;
  // The images of a specimen finish together: bins hold a few specimens each, so that the rate is not mere noise.
  const auto bins = static_cast<int>(std::clamp<std::int64_t>(durations.leases / 4, 4, 40));
  for (const ledger::ThroughputBin& bin : view.throughput(bins))
    facts.throughput.push_back({bin.start, bin.width, bin.samples});
  return facts;
}

}  // namespace twinmill::report

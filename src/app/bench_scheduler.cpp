#include "bench_scheduler.hpp"

#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "bench_tools.hpp"
#include "scheduler/loop.hpp"
#include "twinmill/base/clock.hpp"
#include "twinmill/base/memory.hpp"
#include "workers/loop.hpp"

namespace twinmill::app {
using nlohmann::json;
namespace {

/// What rank 0 holds.
struct Office {
  BenchFolder scratch;
  campaign::Plan plan;
  ledger::Ledger ledger;
  explicit Office(const BenchScheduler& o)
      : scratch(o.dir),
        plan(empty_plan(o.tasks, o.samples)),
        ledger(ledger::Ledger::open(scratch.path() / "ledger.sqlite", plan)) {}
};

json measure(Office& office, const BenchScheduler& o, protocol::Channel& channel) {
  scheduler::LoopOptions loop;
  loop.policy.held_at_most = o.held;
  int snapshots = 0;
  double publishing = 0;
  double next_snapshot = 0;
  // As often as a campaign does.
  loop.publish = [&](const scheduler::Progress&) {
    const double before = steady_seconds();
    if (before < next_snapshot) return;
    office.ledger.publish_snapshot(office.scratch.path() / "ledger-snapshot.sqlite");
    const double took = steady_seconds() - before;
    next_snapshot = steady_seconds() + std::max(5.0, 20 * took);
    publishing += took;
    ++snapshots;
  };
  const double begun = steady_seconds(), cpu = cpu_seconds();
  const auto outcome = scheduler::run_campaign(office.plan, office.ledger, channel, loop);
  const double seconds = steady_seconds() - begun, cpu_s = cpu_seconds() - cpu;
  if (!outcome.complete() || outcome.counts.done != o.tasks)
    throw Error(Fault::system, cat("only ", outcome.counts.done, " of ", o.tasks, " tasks were done"));
  const auto leases = static_cast<double>(office.plan.simulations.size());
  return {{"tasks", o.tasks},
          {"samples_per_lease", o.samples},
          {"leases", office.plan.simulations.size()},
          {"ranks", channel.size()},
          {"held_by_a_worker", o.held},
          {"seconds", seconds},
          {"tasks_per_s", static_cast<double>(o.tasks) / seconds},
          {"leases_per_s", leases / seconds},
          {"rank0_cpu_us_per_lease", 1e6 * cpu_s / leases},
          {"rank0_cpu_us_per_task", 1e6 * cpu_s / static_cast<double>(o.tasks)},
          {"snapshots", snapshots},
          {"publishing_s", publishing},
          {"ledger", ledger_policy},
          {"peak_memory_bytes", peak_memory_bytes()}};
}

}  // namespace

json bench_scheduler(const BenchScheduler& options, const mpi::Communicator& world) {
  if (world.size() < 2)
    throw mpi::SharedError(Fault::input,
                           "bench scheduler needs two ranks (one schedules, the others work). mpirun -n 3?");
  std::unique_ptr<Office> office;
  mpi::together(world, [&] {
    if (world.rank() == 0) office = std::make_unique<Office>(options);
  });
  protocol::MpiChannel channel(world);
  if (office) {
    json result = measure(*office, options, channel);
    result["facts"] = bench_facts();
    return result;
  }
  NoWork nothing;
  workers::Worker(channel, nothing).run();
  channel.flush(30);
  return nullptr;
}

void print_bench_scheduler(const json& r) {
  std::cout << bench_facts_text(r["facts"]) << "\n"
            << fmt::format("{} tasks in {} leases of {}, {} ranks (one schedules), a worker holds {} leases at most\n",
                           r["tasks"].get<std::int64_t>(), r["leases"].get<std::int64_t>(),
                           r["samples_per_lease"].get<std::int64_t>(), r["ranks"].get<int>(),
                           r["held_by_a_worker"].get<int>())
            << fmt::format("ledger: {}; {} snapshots published in {:.1f} s\n", r["ledger"].get<std::string>(),
                           r["snapshots"].get<int>(), r["publishing_s"].get<double>())
            << fmt::format(
                   "{:.1f} s: {:.0f} tasks/s, {:.0f} leases/s; rank 0: {:.2f} us of processor time a lease, "
                   "{:.2f} us a task, {:.0f} MB\n",
                   r["seconds"].get<double>(), r["tasks_per_s"].get<double>(), r["leases_per_s"].get<double>(),
                   r["rank0_cpu_us_per_lease"].get<double>(), r["rank0_cpu_us_per_task"].get<double>(),
                   r["peak_memory_bytes"].get<double>() / 1e6);
}

}  // namespace twinmill::app

#include "bench_fleet.hpp"

#include <fmt/format.h>

#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>

#include "bench_costs.hpp"
#include "bench_tools.hpp"
#include "scheduler/virtual_fleet.hpp"
#include "twinmill/base/memory.hpp"
#include "twinmill/base/random.hpp"
#include "workers/loop.hpp"

namespace twinmill::app {
using nlohmann::json;
namespace {

constexpr std::int64_t leases_of_a_turn = 16;  // 75,000 workers, 20 s, 4 ms: what a turn at sea finds.

/// The scheduler knows the cost of a lease to some 10 %.
std::vector<scheduler::Work> work_of(const BenchFleet& o, const std::vector<float>& seconds) {
  RandomStream random(Hasher().add("costs").digest(), "costs");
  std::vector<scheduler::Work> work(seconds.size());
  for (std::size_t i = 0; i < work.size(); ++i) {
    const auto id = static_cast<std::int64_t>(i);
    work[i].simulation = SimulationId(id);
    work[i].cost = static_cast<double>(seconds[i]) * std::exp(0.1 * random.normal());
    const std::int64_t last = std::min(o.tasks, (id + 1) * o.samples);
    for (std::int64_t sample = id * o.samples; sample < last; ++sample) work[i].samples.emplace_back(sample);
  }
  return work;
}

json simulate(const BenchFleet& o, const MessageCosts& messages, const LedgerCosts& ledger) {
  const auto leases = static_cast<std::size_t>((o.tasks + o.samples - 1) / o.samples);
  const auto seconds = scheduler::log_normal_seconds(leases, o.seconds, o.sigma, 1);
  scheduler::FleetOptions fleet;
  fleet.workers = o.workers;
  fleet.costs = {.receive = messages.receive,
                 .send = messages.send,
                 .lease = ledger.lease,
                 .commit = ledger.commit,
                 .latency = 10e-6};
  fleet.beat_seconds = workers::beat_seconds(o.workers, fleet.policy.heartbeat_timeout);
  const auto r = scheduler::run_virtual_fleet(work_of(o, seconds), seconds, fleet);
  const auto n = static_cast<double>(r.leases);
  return {{"tasks", o.tasks},
          {"workers", o.workers},
          {"leases", r.leases},
          {"samples_per_lease", o.samples},
          {"lease_mean_s", o.seconds},
          {"lease_sigma", o.sigma},
          {"longest_lease_s", r.longest_lease},
          {"heartbeat_s", fleet.beat_seconds},
          {"heartbeats", r.heartbeats},
          {"receive_us", 1e6 * messages.receive},
          {"send_us", 1e6 * messages.send},
          {"ledger_us_per_lease", 1e6 * ledger.lease},
          {"commit_ms", 1e3 * ledger.commit},
          {"virtual_s", r.seconds},
          {"all_at_work_s", r.all_at_work},
          {"busy_share", r.busy_share},
          {"reactor_us_per_lease", 1e6 * r.reactor_seconds / n},
          {"rank0_us_per_lease", 1e6 * r.rank0_per_lease()},
          {"rank0_busy_share", r.rank0_seconds / r.seconds},
          {"turns", r.turns},
          {"longest_turn_s", r.longest_turn},
          {"longest_queue", r.longest_queue},
          {"ledger", ledger_policy},
          {"peak_memory_bytes", peak_memory_bytes()}};
}

}  // namespace

json bench_fleet(const BenchFleet& options, const mpi::Communicator& world) {
  if (world.size() < 2)
    throw mpi::SharedError(Fault::input,
                           "bench fleet needs two ranks (to measure messages between them). mpirun -n 2?");
  const auto messages = message_costs(world, options.samples);
  json result;
  if (world.rank() == 0) {
    const auto ledger =
        ledger_costs(options.dir, {.simulations = std::max<std::int64_t>(2000, 200000 / options.samples),
                                   .samples = options.samples,
                                   .turn = leases_of_a_turn});
    result = simulate(options, messages, ledger);
    result["facts"] = bench_facts();
  }
  mpi::PendingBroadcast over(world, {std::byte{1}}, 0);
  mpi::wait_politely(over);
  return result;
}

void print_bench_fleet(const json& r) {
  const auto number = [&](const char* name) { return r[name].get<double>(); };
  std::cout << bench_facts_text(r["facts"]) << "\n"
            << fmt::format("{} tasks in {} leases of {}, {} virtual workers\n", r["tasks"].get<std::int64_t>(),
                           r["leases"].get<std::int64_t>(), r["samples_per_lease"].get<std::int64_t>(),
                           r["workers"].get<int>())
            << fmt::format("a lease: log-normal, mean {:g} s, sigma {:g}, longest {:.0f} s; heartbeat every {:g} s\n",
                           number("lease_mean_s"), number("lease_sigma"), number("longest_lease_s"),
                           number("heartbeat_s"))
            << fmt::format(
                   "measured: receive {:.2f} us, send {:.2f} us, ledger {:.1f} us a lease, commit {:.1f} ms ({})\n",
                   number("receive_us"), number("send_us"), number("ledger_us_per_lease"), number("commit_ms"),
                   r["ledger"].get<std::string>())
            << fmt::format("workers busy {:.3f} % of {:.0f} s (all at work after {:.1f} s)\n",
                           100 * number("busy_share"), number("virtual_s"), number("all_at_work_s"))
            << fmt::format(
                   "rank 0: reactor {:.2f} us a lease, with ledger and messages {:.2f} us; busy {:.0f} %, commits "
                   "included; {} turns, the longest {:.2f} s, at most {} messages waiting\n",
                   number("reactor_us_per_lease"), number("rank0_us_per_lease"), 100 * number("rank0_busy_share"),
                   r["turns"].get<std::int64_t>(), number("longest_turn_s"), r["longest_queue"].get<std::int64_t>())
            << fmt::format("peak memory {:.0f} MB\n", number("peak_memory_bytes") / 1e6);
}

}  // namespace twinmill::app

#include "bench_costs.hpp"

#include <algorithm>
#include <numeric>
#include <span>
#include <vector>

#include "bench_tools.hpp"
#include "twinmill/base/clock.hpp"
#include "twinmill/base/random.hpp"
#include "twinmill/ledger/ledger.hpp"
#include "twinmill/protocol/channel.hpp"

namespace twinmill::app {
namespace {

constexpr int block = 200;  // Messages one way, before as many go the other way.
constexpr int blocks = 50;

protocol::Finished finished_of(std::int64_t samples) {
  protocol::Finished finished{
      .lease = LeaseId(1), .simulation = SimulationId(1), .attempt = 1, .seconds = 20, .samples = {}};
  for (std::int64_t i = 0; i < samples; ++i) finished.samples.push_back({SampleId(i), 1});
  return finished;
}

protocol::Grant grant_of(std::int64_t samples) {
  protocol::Grant grant{.lease = LeaseId(1), .simulation = SimulationId(1), .attempt = 1, .samples = {}};
  for (std::int64_t i = 0; i < samples; ++i) grant.samples.emplace_back(i);
  return grant;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

MessageCosts message_costs(const mpi::Communicator& world, std::int64_t samples) {
  protocol::MpiChannel channel(world);
  const protocol::Message finished = finished_of(samples), grant = grant_of(samples);
  std::vector<double> receiving, sending;
  for (int b = 0; b < blocks && world.rank() < 2; ++b) {
    if (world.rank() == 1) {
      for (int i = 0; i < block; ++i) channel.send(0, finished);
      for (int heard = 0; heard < block;) heard += channel.try_receive() ? 1 : 0;
      continue;
    }
    for (int heard = 0; heard < block;) {
      // By the clock on the wall, which costs little; looking in vain counts for nothing, and an interruption is one of
      // those that the median leaves out.
      const double before = steady_seconds();
      if (!channel.try_receive()) continue;
      receiving.push_back(steady_seconds() - before);
      ++heard;
    }
    const double before = thread_cpu_seconds();
    for (int i = 0; i < block; ++i) channel.send(1, grant);
    channel.flush(30);
    sending.push_back((thread_cpu_seconds() - before) / block);
  }
  world.barrier();
  if (world.rank() != 0) return {};
  return {.receive = median(receiving), .send = median(sending)};
}

LedgerCosts ledger_costs(const std::filesystem::path& dir, const LedgerWork& work) {
  const BenchFolder scratch(dir);
  const auto plan = empty_plan(work.simulations * work.samples, work.samples);
  auto ledger = ledger::Ledger::open(scratch.path() / "ledger.sqlite", plan);
  std::vector<std::int64_t> order(static_cast<std::size_t>(work.simulations));
  std::iota(order.begin(), order.end(), 0);
  RandomStream(plan.key, "order").shuffle(std::span(order));
  order.resize(static_cast<std::size_t>(std::min(work.leases, work.simulations)));
  LedgerCosts costs;
  double waiting = 0;
  int turns = 0;
  const std::span all(order);
  const auto step = static_cast<std::size_t>(work.turn);
  for (std::size_t first = 0; first < all.size(); first += step) {
    std::vector<ledger::Record> granted, done;
    for (std::size_t i = first; i < std::min(all.size(), first + step); ++i) {
      const LeaseId lease(static_cast<std::int64_t>(i));
      const SimulationId simulation(all[i]);
      granted.emplace_back(ledger::LeaseGranted{lease, simulation, 1, 1, "virtual", work.samples});
      ledger::LeaseDone one{
          .lease = lease, .simulation = simulation, .attempt = 1, .worker = 1, .seconds = 20, .samples = {}};
      for (std::int64_t s = 0; s < work.samples; ++s) one.samples.push_back({SampleId(all[i] * work.samples + s), 1});
      done.emplace_back(std::move(one));
    }
    for (const auto& records : {std::span(granted), std::span(done)}) {
      const double cpu = thread_cpu_seconds(), begun = steady_seconds();
      ledger.apply(records);
      const double used = thread_cpu_seconds() - cpu;
      costs.lease += used;
      waiting += steady_seconds() - begun - used;
      ++turns;
    }
  }
  costs.lease /= static_cast<double>(order.size());
  costs.commit = waiting / turns;
  return costs;
}

}  // namespace twinmill::app

#include "bench_ledger.hpp"

#include <fmt/format.h>

#include <array>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "bench_tools.hpp"
#include "scheduler/loop.hpp"
#include "twinmill/base/clock.hpp"
#include "twinmill/base/memory.hpp"

namespace twinmill::app {
using nlohmann::json;
namespace {

struct Step {
  const char* name;
  const char* words;
};
constexpr std::array steps = {
    Step{"plan_s", "make the plan (in memory)"},     Step{"create_s", "make the ledger"},
    Step{"open_s", "open it again (checked whole)"}, Step{"start_s", "read the state of all tasks"},
    Step{"reactor_s", "make the scheduler's state"}, Step{"snapshot_s", "publish a snapshot"}};

template <class Work>
double seconds_of(const Work& work) {
  const double begun = steady_seconds();
  work();
  return steady_seconds() - begun;
}

}  // namespace

json bench_ledger(const BenchLedger& o) {
  const BenchFolder scratch(o.dir);
  const auto path = scratch.path() / "ledger.sqlite";
  json r = {{"facts", bench_facts()}, {"tasks", o.tasks}, {"samples_per_lease", o.samples}, {"ledger", ledger_policy}};
  campaign::Plan plan;
  r["plan_s"] = seconds_of([&] { plan = empty_plan(o.tasks, o.samples); });
  r["plan_memory_bytes"] = peak_memory_bytes();
  r["create_s"] = seconds_of([&] { ledger::Ledger::open(path, plan); });
  r["bytes"] = std::filesystem::file_size(path);
  std::optional<ledger::Ledger> ledger;
  r["open_s"] = seconds_of([&] { ledger.emplace(ledger::Ledger::open(path, plan)); });
  scheduler::Start start;
  r["start_s"] = seconds_of([&] { start = scheduler::start_from(plan, *ledger, 2); });
  r["reactor_s"] = seconds_of([&] { const scheduler::Reactor reactor(std::move(start), {}); });
  r["snapshot_s"] = seconds_of([&] { ledger->publish_snapshot(scratch.path() / "ledger-snapshot.sqlite"); });
  r["peak_memory_bytes"] = peak_memory_bytes();
  return r;
}

void print_bench_ledger(const json& r) {
  std::cout << bench_facts_text(r["facts"]) << "\n"
            << fmt::format("{} tasks, {} of a lease; {}\n", r["tasks"].get<std::int64_t>(),
                           r["samples_per_lease"].get<std::int64_t>(), r["ledger"].get<std::string>());
  for (const Step& step : steps) std::cout << fmt::format("{:>9.2f} s  {}\n", r[step.name].get<double>(), step.words);
  std::cout << fmt::format(
      "ledger {:.0f} MB, {:.0f} bytes a task; peak memory {:.0f} MB, of which the plan has {:.0f} MB\n",
      r["bytes"].get<double>() / 1e6, r["bytes"].get<double>() / r["tasks"].get<double>(),
      r["peak_memory_bytes"].get<double>() / 1e6, r["plan_memory_bytes"].get<double>() / 1e6);
}

}  // namespace twinmill::app

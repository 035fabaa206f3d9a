// Benchmarks that a user can repeat.
#include <algorithm>
#include <array>
#include <iostream>
#include <nlohmann/json.hpp>

#include "bench_fleet.hpp"
#include "bench_imaging.hpp"
#include "bench_ledger.hpp"
#include "bench_scheduler.hpp"
#include "bench_store.hpp"
#include "bench_tools.hpp"
#include "bench_training.hpp"
#include "launch.hpp"
#include "options.hpp"
#include "session.hpp"
#include "twinmill/base/cpu.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::app {
using nlohmann::json;
namespace {

using Print = void (*)(const json&);

void show(const Options& options, const json& result, Print print) {
  if (options.on("json"))
    std::cout << result.dump(2) << "\n";
  else
    print(result);
}

template <class Integer>
void read_integer(const Options& options, const char* name, std::int64_t low, std::int64_t high, Integer& to) {
  if (!options.has(name)) return;
  const auto value = options.integer(name);
  if (value < low || value > high)
    throw Error(Fault::input, cat("--", name, " = ", value, " (must be ", low, " to ", high, ")"));
  to = static_cast<Integer>(value);
}

/// Runs `work` on the ranks of the launcher that started this process, or else on `ranks` of our own.
ExitCode on_ranks(const Options& options, int ranks, const Arguments& arguments,
                  const std::function<json(const mpi::Communicator&)>& work, Print print) {
  if (!mpi::launched()) {
    read_integer(options, "ranks", 1, 100000, ranks);
    if (ranks > 1) {
      Arguments words = {"bench"};
      words.insert(words.end(), arguments.begin(), arguments.end());
      // A folder without a run: there is no progress to show, and on Ctrl-C mpirun itself is told.
      const BenchFolder scratch(options.has("dir") ? options.text("dir") : ".");
      return launch({.ranks = ranks, .arguments = words, .run = {scratch.path()}, .campaign = false});
    }
  }
  return in_session([&](const mpi::Communicator& world) {
    const json result = work(world);
    if (world.rank() == 0) show(options, result, print);
    return ExitCode::done;
  });
}

ExitCode imaging(const Arguments& arguments) {
  Options options("bench", {"NAME"});
  options.add()("cells", word(), "unit cells a side of the sheet, 4 to 32 (default 8: 25.5 x 22.1 A)");
  options.add()("probes", word(), "probes by the plain method, 1 to 10000 (default 12)");
  options.add()("windows", flag(), "also fields of 2,500 to 20,000 A^2 in windows (minutes)");
  options.add()("device", word(), "instead: images a second on this device (cuda, cuda:N, torch-cpu, auto)");
  options.add()("repeats", word(), "images that are timed with --device, 1 to 10000 (default 3)");
  options.add()("json", flag(), "print JSON");
  if (!options.parse(arguments)) return ExitCode::done;
  BenchImaging bench;
  read_integer(options, "cells", 4, 32, bench.cells);
  read_integer(options, "probes", 1, 10000, bench.probes);
  bench.windows = options.on("windows");
  if (options.has("device")) {
    int repeats = 3;
    read_integer(options, "repeats", 1, 10000, repeats);
    show(options, bench_device(options.text("device"), bench.cells, repeats), print_bench_device);
    return ExitCode::done;
  }
  show(options, bench_imaging(bench), print_bench_imaging);
  return ExitCode::done;
}

ExitCode scheduler(const Arguments& arguments) {
  Options options("bench", {"NAME"});
  options.add()("tasks", word(), "tasks (default 1000000)");
  options.add()("samples", word(), "tasks of one lease (default 64)");
  options.add()("held", word(), "leases that a worker holds at most, 2 to 4096 (default 256, as in a campaign)");
  options.add()("ranks", word(), "number of MPI processes (default: one per core and one that schedules)");
  options.add()("dir", folder(), "folder in which the ledger is written, and removed again (default: this one)");
  options.add()("json", flag(), "print JSON");
  if (!options.parse(arguments)) return ExitCode::done;
  BenchScheduler bench;
  read_integer(options, "tasks", 1, 100000000, bench.tasks);
  read_integer(options, "samples", 1, 1000000, bench.samples);
  read_integer(options, "held", 2, 4096, bench.held);
  if (options.has("dir")) bench.dir = options.text("dir");
  return on_ranks(
      options, 1 + usable_cores(), arguments,
      [&](const mpi::Communicator& world) { return bench_scheduler(bench, world); }, print_bench_scheduler);
}

ExitCode fleet(const Arguments& arguments) {
  Options options("bench", {"NAME"});
  options.add()("tasks", word(), "tasks (default 10000000)");
  options.add()("samples", word(), "tasks of one lease (default 1)");
  options.add()("workers", word(), "virtual workers (default 75000)");
  options.add()("seconds", word(), "mean of a lease in seconds (default 20)");
  options.add()("ranks", word(), "number of MPI processes, 2 (default) or more: two measure messages");
  options.add()("dir", folder(), "folder in which a ledger is measured, and removed again (default: this one)");
  options.add()("json", flag(), "print JSON");
  if (!options.parse(arguments)) return ExitCode::done;
  BenchFleet bench;
  read_integer(options, "tasks", 1, 100000000, bench.tasks);
  read_integer(options, "samples", 1, 1000000, bench.samples);
  read_integer(options, "workers", 1, 10000000, bench.workers);
  if (options.has("seconds")) bench.seconds = options.number("seconds");
  if (!(bench.seconds > 0)) throw Error(Fault::input, cat("--seconds = ", bench.seconds, " (must be above 0)"));
  if (options.has("dir")) bench.dir = options.text("dir");
  return on_ranks(
      options, 2, arguments, [&](const mpi::Communicator& world) { return bench_fleet(bench, world); },
      print_bench_fleet);
}

ExitCode ledger(const Arguments& arguments) {
  Options options("bench", {"NAME"});
  options.add()("tasks", word(), "tasks (default 10000000)");
  options.add()("samples", word(), "tasks of one lease (default 64)");
  options.add()("dir", folder(), "folder in which the ledger is written, and removed again (default: this one)");
  options.add()("json", flag(), "print JSON");
  if (!options.parse(arguments)) return ExitCode::done;
  BenchLedger bench;
  read_integer(options, "tasks", 1, 100000000, bench.tasks);
  read_integer(options, "samples", 1, 1000000, bench.samples);
  if (options.has("dir")) bench.dir = options.text("dir");
  show(options, bench_ledger(bench), print_bench_ledger);
  return ExitCode::done;
}

ExitCode store(const Arguments& arguments) {
  Options options("bench", {"NAME"});
  options.add()("megabytes", word(), "of all ranks together, a repetition (default 256)");
  options.add()("repeats", word(), "of either kind, in turns (default 8)");
  options.add()("shards", word(), "files of the store (default 1)");
  options.add()("ranks", word(), "number of MPI processes that write (default: one per core)");
  options.add()("dir", folder(), "folder on the disk that is measured (default: this one)");
  options.add()("json", flag(), "print JSON");
  if (!options.parse(arguments)) return ExitCode::done;
  BenchStore bench;
  read_integer(options, "megabytes", 1, 1000000, bench.megabytes);
  read_integer(options, "repeats", 1, 1000, bench.repeats);
  read_integer(options, "shards", 1, 1000, bench.shards);
  if (options.has("dir")) bench.dir = options.text("dir");
  return on_ranks(
      options, usable_cores(), arguments, [&](const mpi::Communicator& world) { return bench_store(bench, world); },
      print_bench_store);
}

ExitCode training(const Arguments& arguments) {
  Options options("bench", {"NAME"});
  options.add()("network", word(), "network (default g-unet)");
  options.add()("width", word(), "channels of its first level (default 16)");
  options.add()("pixels", word(), "side of the images (default 128)");
  options.add()("batch", word(), "images of a step, over all ranks (default 8)");
  options.add()("steps", word(), "steps of a repetition (default 8)");
  options.add()("repeats", word(), "repetitions that count, after one that does not (default 3)");
  options.add()("threads", word(), "threads of each rank (default: the cores divided over the ranks)");
  options.add()("ranks", word(), "number of MPI processes (default 1)");
  options.add()("dir", word(), "folder in which a store is written, and removed again (default: this one)");
  options.add()("json", flag(), "print JSON");
  if (!options.parse(arguments)) return ExitCode::done;
  BenchTraining bench;
  if (options.has("network")) bench.network = options.text("network");
  read_integer(options, "width", 1, 1024, bench.width);
  read_integer(options, "pixels", 16, 8192, bench.pixels);
  read_integer(options, "batch", 1, 1000000, bench.batch);
  read_integer(options, "steps", 1, 1000000, bench.steps);
  read_integer(options, "repeats", 1, 1000, bench.repeats);
  read_integer(options, "threads", 1, 1024, bench.threads);
  if (options.has("dir")) bench.dir = options.text("dir");
  return on_ranks(
      options, 1, arguments, [&](const mpi::Communicator& world) { return bench_training(bench, world); },
      print_bench_training);
}

struct Benchmark {
  const char* name;
  ExitCode (*run)(const Arguments&);
};
constexpr std::array benchmarks = {Benchmark{"imaging", imaging}, Benchmark{"scheduler", scheduler},
                                   Benchmark{"fleet", fleet},     Benchmark{"ledger", ledger},
                                   Benchmark{"store", store},     Benchmark{"training", training}};

}  // namespace

ExitCode run_bench(const Arguments& arguments) {
  const auto given = std::ranges::find_if(arguments, [](const std::string& a) { return !a.starts_with('-'); });
  const auto named = std::ranges::find_if(
      benchmarks, [&](const Benchmark& b) { return given != arguments.end() && *given == b.name; });
  if (named != benchmarks.end()) return named->run(arguments);
  std::vector<std::string> names;
  for (const auto& b : benchmarks) names.emplace_back(b.name);
  if (given != arguments.end())
    throw Error(Fault::input, cat("benchmark ", *given, " is not known (known: ", list_text(names), ")"));
  Options options("bench", {"NAME"});
  options.parse(arguments);
  std::cout << "\nNAME: " << list_text(names) << ". twinmill bench NAME --help shows its options.\n";
  return ExitCode::done;
}

}  // namespace twinmill::app

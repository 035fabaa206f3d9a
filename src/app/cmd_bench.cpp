// Benchmarks that a user can repeat.
#include <iostream>
#include <nlohmann/json.hpp>

#include "bench_imaging.hpp"
#include "options.hpp"

namespace twinmill::app {

ExitCode run_bench(const Arguments& arguments) {
  Options options("bench", {"NAME"});
  options.add()("cells", word(), "unit cells a side of the sheet, 4 to 32 (default 8: 25.5 x 22.1 A)");
  options.add()("probes", word(), "probes by the plain method, 1 to 10000 (default 12)");
  options.add()("windows", flag(), "also fields of 2,500 to 20,000 A^2 in windows (minutes)");
  options.add()("json", flag(), "print JSON");
  if (!options.parse(arguments)) return ExitCode::done;
  if (options.text("NAME") != "imaging")
    throw Error(Fault::input, cat("benchmark ", options.text("NAME"), " is not known (known: imaging)"));
  BenchImaging bench;
  const auto integer = [&](const char* name, int low, int high, int& to) {
    if (!options.has(name)) return;
    const auto value = options.integer(name);
    if (value < low || value > high)
      throw Error(Fault::input, cat("--", name, " = ", value, " (must be ", low, " to ", high, ")"));
    to = static_cast<int>(value);
  };
  integer("cells", 4, 32, bench.cells);
  integer("probes", 1, 10000, bench.probes);
  bench.windows = options.on("windows");
  const auto result = bench_imaging(bench);
  if (options.on("json"))
    std::cout << result.dump(2) << "\n";
  else
    print_bench_imaging(result);
  return ExitCode::done;
}

}  // namespace twinmill::app

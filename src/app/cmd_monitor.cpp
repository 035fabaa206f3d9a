// monitor: the live page of a run.
#include <algorithm>
#include <array>
#include <iostream>

#include "failure_view.hpp"
#include "options.hpp"
#include "run_directory.hpp"
#include "signals.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/monitor/monitor.hpp"

namespace twinmill::app {
namespace {

// Also a directory whose run has only just begun: its store is still being made.
RunDirectory watched_run(const std::string& path) {
  const RunDirectory run{path};
  std::error_code ec;
  const std::array begun = {run.status(), run.snapshot(), run.lock()};
  const bool has_begun =
      std::ranges::any_of(begun, [&](const auto& file) { return std::filesystem::exists(file, ec); });
  return has_begun ? run : existing_run(path);
}

int port_given(const Options& options) {
  if (!options.has("port")) return 0;
  const auto port = options.integer("port");
  if (port < 0 || port > 65535) throw Error(Fault::input, cat("--port = ", port, " (must be 0 to 65535; 0: any)"));
  return static_cast<int>(port);
}

monitor::FindPatterns patterns_of(const RunDirectory& run) {
  const auto finder = std::make_shared<FailureFinder>(run);
  return [finder](const ledger::LedgerView& view) {
    std::vector<monitor::Pattern> patterns;
    for (const auto& [a, things] : finder->find(view))
      patterns.push_back({.axis = a.axis,
                          .value = a.value,
                          .things = things,
                          .failed = a.failed,
                          .with = a.with,
                          .other_failed = a.other_failed,
                          .without = a.without,
                          .p = a.p});
    return patterns;
  };
}

}  // namespace

ExitCode run_monitor(const Arguments& arguments) {
  Options options("monitor", {"DIR"});
  options.add()("port", word(), "port to listen at (default: one that is free)");
  options.add()("host", word(), "address to listen at (default: 127.0.0.1, so that only this machine can ask)");
  if (!options.parse(arguments)) return ExitCode::done;
  const auto run = watched_run(options.text("DIR"));
  monitor::Options where;
  if (options.has("host")) where.host = options.text("host");
  where.port = port_given(options);
  watch_stop_signals();
  monitor::serve(
      {.folder = run.path, .status = run.status(), .snapshot = run.snapshot(), .store = run.store()}, where,
      patterns_of(run),
      [](const std::string& url) {
        std::cout << url << "\n" << std::flush;
        std::cerr << "Open this address in a browser; whoever has it can look. Ctrl-C ends the page, not the run.\n";
      },
      [] { return stop_signals() == 0; });
  return ExitCode::done;
}

}  // namespace twinmill::app

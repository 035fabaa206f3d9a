// status, digest, report: what a run directory says.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "options.hpp"
#include "phases.hpp"
#include "signals.hpp"
#include "status_board.hpp"
#include "twinmill/base/clock.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/ledger/view.hpp"
#include "twinmill/report/montage.hpp"
#include "twinmill/report/report.hpp"
#include "twinmill/report/status.hpp"
#include "twinmill/report/tables.hpp"
#include "twinmill/store/store.hpp"

namespace twinmill::app {
namespace {

ExitCode watch(const RunDirectory& run) {
  watch_stop_signals();
  report::ProgressLine line;
  report::Status status;
  double last = 0, changed = steady_seconds();
  do {
    status = report::read_status(run.status());
    line.update(progress_of(status), steady_seconds());
    if (status.updated != last) changed = steady_seconds();
    last = status.updated;
    // By the clocks it is silent; but clocks jump, and a run that lives speaks every second.
    if (unix_seconds() - status.updated > report::silent_after_s && steady_seconds() - changed > 5) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
  } while (!report::is_final(status.state) && stop_signals() == 0);
  line.clear();
  std::cout << report::status_text(report::read_status(run.status()), unix_seconds());
  return ExitCode::done;
}

std::vector<std::int64_t> samples_given(const Options& options) {
  std::vector<std::int64_t> samples;
  if (!options.has("samples")) return samples;
  std::string list = options.text("samples");
  std::replace(list.begin(), list.end(), ',', ' ');
  for (const auto& word : split_words(list)) samples.push_back(parse_int(word, "--samples"));
  return samples;
}

int columns_given(const Options& options) {
  if (!options.has("columns")) return 2;
  const auto columns = options.integer("columns");
  if (columns < 1 || columns > 100) throw Error(Fault::input, cat("--columns = ", columns, " (must be 1 to 100)"));
  return static_cast<int>(columns);
}

RunDirectory directory_of(Options& options) { return existing_run(options.text("DIR")); }

}  // namespace

ExitCode run_status(const Arguments& arguments) {
  Options options("status", {"DIR"});
  options.add()("json", flag(), "status.json as published (docs/report.md)");
  options.add()("watch", flag(), "follow until the run ends");
  if (!options.parse(arguments)) return ExitCode::done;
  const auto run = directory_of(options);
  if (options.on("watch")) return watch(run);
  const auto status = report::read_status(run.status());
  std::cout << (options.on("json") ? report::to_json(status) : report::status_text(status, unix_seconds()));
  return ExitCode::done;
}

ExitCode run_digest(const Arguments& arguments) {
  Options options("digest", {"DIR"});
  if (!options.parse(arguments)) return ExitCode::done;
  std::cout << store::digest(store::Reader(directory_of(options).store())) << "\n";
  return ExitCode::done;
}

ExitCode run_report(const Arguments& arguments) {
  Options options("report", {"DIR"});
  options.add()("montage", file(), "also write a PNG of images, masks and predictions");
  options.add()("samples", word(), "with --montage: numbers of the samples to show, as 0,7,12 (default: chosen)");
  options.add()("columns", word(), "with --montage: samples side by side (default: 2)");
  if (!options.parse(arguments)) return ExitCode::done;
  if (!options.has("montage") && (options.has("samples") || options.has("columns")))
    throw Error(Fault::input, "--samples and --columns belong to --montage FILE.png (not given)");
  const auto run = directory_of(options);
  report::Extra extra;
  std::error_code ec;
  if (std::filesystem::exists(run.snapshot(), ec)) {
    const ledger::LedgerView view(run.snapshot());
    auto stages = view.stages();  // An older training of the same store may be among them: the newest one counts.
    std::sort(stages.begin(), stages.end(), [](const auto& a, const auto& b) { return a.updated < b.updated; });
    for (const auto& stage : stages) {
      if (stage.state != "done") continue;
      if (stage.kind == name(Phase::train)) extra.train_json = stage.result;
      if (stage.kind == name(Phase::evaluate)) extra.evaluate_json = stage.result;
      if (stage.kind == name(Phase::simulate))
        extra.simulate_s = nlohmann::json::parse(stage.result).value("seconds", 0.0);
    }
  }
  if (std::filesystem::exists(run.status(), ec)) {
    const auto status = report::read_status(run.status());
    extra.host = status.host;
    extra.job = status.job;
    extra.ranks = status.ranks;
    extra.finished = status.updated;
  }
  report::write_study_table(run.models());
  report::write_report(report::run_files(run.path), extra);
  std::cout << run.report().string() << "\n";
  if (options.has("montage")) {
    report::write_montage(options.text("montage"), run.store(), report::run_files(run.path).predictions,
                          samples_given(options),
                          {.columns = columns_given(options), .scale = 2, .detector = 0, .style = {}});
    std::cout << options.text("montage") << "\n";
  }
  return ExitCode::done;
}

}  // namespace twinmill::app

// status, explain, digest, report: what a run directory says.
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

std::string attempt_text(const ledger::AttemptRow& a) {
  std::string text =
      fmt::format("attempt {} on rank {} ({}), granted {}: ", a.attempt, a.worker, a.host, utc_text(a.granted));
  text += a.end ? std::string(ledger::name(*a.end)) : "running";
  if (a.seconds) text += fmt::format(" after {}", duration_text(*a.seconds));
  if (!a.fault.empty()) text += fmt::format(" ({} fault)", a.fault);
  if (!a.message.empty()) text += ": " + a.message;
  if (!a.late.empty()) text += fmt::format(" [late result, not counted: {}]", a.late);
  return text;
}

ledger::TaskRow find_task(const ledger::LedgerView& view, const std::string& word) {
  if (word.size() < 12 && std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    if (const auto task = view.task(SampleId(parse_int(word, "TASK")))) return *task;
    throw Error(Fault::input,
                cat("there is no task ", word, " (tasks are numbered from 0 to ", view.counts().total() - 1, ")"));
  }
  const auto found = view.tasks_by_key(word, 2);
  if (found.size() == 1) return found.front();
  throw Error(Fault::input, cat(found.empty() ? "no task has the key " : "several tasks have keys that begin with ",
                                word, ". Give more of the key?"));
}

std::string image_text(const ledger::TaskRow& task, const store::SampleRow& row) {
  std::string text = fmt::format("task {} (key {}), simulation {}: {}\n", task.id.value, task.key,
                                 task.simulation.value, ledger::name(task.state));
  text += fmt::format("  {} {}{}, rotation {} deg, ", row.parent, row.defect,
                      row.variant.empty() ? "" : " " + row.variant, number_text(row.rotation_deg));
  if (row.boundary != 0)
    text += fmt::format("boundary turned by {} deg with a gap of {} A, ", number_text(row.boundary_rotation_deg),
                        number_text(row.boundary_gap_A));
  if (row.damage_atoms > 0) text += fmt::format("{} atoms removed by the beam, ", row.damage_atoms);
  return text + fmt::format("defocus {} A, dose {} e/A^2, {} split\n", number_text(row.defocus_A),
                            number_text(row.dose_e_per_A2), row.split);
}

std::string relaxation_text(const ledger::TaskRow& task) {
  std::string text = fmt::format("task {} (key {}), relaxation {}: {}\n", task.id.value, task.key,
                                 task.simulation.value, ledger::name(task.state));
  if (task.result.empty()) return text;
  const auto result = nlohmann::json::parse(task.result);
  text += fmt::format("  {}, {}\n", result.value("structure", ""), result.value("engine", ""));
  const auto number = [&](const char* key) {
    return result.contains(key) && result[key].is_number() ? number_text(result[key].get<double>()) : "unknown";
  };
  return text + fmt::format("  energy {} eV, largest force {} eV/A, {} steps, relaxed/{}{}\n", number("energy_eV"),
                            number("largest_force_eV_per_A"), result.value("steps", -1), result.value("file", ""),
                            result.value("found", false) ? " (found, not computed)" : "");
}

void explain_task(const ledger::LedgerView& view, const RunDirectory& run, const std::string& word) {
  const auto task = find_task(view, word);
  switch (task.kind) {
    case ledger::TaskKind::image:
      std::cout << image_text(task, store::Reader(run.store()).samples(task.id.value, 1).front());
      break;
    case ledger::TaskKind::relaxation:
      std::cout << relaxation_text(task);
      break;
    case ledger::TaskKind::count_:
      break;
  }
  switch (task.state) {
    case ledger::TaskState::done:
      std::cout << (task.finished > 0 ? fmt::format("  finished {} by rank {}", utc_text(task.finished), task.worker)
                                      : "  finished, as the store says (by whom and when is lost)")
                << fmt::format(" in attempt {}, checksum {:016x}\n", task.attempt, task.checksum);
      break;
    case ledger::TaskState::quarantined:
      std::cout << "  given up: " << task.reason << "\n";
      break;
    case ledger::TaskState::pending:
      std::cout << "  not done yet; twinmill run goes on with it\n";
      break;
    case ledger::TaskState::count_:
      break;
  }
  for (const auto& a : view.attempts(task.simulation)) std::cout << "  " << attempt_text(a) << "\n";
}

void explain_run(const ledger::LedgerView& view) {
  const auto counts = view.counts();
  std::cout << fmt::format("{} of {} tasks done, {} pending, {} quarantined (as of {})\n", count_text(counts.done),
                           count_text(counts.total()), count_text(counts.pending), count_text(counts.quarantined),
                           utc_text(view.published()));
  const auto groups = view.failure_groups();
  if (groups.empty()) std::cout << "no attempt has failed\n";
  for (const auto& g : groups)
    std::cout << fmt::format("{} attempts of {} simulations failed ({}): {}\n", g.attempts, g.simulations,
                             g.fault.empty() ? "worker lost" : g.fault + " fault", g.message);
  const auto quarantined = view.quarantined();
  for (std::size_t i = 0; i < quarantined.size() && i < 50; ++i)
    std::cout << fmt::format("quarantined: task {} (key {}): {}\n", quarantined[i].id.value, quarantined[i].key,
                             quarantined[i].reason);
  if (quarantined.size() > 50) std::cout << fmt::format("and {} more\n", quarantined.size() - 50);
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

ExitCode run_explain(const Arguments& arguments) {
  Options options("explain", {"DIR"});
  Arguments first(arguments.begin(), arguments.end());
  std::string task;
  // The task is an optional second word.
  std::vector<std::size_t> plain;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (!first[i].starts_with("-")) plain.push_back(i);
  }
  if (plain.size() > 1) {
    task = first[plain[1]];
    first.erase(first.begin() + static_cast<std::ptrdiff_t>(plain[1]));
  }
  if (!options.parse(first)) return ExitCode::done;
  const auto run = directory_of(options);
  const ledger::LedgerView view(run.snapshot());
  if (task.empty()) {
    explain_run(view);
  } else {
    explain_task(view, run, task);
  }
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
  options.add()("montage", word(), "also write a PNG of images, masks and predictions");
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

// explain: why tasks are where they are.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "failure_view.hpp"
#include "options.hpp"
#include "run_directory.hpp"
#include "study_text.hpp"
#include "twinmill/base/clock.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/ledger/view.hpp"
#include "twinmill/store/store.hpp"

namespace twinmill::app {
namespace {

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

ledger::TaskRow find_task(const ledger::LedgerView& view, const RunDirectory& run, const std::string& word) {
  if (word.find('-') != std::string::npos) {
    const auto plan = load_campaign(run.campaign()).plan;
    const auto named = std::ranges::find(plan.trainings, word, &campaign::Training::name);
    if (named == plan.trainings.end() || view.study_key() != plan.study_key.hex())
      throw Error(Fault::input, cat("no training is called ", word, ". See ", run.models().string(), "?"));
    return view.task(named->task).value();
  }
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
  const auto task = find_task(view, run, word);
  switch (task.kind) {
    case ledger::TaskKind::image:
      std::cout << image_text(task, store::Reader(run.store()).samples(task.id.value, 1).front());
      break;
    case ledger::TaskKind::relaxation:
      std::cout << relaxation_text(task);
      break;
    case ledger::TaskKind::training:
      std::cout << fmt::format("task {} (key {}), training {}: {}\n", task.id.value, task.key, task.simulation.value,
                               ledger::name(task.state))
                << training_text(load_campaign(run.campaign()).plan, task.key, task.result);
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

void explain_run(const ledger::LedgerView& view, const RunDirectory& run) {
  const auto counts = view.counts();
  std::cout << fmt::format("{} of {} tasks done, {} pending, {} quarantined (as of {})\n", count_text(counts.done),
                           count_text(counts.total()), count_text(counts.pending), count_text(counts.quarantined),
                           utc_text(view.published()));
  const auto groups = view.failure_groups();
  if (groups.empty()) std::cout << "no attempt has failed\n";
  for (const auto& g : groups)
    std::cout << fmt::format("{} attempts of {} simulations failed ({}): {}\n", g.attempts, g.simulations,
                             g.fault.empty() ? "worker lost" : g.fault + " fault", g.message);
  if (!groups.empty()) explain_failures(view, run);
  const auto quarantined = view.quarantined();
  for (std::size_t i = 0; i < quarantined.size() && i < 50; ++i)
    std::cout << fmt::format("quarantined: task {} (key {}): {}\n", quarantined[i].id.value, quarantined[i].key,
                             quarantined[i].reason);
  if (quarantined.size() > 50) std::cout << fmt::format("and {} more\n", quarantined.size() - 50);
}

}  // namespace

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
  const auto run = existing_run(options.text("DIR"));
  const ledger::LedgerView view(run.snapshot());
  if (task.empty()) {
    explain_run(view, run);
  } else {
    explain_task(view, run, task);
  }
  return ExitCode::done;
}

}  // namespace twinmill::app

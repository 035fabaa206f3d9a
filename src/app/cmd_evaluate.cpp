// evaluate --model: an exported model on any store.
#include <fmt/format.h>

#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>

#include "options.hpp"
#include "run_command.hpp"
#include "session.hpp"
#include "stage_json.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/log.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/campaign/spec.hpp"
#include "twinmill/report/tables.hpp"
#include "twinmill/store/store.hpp"
#include "twinmill/train/api.hpp"

namespace twinmill::app {
namespace {

namespace fs = std::filesystem;

/// The file itself, or that of a run directory.
fs::path store_file(const fs::path& given) {
  std::error_code ec;
  fs::path file = fs::is_directory(given, ec) ? given / "store.h5" : given;
  if (!fs::exists(file, ec)) throw Error(Fault::input, cat("there is no store ", file.string(), " (no such file)"));
  return file;
}

/// Radius of the discs in the masks: what the user says, or else what the store's campaign says.
double label_radius(const Options& options, const fs::path& store) {
  if (options.has("radius")) {
    const double radius = options.number("radius");
    if (!(radius > 0 && radius <= 20))
      throw Error(Fault::input, cat("--radius = ", options.text("radius"), " (must be above 0 and at most 20 A)"));
    return radius;
  }
  try {
    const store::Reader reader(store);
    return campaign::parse_spec(reader.header().campaign_toml, store.string()).specimen.label_radius_A;
  } catch (const Error& e) {
    throw Error(Fault::input, cat("the label radius is not known (", e.what(), "). Give it with --radius?"));
  }
}

std::string split_given(const Options& options) {
  if (!options.has("split")) return "test";
  std::string split = options.text("split");
  const std::vector<std::string> known = {"train", "validation", "test", "all"};
  if (std::find(known.begin(), known.end(), split) != known.end()) return split;
  const auto near = nearest(split, known);
  throw Error(Fault::input, cat("--split = ", split, " (known: train, validation, test, all)",
                                near.empty() ? "" : cat(". Did you mean ", near, "?")));
}

std::string score(double value) { return std::isnan(value) ? "-" : fmt::format("{:.3f}", value); }

std::string table_text(const train::EvaluateResult& result, const std::string& split) {
  std::string text = fmt::format("{} images of {} structures (split: {})\n\n", count_text(result.images),
                                 count_text(result.structures), split);
  text += fmt::format("{:<20} {:>10} {:>7} {:>7} {:>7} {:>7}  | {:>7} {:>7} {:>7} {:>7} {:>7} {:>7}\n", "", "pixels",
                      "prec.", "recall", "F1", "IOU", "defects", "found", "hits", "prec.", "recall", "F1");
  for (std::size_t c = 0; c < result.classes.size(); ++c) {
    const auto& m = result.classes[c];
    text += fmt::format("{:<20} {:>10} {:>7} {:>7} {:>7} {:>7}  |", m.name, m.true_pixels, score(m.precision),
                        score(m.recall), score(m.f1), score(m.iou));
    if (c > 0) {
      const auto& d = result.defects.at(c - 1);
      text += fmt::format(" {:>7} {:>7} {:>7} {:>7} {:>7} {:>7}", d.true_defects, d.found_defects, d.hits,
                          score(d.precision), score(d.recall), score(d.f1));
    }
    text += "\n";
  }
  text += fmt::format("\nmean F1 over the defects present: {} by pixel, {} by defect; expected calibration error {}\n",
                      score(result.macro_f1), score(result.defect_macro_f1), score(result.calibration.expected_error));
  for (const auto& dose : result.by_dose) {
    text += fmt::format("  dose {:>10}: {} by pixel\n", std::isinf(dose.dose) ? "no noise" : number_text(dose.dose),
                        score(dose.macro_f1));
  }
  for (const auto& note : result.notes) text += note + "\n";
  return text;
}

ExitCode evaluate_on_ranks(const Options& options, const mpi::Communicator& world) {
  train::EvaluateRequest request;
  const fs::path out = options.has("out") ? options.text("out") : "";
  mpi::together(world, [&] {
    request.script = options.text("model");
    std::error_code ec;
    if (!fs::exists(request.script, ec))
      throw Error(Fault::input, cat("there is no model ", request.script.string(), " (no such file)"));
    request.store = store_file(options.text("DIR"));
    request.split = split_given(options);
    request.defects.label_radius_A = label_radius(options, request.store);
    if (out.empty()) return;
    if (world.rank() == 0) make_writable_folder(out);
    request.predictions = out / "predictions.h5";
  });
  request.threads = threads_per_rank(world);
  const train::Api* api = nullptr;
  mpi::together(world, [&] { api = &train::api(); });
  const auto result = api->evaluate(request, world);
  mpi::together(world, [&] {
    if (world.rank() != 0) return;
    const std::string json = to_json(result);
    std::cout << (options.on("json") ? json + "\n" : table_text(result, request.split));
    if (out.empty()) return;
    const report::EvaluationOf evaluation{.condition = request.store.string(), .json = json};
    report::write_evaluation_tables(out, request.script.string(), std::span(&evaluation, 1));
    write_atomic(out / "evaluation.json", json + "\n");
    log::info(cat("tables and predicted masks: ", out.string()));
  });
  return ExitCode::done;
}

}  // namespace

ExitCode run_evaluate(const Arguments& arguments) {
  Options options("evaluate", {"DIR"});
  options.add()("model", file(), "exported model (models/model.pt); DIR is then any store, or a run directory");
  options.add()("split", one_of("train|validation|test|all"), "which samples (default: test); with --model");
  options.add()("out", folder(), "folder for CSV files, evaluation.json and predictions.h5; with --model");
  options.add()("radius", word(), "label radius of the store's masks in A (default: from its campaign); with --model");
  options.add()("json", flag(), "all results as JSON (docs/training.md); with --model");
  options.add()("ranks", word(), "number of MPI processes for a run directory (default: one per core)");
  if (!options.parse(arguments)) return ExitCode::done;
  if (options.has("model"))
    return in_session([&](const mpi::Communicator& world) { return evaluate_on_ranks(options, world); });
  for (const char* name : {"split", "out", "radius"})
    if (options.has(name)) throw Error(Fault::input, cat("--", name, " goes with --model M.pt"));
  if (options.on("json"))
    throw Error(Fault::input, "--json goes with --model M.pt (results of a run: twinmill status)");
  return evaluate_directory(options, arguments);
}

}  // namespace twinmill::app

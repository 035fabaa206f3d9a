// export: samples in the forms that other tools read.
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <optional>

#include "options.hpp"
#include "run_directory.hpp"
#include "signals.hpp"
#include "twinmill/base/clock.hpp"
#include "twinmill/base/log.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/campaign/spec.hpp"
#include "twinmill/exports/exports.hpp"
#include "twinmill/h5/h5.hpp"
#include "twinmill/report/progress_line.hpp"

namespace twinmill::app {
namespace fs = std::filesystem;
namespace {

void declare(Options& options) {
  options.add()("to", one_of("hdf5|png|coco"),
                "hdf5: one compressed file; png: 16-bit images, indexed masks, CSV tables; coco: 8-bit images and "
                "annotations per defect");
  options.add()("out", file(), "file (hdf5) or folder to write");
  options.add()("split", words(), "train, validation or test; repeat (default: all)");
  options.add()("defect", words(), "class of defect, pristine, or classes joined by +; repeat (default: all)");
  options.add()("parent", words(), "material and phase, like MoS2-H; repeat (default: all)");
  options.add()("limit", word(), "at most so many samples, spread evenly over the chosen ones");
  options.add()("detector", word(), "coco: whose images are shown (default: the first)");
  options.add()("scaling", one_of("image|all"), "png: what black and white are: of each image (default), or of all");
  options.add()("compression", word(), "hdf5: 1 (fast) to 9 (small), default 4");
  options.add()("licence", word(), "licence of the data, for the card: CC-BY-4.0, CC0-1.0, ...");
  options.add()("force", flag(), "replace what an earlier export left at --out");
}

int integer_of(const Options& options, const std::string& name, std::int64_t low, std::int64_t high, int otherwise) {
  if (!options.has(name)) return otherwise;
  const auto value = options.integer(name);
  if (value < low || value > high)
    throw Error(Fault::input, cat("--", name, " = ", value, " (must be ", low, " to ", high, ")"));
  return static_cast<int>(value);
}

int detector_of(const Options& options, const store::Header& header) {
  if (!options.has("detector")) return 0;
  const auto found = std::ranges::find(header.detectors, options.text("detector"));
  if (found == header.detectors.end())
    throw Error(Fault::input,
                cat("--detector ", options.text("detector"), " (the store has ", list_text(header.detectors), ")"));
  return static_cast<int>(found - header.detectors.begin());
}

// Options that another form would ignore are mistakes.
void check_form(const Options& options, exports::Format form) {
  const auto only = [&](const char* option, exports::Format with) {
    if (options.has(option) && form != with)
      throw Error(Fault::input,
                  cat("--", option, " goes with --to ", exports::name(with), " (not ", exports::name(form), ")"));
  };
  only("detector", exports::Format::coco);
  only("scaling", exports::Format::png);
  only("compression", exports::Format::hdf5);
}

exports::Request request_of(const Options& options) {
  for (const char* name : {"to", "out"})
    if (!options.has(name))
      throw Error(Fault::input, cat("twinmill export needs --", name, ". See twinmill export --help?"));
  exports::Request request;
  request.format = exports::format(options.text("to"));
  check_form(options, request.format);
  request.out = fs::path(options.text("out")).lexically_normal();
  if (!request.out.has_filename()) request.out = request.out.parent_path();
  if (request.out.empty() || request.out.filename() == "." || request.out.filename() == "..")
    throw Error(Fault::input, cat("--out ", options.text("out"), " (needs a name)"));
  if (request.format == exports::Format::hdf5 && request.out.extension() == ".md")
    throw Error(Fault::input, cat("--out ", request.out.string(), " (that is the name of its card). NAME.h5?"));
  request.replace = options.on("force");
  if (options.has("licence")) request.licence = options.text("licence");
  if (options.has("scaling")) request.scaling = exports::scaling(options.text("scaling"));
  request.level = integer_of(options, "compression", 1, 9, 4);
  return request;
}

// From the campaign in the store, so that it is the one that the masks were made with.
double label_radius_A(const fs::path& store, const store::Header& header) {
  try {
    return campaign::parse_spec(header.campaign_toml, store.string()).specimen.label_radius_A;
  } catch (const Error& e) {
    log::warning(cat("the radius of the labels is not known (", e.what(),
                     "): defects at the border may be joined with those beyond it"));
    return std::numeric_limits<double>::infinity();
  }
}

ExitCode do_export(const Options& options) {
  auto request = request_of(options);
  const fs::path store_path = store_of(options.text("STORE"));
  const store::Reader reader(store_path);
  request.source = store_path.string();
  request.detector = detector_of(options, reader.header());
  if (request.format == exports::Format::coco) request.label_radius_A = label_radius_A(store_path, reader.header());
  const exports::Filter filter{.splits = options.list("split"),
                               .parents = options.list("parent"),
                               .defects = options.list("defect"),
                               .limit = options.has("limit") ? integer_of(options, "limit", 1, 1000000000, 0) : 0};
  const auto samples = exports::choose(reader, filter);
  watch_stop_signals();
  report::ProgressLine line;
  const double start = steady_seconds();
  const auto total = static_cast<double>(samples.size());
  request.progress = [&](std::int64_t done) {
    const double now = steady_seconds(), part = static_cast<double>(done);
    const double rate = now > start ? part / (now - start) : 0;
    line.update({.label = "exporting",
                 .unit = "images",
                 .done = part,
                 .total = total,
                 .rate_per_s = rate,
                 .eta_s = rate > 0 ? std::optional((total - part) / rate) : std::nullopt},
                now);
    return stop_signals() == 0;
  };
  const auto outcome = exports::write(reader, samples, request);
  line.clear();
  if (!outcome.finished) {
    log::warning(cat("stopped on request; nothing was written to ", request.out.string()));
    return ExitCode::stopped;
  }
  std::cout << request.out.string() << ": " << count_text(outcome.samples) << " of "
            << count_text(reader.header().shapes.samples) << " samples, " << bytes_text(outcome.bytes) << ", digest "
            << outcome.digest << "\n"
            << outcome.card.string() << ": the card of the data\n";
  for (const auto& remark : outcome.remarks) std::cout << remark << "\n";
  if (request.licence.empty())
    log::warning("the card names no licence: choose one with --licence before you give it away");
  return ExitCode::done;
}

}  // namespace

ExitCode run_export(const Arguments& arguments) {
  Options options("export", {"STORE"});
  declare(options);
  if (!options.parse(arguments)) return ExitCode::done;
  try {
    return do_export(options);
  } catch (const Error& e) {
    if (!h5::is_stuck()) throw;
    // HDF5 would crash on the way out of main().
    log::error(e.what());
    std::_Exit(static_cast<int>(exit_code(e.fault())));
  }
}

}  // namespace twinmill::app

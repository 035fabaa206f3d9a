// inspect: what a file is.
#include <fmt/format.h>

#include <iostream>

#include "inspect.hpp"
#include "options.hpp"
#include "run_directory.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/h5/h5.hpp"

namespace twinmill::app {
namespace fs = std::filesystem;
namespace {

Inspection inspect(const fs::path& path, const InspectOptions& options) {
  std::error_code ec;
  if (fs::is_directory(path, ec)) return inspect_store(store_of(path.string()), options);
  if (!fs::exists(path, ec))
    throw Error(Fault::input, cat(path.string(), " cannot be inspected (there is no such file)"));
  const auto extension = path.extension();
  if (h5::is_hdf5(path) || extension == ".h5") return inspect_store(path, options);
  if (extension == ".pt" || extension == ".json") return inspect_model(path);
  return inspect_structure(path);
}

}  // namespace

ExitCode run_inspect(const Arguments& arguments) {
  Options options("inspect", {"FILE"});
  options.add()("json", flag(), "print JSON");
  options.add()("digest", flag(), "of a store: one hash of all its samples (reads everything)");
  options.add()("preview", file(), "also write a PNG: a structure from above; first images and masks of a store");
  if (!options.parse(arguments)) return ExitCode::done;
  const fs::path path = options.text("FILE");
  const auto result = inspect(path, {.digest = options.on("digest")});
  if (options.has("preview")) {
    if (!result.picture)
      throw Error(Fault::input, cat("there is no picture of ", path.string(), " to make",
                                    result.json.value("kind", "") == "structure"
                                        ? " (its cell is oblique, or simulate does not take it)"
                                        : " (it holds no images)"));
    write_atomic(options.text("preview"), report::encode_png(result.picture()));
  }
  if (options.on("json")) {
    std::cout << result.json.dump(2) << "\n";
    return ExitCode::done;
  }
  for (const auto& [heading, text] : result.lines) std::cout << fmt::format("{:14} {}\n", heading, text);
  if (options.has("preview")) std::cout << fmt::format("{:14} {}\n", "preview", options.text("preview"));
  return ExitCode::done;
}

}  // namespace twinmill::app

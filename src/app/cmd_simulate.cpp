// Images of one structure, without a campaign.
#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <iostream>

#include "options.hpp"
#include "team_run.hpp"
#include "twinmill/base/clock.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/base/version.hpp"
#include "twinmill/campaign/plan.hpp"
#include "twinmill/fft/slab.hpp"
#include "twinmill/h5/h5.hpp"
#include "twinmill/imaging/hrtem_slab.hpp"
#include "twinmill/imaging/simulate.hpp"
#include "twinmill/report/png.hpp"
#include "twinmill/specimen/structure.hpp"

namespace twinmill::app {
namespace fs = std::filesystem;
namespace {

struct Request {
  fs::path structure, out;
  bool parallel_beam = false;
  bool preview = false;
  imaging::Multislice multislice;
  imaging::Optics optics;
  std::vector<imaging::Detector> detectors;
  std::array<int, 2> scan{0, 0};
};

// "256x224"
std::array<int, 2> pair_of(const std::string& text, const std::string& what) {
  const auto x = text.find('x');
  if (x == std::string::npos)
    throw Error(Fault::input, cat(what, " = ", text, " (needs two numbers like 256x224, x first)"));
  const auto first = parse_int(text.substr(0, x), what), second = parse_int(text.substr(x + 1), what);
  if (first < 1 || second < 1 || first > 65536 || second > 65536)
    throw Error(Fault::input, cat(what, " = ", text, " (both must be 1 to 65536)"));
  return {static_cast<int>(first), static_cast<int>(second)};
}

// "haadf:50:200"
imaging::Detector detector_of(const std::string& text) {
  const auto a = text.find(':'), b = text.find(':', a == std::string::npos ? a : a + 1);
  if (a == 0 || a == std::string::npos || b == std::string::npos)
    throw Error(Fault::input, cat("--detector = ", text, " (needs NAME:INNER:OUTER in mrad, like haadf:50:200)"));
  const std::string name = text.substr(0, a);
  if (name.find('/') != std::string::npos || name == ".")
    throw Error(Fault::input, cat("--detector = ", text, " (the name becomes a dataset's; it cannot hold a slash)"));
  return {name, parse_double(text.substr(a + 1, b - a - 1), "--detector inner"),
          parse_double(text.substr(b + 1), "--detector outer")};
}

imaging::AberrationTerm aberration_of(const std::string& text) {
  const auto at = text.find('=');
  if (at == 0 || at == std::string::npos)
    throw Error(Fault::input, cat("--aberration = ", text, " (needs NAME=VALUE in A or rad, like C30=4e5)"));
  return {text.substr(0, at), parse_double(text.substr(at + 1), "--aberration " + text.substr(0, at))};
}

// Grid and scan that a user did not give: 0.05 A, and the Nyquist sampling of the image.
void fill_defaults(Request& r, const specimen::Structure& s, const Options& options) {
  const auto friendly = [](double length, double spacing) { return campaign::friendly_size(length / spacing); };
  if (!options.has("grid")) {
    const double sampling = options.has("sampling") ? options.number("sampling") : 0.05;
    if (!(sampling > 0)) throw Error(Fault::input, cat("--sampling = ", sampling, " (must be positive)"));
    r.multislice.grid = {friendly(s.cell_A[0], sampling), friendly(s.cell_A[1], sampling)};
  }
  if (!options.has("scan")) r.scan = {friendly(s.cell_A[0], 0.2), friendly(s.cell_A[1], 0.2)};
}

void write_parameters(h5::File& file, const Request& r, const specimen::Structure& s) {
  file.set_text("/", "made_with", cat("twinmill ", version(), " (", commit(), ")"));
  file.set_integer("/", "physics_version", physics_version);
  file.set_text("/", "structure", r.structure.string());
  file.set_text("/", "structure_extxyz", specimen::to_extxyz(s));
  file.set_numbers("/", "cell_A", {s.cell_A[0], s.cell_A[1], s.cell_A[2]});
  file.set_number("/", "energy_kev", r.multislice.energy_kev);
  file.set_number("/", "semiangle_mrad", r.optics.semiangle_mrad);
  file.set_text("/", "aperture_edge", std::string(imaging::name(r.optics.edge)));
  file.set_text("/", "scattering", std::string(imaging::name(r.multislice.scattering)));
  file.set_number("/", "slice_thickness_A", r.multislice.slice_thickness_A);
  file.set_numbers("/", "grid", {static_cast<double>(r.multislice.grid[0]), static_cast<double>(r.multislice.grid[1])});
  std::vector<std::string> names;
  std::vector<double> values;
  for (const auto& a : r.optics.aberrations) {
    names.push_back(a.name);
    values.push_back(a.value);
  }
  if (!names.empty()) {
    file.set_texts("/", "aberration_names", names);
    file.set_numbers("/", "aberration_values", values);
  }
  file.set_text("/", "mode", r.parallel_beam ? "hrtem" : "stem");
}

h5::Dataset create_values(h5::File& file, const std::string& name, const h5::Type& type, int nx, int ny,
                          const std::string& units) {
  auto dataset = file.create_dataset(name, type, {static_cast<std::uint64_t>(nx), static_cast<std::uint64_t>(ny)});
  file.set_text(name, "axes", "x,y");
  file.set_text(name, "units", units);
  return dataset;
}

// The image as people look at it: x to the right, rows along y.
void write_preview(const fs::path& path, const Image<double>& image) {
  Image<float> single(image.width, image.height);
  std::copy(image.data.begin(), image.data.end(), single.data.begin());
  const int factor = std::max(1, 384 / std::max(image.width, image.height));
  write_atomic(path, report::encode_png(report::upscale(report::grey(single), factor)));
}

void stem(const Request& r, const specimen::Structure& s, h5::File& file, const TeamRun& run) {
  const imaging::ScatteringMatrix matrix(s, r.multislice, r.optics, r.detectors, {}, run.team());
  if (!run.first()) return;
  const auto series = matrix.series(r.optics);
  for (std::size_t d = 0; d < series.size(); ++d) {
    const auto& detector = r.detectors[d];
    const auto image = series[d].on_cell(r.scan[0], r.scan[1]);
    std::vector<double> x_first;
    x_first.reserve(image.size());
    for (int i = 0; i < image.width; ++i)
      for (int j = 0; j < image.height; ++j) x_first.push_back(image.at(i, j));
    create_values(file, detector.name, h5::Type::f64(), image.width, image.height, "fraction of the beam")
        .write_rows(0, bytes_of(x_first));
    file.set_numbers(detector.name, "angles_mrad", {detector.inner_mrad, detector.outer_mrad});
    file.set_numbers(detector.name, "step_A", {s.cell_A[0] / image.width, s.cell_A[1] / image.height});
    if (r.preview) write_preview(fs::path(r.out).replace_extension(cat(detector.name, ".png")), image);
  }
  file.set_integer("/", "beams", matrix.beams());
}

// Several ranks hold the wave in slabs; the file gets it row by row.
imaging::ExitRows exit_rows(const Request& r, const specimen::Structure& s, const TeamRun& run) {
  if (run.size() > 1)
    return imaging::hrtem(s, r.multislice, r.optics,
                          fft::Slab(run.world(), r.multislice.grid[0], r.multislice.grid[1]));
  auto all = imaging::hrtem(s, r.multislice, r.optics);
  return {.first = 0, .rows = all.grid[0], .wave = std::move(all.wave), .image = std::move(all.image)};
}

template <class T>
void write_spread(h5::File& file, const std::string& name, const h5::Type& type, const Request& r, int first_row,
                  const std::vector<T>& rows, const std::string& units, const TeamRun& run, const TakeRows& also) {
  const auto [nx, ny] = r.multislice.grid;
  h5::Dataset dataset;
  if (run.first()) dataset = create_values(file, name, type, nx, ny, units);
  collect_rows(run, static_cast<std::uint64_t>(first_row), bytes_of(rows), static_cast<std::size_t>(ny) * sizeof(T),
               [&](std::uint64_t first, std::span<const std::byte> bytes) {
                 dataset.write_rows(first, bytes);
                 if (also) also(first, bytes);
               });
}

void parallel(const Request& r, const specimen::Structure& s, h5::File& file, const TeamRun& run) {
  const auto result = exit_rows(r, s, run);
  const std::vector<std::complex<float>> wave(result.wave.begin(), result.wave.end());
  write_spread(file, "exit_wave", h5::Type::complex64(), r, result.first, wave, "amplitude, 1 in vacuum", run, {});
  Image<double> image;
  if (r.preview && run.first()) image = Image<double>(r.multislice.grid[0], r.multislice.grid[1]);
  const auto keep = [&](std::uint64_t first, std::span<const std::byte> bytes) {
    std::vector<double> values(bytes.size() / sizeof(double));
    std::memcpy(values.data(), bytes.data(), bytes.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto ny = static_cast<std::size_t>(image.height);
      image.at(static_cast<int>(first + i / ny), static_cast<int>(i % ny)) = values[i];
    }
  };
  write_spread(file, "image", h5::Type::f64(), r, result.first, result.image, "intensity, 1 in vacuum", run,
               r.preview ? TakeRows(keep) : TakeRows());
  if (!run.first()) return;
  file.set_numbers("image", "step_A", {s.cell_A[0] / r.multislice.grid[0], s.cell_A[1] / r.multislice.grid[1]});
  if (r.preview) write_preview(fs::path(r.out).replace_extension("image.png"), image);
}

void add_options(Options& options) {
  options.add()("out", word(), "HDF5 file to write (an existing one is replaced)");
  options.add()("energy-kev", word(), "beam energy (default 80)");
  options.add()("semiangle-mrad", word(), "probe semiangle; with --mode hrtem the objective aperture (default 25)");
  options.add()("aperture-edge", word(), "area (default): edge beams weighted by area; hard: in or out");
  options.add()("aberration", words(),
                "NAME=VALUE in A or rad, Krivanek notation (C10, C12, phi12, ... C56; defocus, Cs); repeat");
  options.add()("detector", words(), "NAME:INNER:OUTER in mrad; repeat (default haadf:50:200)");
  options.add()("grid", word(), "NXxNY points of the potential (default from --sampling)");
  options.add()("sampling", word(), "spacing of the potential's grid in A (default 0.05)");
  options.add()("slice-thickness", word(), "in A, at most (default 0.5)");
  options.add()("scan", word(), "NXxNY scan points over the cell (default every 0.2 A)");
  options.add()("scattering", word(), "lobato (default) or kirkland");
  options.add()("mode", word(), "stem (default) or hrtem");
  options.add()("preview", flag(), "also write PNG files beside");
}

Request request_of(const Options& options) {
  Request r;
  Problems problems;
  const auto read = [&](const auto& set) {
    try {
      set();
    } catch (const Error& e) {
      problems.add("simulate", e.what());
    }
  };
  r.structure = options.text("STRUCTURE");
  if (options.has("out"))
    r.out = options.text("out");
  else
    problems.add("simulate", "needs --out FILE.h5");
  read([&] {
    if (options.has("energy-kev")) r.multislice.energy_kev = options.number("energy-kev");
  });
  read([&] {
    if (options.has("semiangle-mrad")) r.optics.semiangle_mrad = options.number("semiangle-mrad");
  });
  read([&] {
    if (options.has("aperture-edge")) r.optics.edge = imaging::aperture_edge(options.text("aperture-edge"));
  });
  read([&] {
    if (options.has("slice-thickness")) r.multislice.slice_thickness_A = options.number("slice-thickness");
  });
  read([&] {
    if (options.has("scattering")) r.multislice.scattering = imaging::scattering(options.text("scattering"));
  });
  read([&] {
    if (options.has("grid")) r.multislice.grid = pair_of(options.text("grid"), "--grid");
  });
  read([&] {
    if (options.has("scan")) r.scan = pair_of(options.text("scan"), "--scan");
  });
  for (const auto& text : options.list("aberration"))
    read([&] { r.optics.aberrations.push_back(aberration_of(text)); });
  for (const auto& text : options.list("detector")) read([&] { r.detectors.push_back(detector_of(text)); });
  if (r.detectors.empty()) r.detectors.push_back({"haadf", 50, 200});
  for (std::size_t i = 0; i < r.detectors.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (r.detectors[i].name == r.detectors[j].name)
        problems.add("simulate", cat("--detector ", r.detectors[i].name, " is given twice"));
    }
  }
  if (options.has("mode") && options.text("mode") != "stem" && options.text("mode") != "hrtem")
    problems.add("simulate", cat("--mode = ", options.text("mode"), " (known: stem, hrtem)"));
  r.parallel_beam = options.has("mode") && options.text("mode") == "hrtem";
  r.preview = options.on("preview");
  if (!(r.multislice.energy_kev >= 1 && r.multislice.energy_kev <= 3000))
    problems.add("simulate", cat("--energy-kev = ", r.multislice.energy_kev, " (must be 1 to 3000)"));
  problems.throw_if_any();
  return r;
}

ExitCode simulate(const Arguments& arguments, const TeamRun& run) {
  Options options("simulate", {"STRUCTURE"});
  add_options(options);
  if (!options.parse(arguments)) return ExitCode::done;
  Request r = request_of(options);
  const auto structure = specimen::read_structure(r.structure);
  fill_defaults(r, structure, options);
  const double start = steady_seconds();
  // Written beside and renamed: a mistake or a full disk leaves no half file and keeps an old one.
  fs::path fresh = r.out;
  fresh += ".new";
  try {
    h5::File file;
    run.together([&] {
      if (run.first()) file = h5::File::create(fresh);
    });
    if (r.parallel_beam) {
      parallel(r, structure, file, run);
    } else {
      stem(r, structure, file, run);
    }
    if (run.first()) {
      write_parameters(file, r, structure);
      file.close();
      sync_file(fresh);
      fs::rename(fresh, r.out);
    }
  } catch (...) {
    std::error_code ec;
    if (run.first()) fs::remove(fresh, ec);
    throw;
  }
  std::cout << fmt::format("{}: {} in {} ({}x{} grid)\n", r.out.string(),
                           r.parallel_beam ? "exit wave and image" : fmt::format("{} image(s)", r.detectors.size()),
                           duration_text(steady_seconds() - start), r.multislice.grid[0], r.multislice.grid[1]);
  return ExitCode::done;
}

}  // namespace

ExitCode run_simulate(const Arguments& arguments) {
  return run_as_team([&](const TeamRun& run) { return simulate(arguments, run); });
}

}  // namespace twinmill::app

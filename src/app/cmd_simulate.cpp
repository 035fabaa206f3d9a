// Images of one structure, without a campaign.
#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <iostream>
#include <span>

#include "simulate_request.hpp"
#include "team_run.hpp"
#include "twinmill/base/clock.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/memory.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/base/version.hpp"
#include "twinmill/fft/slab.hpp"
#include "twinmill/h5/h5.hpp"
#include "twinmill/imaging/hrtem_slab.hpp"
#include "twinmill/imaging/simulate.hpp"
#include "twinmill/report/png.hpp"
#include "twinmill/report/progress_line.hpp"
#include "twinmill/specimen/structure.hpp"

namespace twinmill::app {
namespace fs = std::filesystem;
namespace {

void write_parameters(h5::File& file, const SimulateRequest& r, const specimen::Structure& s) {
  const auto& m = r.multislice;
  file.set_text("/", "made_with", cat("twinmill ", version(), " (", commit(), ")"));
  file.set_integer("/", "physics_version", physics_version);
  file.set_text("/", "structure", r.structure.string());
  file.set_text("/", "structure_extxyz", specimen::to_extxyz(s));
  file.set_numbers("/", "cell_A", {s.cell_A[0], s.cell_A[1], s.cell_A[2]});
  file.set_text("/", "mode", r.parallel_beam ? "hrtem" : "stem");
  file.set_text("/", "method", r.method == Method::exact ? "exact" : "multislice");
  file.set_number("/", "energy_kev", m.energy_kev);
  file.set_text("/", "scattering", std::string(imaging::name(m.scattering)));
  file.set_number("/", "slice_thickness_A", m.slice_thickness_A);
  file.set_numbers("/", "grid", {static_cast<double>(m.grid[0]), static_cast<double>(m.grid[1])});
  file.set_integer("/", "oversampling", m.oversampling);
  file.set_numbers("/", "specimen_tilt_mrad", {m.specimen_tilt_mrad[0], m.specimen_tilt_mrad[1]});
  file.set_integer("/", "phonon_configurations", m.phonons.configurations);
  if (m.phonons.configurations > 0) {
    file.set_text("/", "phonon_key", m.phonons.key.hex());
    std::map<int, double> rms;
    for (const auto& site : s.sites) {
      if (site.z > 0) rms[site.z] = imaging::rms_displacement_A(m.phonons, site.z);
    }
    std::vector<std::string> elements;
    std::vector<double> values;
    for (const auto& [z, value] : rms) {
      elements.emplace_back(specimen::symbol(z));
      values.push_back(value);
    }
    file.set_texts("/", "rms_displacement_elements", elements);
    file.set_numbers("/", "rms_displacement_A", values);
  }
  const auto& optics = r.optics[0];
  file.set_number("/", "semiangle_mrad", optics.semiangle_mrad);
  file.set_text("/", "aperture_edge", std::string(imaging::name(optics.edge)));
  file.set_number("/", "focal_spread_A", optics.focal_spread_A);
  file.set_number("/", "source_fwhm_A", r.source_fwhm_A);
  file.set_numbers("/", "beam_tilt_mrad", {optics.beam_tilt_mrad[0], optics.beam_tilt_mrad[1]});
  std::vector<std::string> names;
  std::vector<double> values;
  for (const auto& a : optics.aberrations) {
    if (r.optics.size() > 1 && a.name == "defocus") continue;  // The axis of the focal series.
    names.push_back(a.name);
    values.push_back(a.value);
  }
  if (!names.empty()) {
    file.set_texts("/", "aberration_names", names);
    file.set_numbers("/", "aberration_values", values);
  }
}

h5::Dataset create_values(h5::File& file, const std::string& name, const h5::Type& type,
                          const std::vector<std::uint64_t>& shape, const std::string& axes, const std::string& units) {
  auto dataset = file.create_dataset(name, type, shape);
  file.set_text(name, "axes", axes);
  file.set_text(name, "units", units);
  return dataset;
}

// Images as people look at them: x to the right, rows along y; those of a focal series beside each other, each from its
// own black to its own white.
void write_preview(const fs::path& path, std::span<const Image<double>* const> images) {
  constexpr int least_px = 384, pictures_in_a_row = 6;
  std::vector<report::GreyPicture> pictures;
  for (const auto* image : images) {
    Image<float> single(image->width, image->height);
    std::copy(image->data.begin(), image->data.end(), single.data.begin());
    const int factor = std::max(1, least_px / std::max(image->width, image->height));
    pictures.push_back(report::upscale(report::grey(single), factor));
  }
  if (pictures.size() == 1) {
    write_atomic(path, report::encode_png(pictures.front()));
    return;
  }
  std::vector<std::vector<report::RgbPicture>> rows;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    if (i % pictures_in_a_row == 0) rows.emplace_back();
    rows.back().push_back(report::to_rgb(pictures[i]));
  }
  write_atomic(path, report::encode_png(report::montage(rows)));
}

// Tells on standard error how far a long simulation is; short ones pass without a word.
class Teller {
 public:
  explicit Teller(const TeamRun& run) : speaks_(run.first()), start_(steady_seconds()) {}
  ~Teller() { line_.clear(); }
  Teller(const Teller&) = delete;
  Teller& operator=(const Teller&) = delete;

  imaging::Progress progress() {
    return [this](double fraction) {
      const double now = steady_seconds();
      if (!speaks_ || now - start_ < patience_s || fraction <= 0) return;
      line_.update({.label = "simulating",
                    .unit = "parts",
                    .done = 100 * fraction,
                    .total = 100,
                    .eta_s = (now - start_) * (1 - fraction) / fraction},
                   now);
    };
  }

 private:
  static constexpr double patience_s = 5;
  bool speaks_;
  double start_;
  report::ProgressLine line_;
};

// What the images of a request are: [optics][detector], and what is said of them.
struct Result {
  std::vector<std::vector<Image<double>>> images;
  std::array<double, 2> step_A{};
  std::array<int, 2> grid{};
  std::map<std::string, double> numbers;  // Attributes of the file.
  std::map<std::string, std::vector<double>> lists;
  std::string remark;
};

std::string percent(double fraction) { return fmt::format("{:.2g} %", 100 * fraction); }

// `sharing`: ranks that divide the cell.
void check_memory(const SimulateRequest& r, std::array<double, 2> cell_A, const imaging::Multislice& m, int sharing,
                  const TeamRun& run) {
  const auto needed = [&](int ranks) {
    return imaging::ScatteringMatrix::memory_bytes(cell_A, m, r.optics[0], r.detectors, ranks);
  };
  const auto check = [&] {
    const double limit = r.memory_gb > 0 ? r.memory_gb * 1e9 : 0.9 * available_memory_bytes() / run.size();
    if (needed(sharing) <= limit) return;
    int ranks = sharing;
    while (ranks < 1 << 12 && needed(ranks) > limit) ranks *= 2;
    const std::string more = needed(ranks) <= limit ? cat("mpirun -n ", ranks, ", or ") : "";
    throw Error(Fault::input,
                cat("a cell of ", rounded_text(cell_A[0], 4), " x ", rounded_text(cell_A[1], 4), " A on a grid of ",
                    m.grid[0], "x", m.grid[1], " needs ", rounded_text(needed(sharing) / 1e9, 3), " GB per rank (",
                    rounded_text(limit / 1e9, 3), " GB are allowed). Use ", more,
                    r.view ? "a smaller --whole-area (windows)?" : "--field with windows?"));
  };
  run.together([&] {
    if (run.first()) check();
  });
}

void write_images(const SimulateRequest& r, const Result& result, h5::File& file) {
  for (const auto& [name, value] : result.numbers) file.set_number("/", name, value);
  for (const auto& [name, values] : result.lists) file.set_numbers("/", name, values);
  std::vector<double> defoci;
  for (const auto& o : r.optics)
    if (!o.aberrations.empty()) defoci.push_back(o.aberrations.back().value);
  for (std::size_t d = 0; d < r.detectors.size(); ++d) {
    const auto& detector = r.detectors[d];
    const auto& first = result.images[0][d];
    std::vector<double> x_first;
    for (const auto& row : result.images) {
      for (int i = 0; i < first.width; ++i)
        for (int j = 0; j < first.height; ++j) x_first.push_back(row[d].at(i, j));
    }
    std::vector<std::uint64_t> shape = {static_cast<std::uint64_t>(first.width),
                                        static_cast<std::uint64_t>(first.height)};
    const bool focal_series = r.optics.size() > 1;
    if (focal_series) shape.insert(shape.begin(), r.optics.size());
    const bool moment = detector.signal != imaging::Signal::intensity;
    create_values(file, detector.name, h5::Type::f64(), shape, focal_series ? "defocus,x,y" : "x,y",
                  moment ? "mrad times fraction of the beam" : "fraction of the beam")
        .write_rows(0, bytes_of(x_first));
    if (focal_series) file.set_numbers(detector.name, "defocus_A", defoci);
    file.set_numbers(detector.name, "angles_mrad", {detector.inner_mrad, detector.outer_mrad});
    file.set_numbers(detector.name, "azimuths_deg", {detector.from_deg, detector.to_deg});
    file.set_numbers(detector.name, "step_A", {result.step_A[0], result.step_A[1]});
    if (!r.preview) continue;
    std::vector<const Image<double>*> shown;
    for (const auto& row : result.images) shown.push_back(&row[d]);
    write_preview(fs::path(r.out).replace_extension(cat(detector.name, ".png")), shown);
  }
}

// The structure's own periodic cell.
Result image_cell(const SimulateRequest& r, const specimen::Structure& s, const TeamRun& run) {
  check_memory(r, {s.cell_A[0], s.cell_A[1]}, r.multislice, run.size(), run);
  Teller teller(run);
  const imaging::ScatteringMatrix matrix(s, r.multislice, r.optics[0], r.detectors, teller.progress(), run.team());
  Result result{.images = {},
                .step_A = {s.cell_A[0] / r.scan[0], s.cell_A[1] / r.scan[1]},
                .grid = r.multislice.grid,
                .numbers = {},
                .lists = {},
                .remark = cat(matrix.beams(), " beams")};
  for (const auto& optics : r.optics) {
    auto& row = result.images.emplace_back();
    for (const auto& series : matrix.series(optics))
      row.push_back(series.blurred(r.source_fwhm_A).on_cell(r.scan[0], r.scan[1]));
  }
  result.numbers["beams"] = matrix.beams();
  if (r.multislice.phonons.configurations > 1) {
    const auto errors = matrix.phonon_error(r.optics[0]);
    result.lists["phonon_relative_standard_error"] = errors;
    result.remark += cat(", standard error by phonons ", percent(*std::max_element(errors.begin(), errors.end())));
  }
  return result;
}

// A part of the structure, in a cell of its own or in windows.
Result image_view(const SimulateRequest& r, const specimen::Structure& s, const TeamRun& run) {
  const auto farthest = std::max_element(r.optics.begin(), r.optics.end(), [](const auto& a, const auto& b) {
    const auto defocus = [](const auto& o) { return o.aberrations.empty() ? 0 : std::abs(o.aberrations.back().value); };
    return defocus(a) < defocus(b);
  });
  const auto plan = imaging::plan_field(s, *r.view, r.multislice, *farthest, r.field);
  auto m = r.multislice;
  m.grid = plan.grid;
  check_memory(r, plan.cell_A, m, plan.windows.size() == 1 ? run.size() : 1, run);
  Teller teller(run);
  auto field =
      imaging::image_field(s, plan, r.scan, m, r.optics, r.detectors, r.source_fwhm_A, teller.progress(), run.team());
  Result result{.images = {},
                .step_A = {r.view->field_A[0] / r.scan[0], r.view->field_A[1] / r.scan[1]},
                .grid = plan.grid,
                .numbers = {{"rotation_deg", r.view->rotation_deg},
                            {"margin_A", plan.margin_A},
                            {"windows", static_cast<double>(plan.windows.size())},
                            {"finite_cell_error", plan.error}},
                .lists = {{"field_A", {r.view->field_A[0], r.view->field_A[1]}},
                          {"origin_A", {r.view->origin_A[0], r.view->origin_A[1]}},
                          {"window_cell_A", {plan.cell_A[0], plan.cell_A[1]}}},
                .remark = {}};
  result.remark = fmt::format("{} of {:.4g} x {:.4g} A with a margin of {:g} A, finite-cell error about {}",
                              plan.windows.size() == 1 ? "one cell" : fmt::format("{} windows", plan.windows.size()),
                              plan.cell_A[0], plan.cell_A[1], plan.margin_A, percent(plan.error));
  if (m.phonons.configurations > 1) {
    result.lists["phonon_relative_standard_error"] = field.phonon_error;
    result.remark += cat(", standard error by phonons ",
                         percent(*std::max_element(field.phonon_error.begin(), field.phonon_error.end())));
  }
  result.images = std::move(field.images);
  return result;
}

// Probe by probe.
Result image_plainly(const SimulateRequest& r, const specimen::Structure& s, const TeamRun& run) {
  Teller teller(run);
  Result result{.images = {},
                .step_A = {s.cell_A[0] / r.scan[0], s.cell_A[1] / r.scan[1]},
                .grid = r.multislice.grid,
                .numbers = {},
                .lists = {},
                .remark = "multislice of every probe"};
  std::vector<std::array<double, 2>> at;
  for (int j = 0; j < r.scan[1]; ++j)
    for (int i = 0; i < r.scan[0]; ++i) at.push_back({i * result.step_A[0], j * result.step_A[1]});
  for (const auto& optics : r.optics) {
    auto& row = result.images.emplace_back();
    for (auto& values : imaging::plain_multislice(s, r.multislice, optics, r.detectors, at, teller.progress())) {
      row.emplace_back(r.scan[0], r.scan[1]);
      row.back().data = std::move(values);
    }
  }
  return result;
}

Result stem(const SimulateRequest& r, const specimen::Structure& s, const TeamRun& run) {
  if (r.method == Method::multislice) return image_plainly(r, s, run);
  return r.view ? image_view(r, s, run) : image_cell(r, s, run);
}

// Several ranks hold the wave in slabs; the file gets it row by row.
imaging::ExitRows exit_rows(const SimulateRequest& r, const specimen::Structure& s, const TeamRun& run) {
  if (run.size() > 1)
    return imaging::hrtem(s, r.multislice, r.optics[0],
                          fft::Slab(run.world(), r.multislice.grid[0], r.multislice.grid[1]));
  auto all = imaging::hrtem(s, r.multislice, r.optics[0]);
  return {.first = 0, .rows = all.grid[0], .wave = std::move(all.wave), .image = std::move(all.image)};
}

template <class T>
void write_spread(h5::File& file, const std::string& name, const h5::Type& type, const SimulateRequest& r,
                  int first_row, const std::vector<T>& rows, const std::string& units, const TeamRun& run,
                  const TakeRows& also) {
  const auto [nx, ny] = r.multislice.grid;
  h5::Dataset dataset;
  if (run.first())
    dataset =
        create_values(file, name, type, {static_cast<std::uint64_t>(nx), static_cast<std::uint64_t>(ny)}, "x,y", units);
  collect_rows(run, static_cast<std::uint64_t>(first_row), bytes_of(rows), static_cast<std::size_t>(ny) * sizeof(T),
               [&](std::uint64_t first, std::span<const std::byte> bytes) {
                 dataset.write_rows(first, bytes);
                 if (also) also(first, bytes);
               });
}

void parallel(const SimulateRequest& r, const specimen::Structure& s, h5::File& file, const TeamRun& run) {
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
  const Image<double>* const shown = &image;
  if (r.preview) write_preview(fs::path(r.out).replace_extension("image.png"), {&shown, 1});
}

std::unique_ptr<imaging::Device> device_for(const SimulateRequest& r, const TeamRun& run) {
  if (run.size() == 1) return device::open_device(r.device);
  if (r.device.kind != device::Choice::Kind::automatic && r.device.kind != device::Choice::Kind::cpu)
    throw Error(Fault::input, "--device makes the images of one rank (without mpirun)");
  return nullptr;
}

ExitCode simulate(const Arguments& arguments, const TeamRun& run) {
  Options options("simulate", {"STRUCTURE"});
  add_simulate_options(options);
  if (!options.parse(arguments)) return ExitCode::done;
  SimulateRequest r = simulate_request(options);
  if (run.size() > 1 && r.parallel_beam && r.multislice.oversampling > 1)
    throw Error(Fault::input, "--oversampling goes with --mode hrtem on one rank only");
  const auto structure = specimen::read_structure(r.structure);
  fit_to_structure(r, structure);
  std::unique_ptr<imaging::Device> device;
  if (!r.parallel_beam && r.method == Method::exact) device = device_for(r, run);
  r.multislice.device = device.get();
  const double start = steady_seconds();
  Result result{.images = {},
                .step_A = {},
                .grid = r.multislice.grid,
                .numbers = {},
                .lists = {},
                .remark = "exit wave and image"};
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
      result = stem(r, structure, run);
      if (run.first()) write_images(r, result, file);
    }
    if (run.first()) {
      r.multislice.grid = result.grid;
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
  std::cout << fmt::format(
      "{}: {} in {} ({}x{} grid; {})\n", r.out.string(),
      r.parallel_beam ? "exit wave and image"
                      : fmt::format("{} image(s) of {}x{}", r.detectors.size() * r.optics.size(), r.scan[0], r.scan[1]),
      duration_text(steady_seconds() - start), result.grid[0], result.grid[1], result.remark);
  return ExitCode::done;
}

}  // namespace

ExitCode run_simulate(const Arguments& arguments) {
  return run_as_team([&](const TeamRun& run) { return simulate(arguments, run); });
}

}  // namespace twinmill::app

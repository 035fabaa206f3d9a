#include "bench_imaging.hpp"

#include <fmt/format.h>

#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>

#include "bench_tools.hpp"
#include "twinmill/base/clock.hpp"
#include "twinmill/base/cpu.hpp"
#include "twinmill/base/friendly_size.hpp"
#include "twinmill/base/memory.hpp"
#include "twinmill/base/version.hpp"
#include "twinmill/device/device.hpp"
#include "twinmill/imaging/field.hpp"
#include "twinmill/specimen/build.hpp"

namespace twinmill::app {
using nlohmann::json;
namespace {

const imaging::Optics lens{
    .semiangle_mrad = 25, .edge = imaging::ApertureEdge::area, .aberrations = {{"C10", -40}, {"C30", 4e5}}};
const std::vector<imaging::Detector> haadf = {{"haadf", 50, 200}};
constexpr double pixel_A = 0.05;

specimen::Structure sheet(int cells) {
  return specimen::build({.parent = "MoS2-H",
                          .supercell = {cells, cells + cells % 2},
                          .defects = {{.kind = specimen::SiteClass::anion_vacancy}},
                          .arrangement = {1, 1},
                          .placement = {1, 1}});
}

imaging::Multislice numerics(const specimen::Structure& s, int oversampling) {
  // 512 x 448 over the paper's cell, which other codes are compared on; friendly sizes elsewhere.
  const auto points = [&](std::size_t axis) { return friendly_size(s.cell_A[axis] / pixel_A); };
  imaging::Multislice m{.energy_kev = 80, .grid = {points(0), points(1)}, .oversampling = oversampling};
  if (std::abs(s.cell_A[0] - 25.4) < 0.2 && std::abs(s.cell_A[1] - 22) < 0.2) m.grid = {512, 448};
  return m;
}

template <class Work>
double cpu_of(const Work& work) {
  const double before = cpu_seconds();
  work();
  return cpu_seconds() - before;
}

json one_cell(int cells, int oversampling) {
  const auto s = sheet(cells);
  const auto m = numerics(s, oversampling);
  const double before = cpu_seconds();
  const imaging::ScatteringMatrix matrix(s, m, lens, haadf);
  const double built = cpu_seconds() - before;
  Image<double> image;
  const double series = cpu_of([&] { image = matrix.series(lens)[0].on_cell(128, 112); });
  return {{"cells", cells},
          {"area_A2", s.cell_A[0] * s.cell_A[1]},
          {"grid", {m.grid[0], m.grid[1]}},
          {"oversampling", oversampling},
          {"beams", matrix.beams()},
          {"cpu_s", built + series},
          {"potential_s", matrix.parts().potential},
          {"planes_s", matrix.parts().planes},
          {"product_s", matrix.parts().product},
          {"series_s", series}};
}

// Errors at some probes, and the cost of one, against plain multislice in double precision.
json against_plain(int cells, int probes) {
  const auto s = sheet(cells);
  const auto m = numerics(s, 1);
  const imaging::ScatteringMatrix matrix(s, m, lens, haadf);
  constexpr int nx = 31, ny = 29;
  const auto image = matrix.series(lens)[0].on_cell(nx, ny);
  std::vector<std::array<double, 2>> at;
  std::vector<double> exact;
  for (int p = 0; p < probes; ++p) {
    const int i = (p * 7) % nx, j = (p * 11) % ny;
    at.push_back({i * s.cell_A[0] / nx, j * s.cell_A[1] / ny});
    exact.push_back(image.at(i, j));
  }
  std::vector<double> plain;
  const double none = cpu_of([&] { plain_multislice(s, m, lens, haadf, {}); });
  const double seconds = cpu_of([&] { plain = plain_multislice(s, m, lens, haadf, at)[0]; }) - none;
  double square = 0, mean = 0;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    square += std::pow(exact[i] - plain[i], 2);
    mean += plain[i];
  }
  const double n = probes;
  // As many probes as the image has degrees of freedom: twice the aperture in each direction.
  const auto series = matrix.series(lens)[0];
  const double needed = (2.0 * series.nx + 1) * (2.0 * series.ny + 1);
  return {{"probes", probes},
          {"relative_rms", std::sqrt(square / n) / (mean / n)},
          {"cpu_s_per_probe", seconds / n},
          {"probes_of_a_full_scan", needed},
          {"cpu_s_full_scan", needed * seconds / n}};
}

json focal_series(int cells) {
  const auto s = sheet(cells);
  const auto m = numerics(s, 1);
  double one = 0, twenty = 0;
  const double built = cpu_of([&] {
    const imaging::ScatteringMatrix matrix(s, m, lens, haadf);
    one = cpu_of([&] { matrix.series(lens)[0].on_cell(128, 112); });
    twenty = cpu_of([&] {
      for (int i = 0; i < 20; ++i) {
        auto other = lens;
        other.aberrations[0].value = -10.0 * i;
        matrix.series(other)[0].on_cell(128, 112);
      }
    });
  });
  const double rest = built - one - twenty;
  return {{"one_s", rest + one}, {"twenty_s", rest + twenty}, {"ratio", (rest + twenty) / (rest + one)}};
}

json field(double width, double height, const imaging::FieldOptions& options) {
  const auto s = sheet(8);
  const specimen::View view{.field_A = {width, height},
                            .pixels = {friendly_size(width / 0.2), friendly_size(height / 0.2)},
                            .rotation_deg = 30,
                            .origin_A = {s.cell_A[0] / 2, s.cell_A[1] / 2}};
  imaging::Multislice m{.energy_kev = 80, .oversampling = 4};
  imaging::FieldPlan plan;
  const double planning = cpu_of([&] { plan = imaging::plan_field(s, view, m, lens, options); });
  const double seconds = cpu_of([&] { imaging::image_field(s, plan, view.pixels, m, {lens}, haadf); });
  return {{"field_A", {width, height}},
          {"area_A2", width * height},
          {"windows", plan.windows.size()},
          {"cell_A", {plan.cell_A[0], plan.cell_A[1]}},
          {"grid", {plan.grid[0], plan.grid[1]}},
          {"margin_A", plan.margin_A},
          {"estimated_error", plan.error},
          {"planning_s", planning},
          {"cpu_s", seconds},
          {"cpu_s_per_100_A2", 100 * seconds / (width * height)}};
}

}  // namespace

json bench_imaging(const BenchImaging& options) {
  json result = {{"processor", processor_name()},
                 {"version", std::string(version())},
                 {"commit", std::string(commit())},
                 {"date", utc_text(unix_seconds())}};
  for (int cells = 4; cells <= options.cells; cells += 2) result["growth"].push_back(one_cell(cells, 1));
  result["peak_memory_bytes"] = peak_memory_bytes();
  result["oversampled"] = one_cell(options.cells, 4);
  result["focal_series"] = focal_series(options.cells);
  result["plain_multislice"] = against_plain(options.cells, options.probes);
  result["fields"].push_back(field(25, 22, {.sampling_A = pixel_A, .margin_A = 5}));
  if (options.windows) {
    for (const double area : {2500.0, 5000.0, 20000.0}) {
      const double side = std::sqrt(area);
      result["fields"].push_back(field(side, side, {.sampling_A = pixel_A, .max_error = 0.01, .whole_A2 = 2000}));
    }
  }
  return result;
}

void print_bench_imaging(const json& r) {
  std::cout << fmt::format("{}; twinmill {} ({}); {}\n", r["processor"].get<std::string>(),
                           r["version"].get<std::string>(), r["commit"].get<std::string>(),
                           r["date"].get<std::string>());
  std::cout << "MoS2 with one vacancy, 80 kV, 25 mrad, HAADF 50-200 mrad, 0.05 A; cpu seconds of one process\n\n";
  std::cout << fmt::format("{:>8} {:>9} {:>6} {:>5} {:>7} | {:>9} {:>7} {:>7} {:>7}\n", "area A^2", "grid", "over",
                           "beams", "total", "potential", "planes", "product", "series");
  const auto row = [](const json& c) {
    std::cout << fmt::format(
        "{:8.0f} {:>9} {:6} {:5} {:7.2f} | {:9.2f} {:7.2f} {:7.2f} {:7.3f}\n", c["area_A2"].get<double>(),
        fmt::format("{}x{}", c["grid"][0].get<int>(), c["grid"][1].get<int>()), c["oversampling"].get<int>(),
        c["beams"].get<int>(), c["cpu_s"].get<double>(), c["potential_s"].get<double>(), c["planes_s"].get<double>(),
        c["product_s"].get<double>(), c["series_s"].get<double>());
  };
  for (const auto& c : r["growth"]) row(c);
  row(r["oversampled"]);
  const auto& plain = r["plain_multislice"];
  const double exact = r["growth"].back()["cpu_s"];
  std::cout << fmt::format("\npeak memory {:.0f} MB\n", r["peak_memory_bytes"].get<double>() / 1e6);
  std::cout << fmt::format("20 defoci instead of 1: {:.3f} times\n", r["focal_series"]["ratio"].get<double>());
  std::cout << fmt::format(
      "plain multislice, double precision: {:.3f} s a probe, {:.0f} s for the {:.0f} probes of a full scan: {:.0f} "
      "times "
      "the exact method\n",
      plain["cpu_s_per_probe"].get<double>(), plain["cpu_s_full_scan"].get<double>(),
      plain["probes_of_a_full_scan"].get<double>(), plain["cpu_s_full_scan"].get<double>() / exact);
  std::cout << fmt::format("single against double precision, {} probes: relative rms {:.1e}\n",
                           plain["probes"].get<int>(), plain["relative_rms"].get<double>());
  std::cout << fmt::format("\nfields turned by 30 deg, oversampling 4\n{:>8} {:>11} {:>8} {:>7} {:>7} {:>7} {:>10}\n",
                           "area A^2", "cell A", "windows", "margin", "error", "total", "per 100 A^2");
  for (const auto& f : r["fields"])
    std::cout << fmt::format("{:8.0f} {:>11} {:8} {:7g} {:6.2f}% {:7.1f} {:10.2f}\n", f["area_A2"].get<double>(),
                             fmt::format("{:.1f}x{:.1f}", f["cell_A"][0].get<double>(), f["cell_A"][1].get<double>()),
                             f["windows"].get<int>(), f["margin_A"].get<double>(),
                             100 * f["estimated_error"].get<double>(), f["cpu_s"].get<double>(),
                             f["cpu_s_per_100_A2"].get<double>());
}

json bench_device(const std::string& name, int cells, int repeats) {
  const auto device = device::open_device(device::parse_choice(name));
  const auto s = sheet(cells);
  auto m = numerics(s, 4);
  const specimen::View turned{.field_A = {s.cell_A[0], s.cell_A[1]},
                              .pixels = {128, 112},
                              .rotation_deg = 30,
                              .origin_A = {s.cell_A[0] / 2, s.cell_A[1] / 2}};
  const auto cell = [&] { return imaging::ScatteringMatrix(s, m, lens, haadf).series(lens)[0].on_cell(128, 112); };
  const auto plan = imaging::plan_field(s, turned, m, lens, {});
  const auto field = [&] { return imaging::image_field(s, plan, turned.pixels, m, {lens}, haadf).images[0][0]; };
  json result = {{"facts", bench_facts()},
                 {"device", device ? device->description() : "the processor, with FFTW"},
                 {"cell_A", {s.cell_A[0], s.cell_A[1]}},
                 {"grid", {m.grid[0], m.grid[1]}},
                 {"repeats", repeats}};
  const auto measure = [&](const char* key, const auto& image) {
    auto one = image();  // Plans and kernels are made, memory is taken.
    const double before = steady_seconds();
    for (int i = 0; i < repeats; ++i) image();
    result[key] = repeats / (steady_seconds() - before);
    return one;
  };
  const auto plain_cell = measure("cpu_cell_images_per_s", cell);
  measure("cpu_field_images_per_s", field);
  m.device = device.get();
  const auto device_cell = measure("cell_images_per_s", cell);
  measure("field_images_per_s", field);
  double square = 0, mean = 0;
  for (std::size_t i = 0; i < plain_cell.data.size(); ++i) {
    square += std::pow(device_cell.data[i] - plain_cell.data[i], 2);
    mean += plain_cell.data[i];
  }
  const auto n = static_cast<double>(plain_cell.data.size());
  result["relative_rms"] = std::sqrt(square / n) / (mean / n);
  return result;
}

void print_bench_device(const json& r) {
  std::cout
      << bench_facts_text(r["facts"]) << "\n"
      << fmt::format(
             "{}, against the processor with FFTW on one core; MoS2 with one vacancy, {:.1f} x {:.1f} A, {} x {}, "
             "oversampling 4\n\n",
             r["device"].get<std::string>(), r["cell_A"][0].get<double>(), r["cell_A"][1].get<double>(),
             r["grid"][0].get<int>(), r["grid"][1].get<int>())
      << fmt::format("{:<26} {:>12} {:>12} {:>8}\n", "images/s", "device", "FFTW", "times");
  for (const auto& [label, key] : {std::pair{"the cell", "cell"}, {"a field turned by 30 deg", "field"}}) {
    const double on_device = r[fmt::format("{}_images_per_s", key)], plain = r[fmt::format("cpu_{}_images_per_s", key)];
    std::cout << fmt::format("{:<26} {:>12.3g} {:>12.3g} {:>8.2f}\n", label, on_device, plain, on_device / plain);
  }
  std::cout << fmt::format("\nrelative difference of the images (rms over mean): {:.1e}\n",
                           r["relative_rms"].get<double>());
}

}  // namespace twinmill::app

// Writes a small store whose images follow from its series, for the examples of docs/store-format.md.
#include <cmath>
#include <complex>
#include <iostream>
#include <limits>
#include <numbers>

#include "twinmill/base/error.hpp"
#include "twinmill/base/hash.hpp"
#include "twinmill/mpi/mpi.hpp"
#include "twinmill/store/store.hpp"

namespace {

using namespace twinmill;
using namespace twinmill::store;

constexpr double lx = 12.8, ly = 11.1;
constexpr double field_x = 8, field_y = 6;
constexpr std::int64_t sample_count = 8;

Header header() {
  Header h;
  h.shapes = {.samples = sample_count,
              .exposures = 2,
              .simulations = 2,
              .detectors = 2,
              .width = 32,
              .height = 24,
              .max_atoms = 4,
              .series_x = 7,
              .series_y = 5};
  h.further_splits = {std::vector<std::uint8_t>(static_cast<std::size_t>(sample_count), 0)};
  h.campaign_name = "example";
  h.campaign_toml = "[campaign]\nname = \"example\"\n";
  h.plan_key = Hasher().add("plan").digest().hex();
  h.detectors = {"haadf", "bf"};
  h.detector_inner_mrad = {50, 0};
  h.detector_outer_mrad = {200, 10};
  h.classes = {"lattice", "anion_vacancy", "metal_vacancy"};
  return h;
}

SampleRow sample_row(std::int64_t i) {
  SampleRow row;
  row.key = Hasher().add("sample").add(i).digest().hex();
  row.simulation = row.exposure = i % 2;
  row.structure = static_cast<std::int32_t>(i % 2);
  row.parent = i % 2 == 0 ? "MoS2-H" : "WSe2-H";
  row.formula = i % 2 == 0 ? "MoS2" : "WSe2";
  row.phase = "H";
  row.defect = i % 2 == 0 ? "anion_vacancy" : "metal_vacancy";
  row.split = i % 2 == 0 ? "test" : "train";
  row.rotation_deg = i % 2 == 0 ? 25 : 0;
  row.defocus_A = 40;
  const double pixel_area = field_x / 32 * field_y / 24;
  row.dose_e_per_A2 = i < 2 ? std::numeric_limits<double>::infinity() : 1e4 * static_cast<double>(i);
  row.electrons_per_pixel = row.dose_e_per_A2 * pixel_area;
  row.energy_kev = 80;
  row.semiangle_mrad = 25;
  row.field_x_A = field_x;
  row.field_y_A = field_y;
  row.pixel_x_A = field_x / 32;
  row.pixel_y_A = field_y / 24;
  row.origin_x_A = 1.25;
  row.origin_y_A = -0.5;
  row.seed = 7;
  return row;
}

/// Hermitian coefficients: the image is real.
ExposureData exposure(std::int64_t id, const Shapes& s) {
  ExposureData data;
  for (int d = 0; d < s.detectors; ++d) {
    auto& c = data.series.emplace_back(static_cast<std::size_t>(s.series_x) * static_cast<std::size_t>(s.series_y));
    for (std::size_t i = 0; i < c.size(); ++i) {
      const auto a = static_cast<float>(i + 1), b = static_cast<float>(c.size() - i);
      const float phase = std::sin(a + static_cast<float>(id + d)) - std::sin(b + static_cast<float>(id + d));
      c[i] = std::polar(0.01F / (1 + std::abs(a - b)), phase);
    }
    c[c.size() / 2] = {0.1F, 0};
  }
  return data;
}

/// As docs/store-format.md says it, written down independently of the imaging module.
Image<float> image_of(const SampleRow& row, const std::vector<std::complex<float>>& series, const Shapes& s) {
  Image<float> image(s.width, s.height);
  const double t = row.rotation_deg * std::numbers::pi / 180;
  for (int iy = 0; iy < s.height; ++iy)
    for (int ix = 0; ix < s.width; ++ix) {
      const double dx = (ix + 0.5) * row.pixel_x_A - row.field_x_A / 2;
      const double dy = (iy + 0.5) * row.pixel_y_A - row.field_y_A / 2;
      const double x = row.origin_x_A + std::cos(t) * dx + std::sin(t) * dy;
      const double y = row.origin_y_A - std::sin(t) * dx + std::cos(t) * dy;
      std::complex<double> sum = 0;
      for (int i = 0; i < s.series_x; ++i)
        for (int j = 0; j < s.series_y; ++j) {
          const double turns = (i - s.series_x / 2) * x / lx + (j - s.series_y / 2) * y / ly;
          sum += std::complex<double>(series[static_cast<std::size_t>(i * s.series_y + j)]) *
                 std::polar(1.0, 2 * std::numbers::pi * turns);
        }
      image.at(ix, iy) = static_cast<float>(sum.real());
    }
  if (std::isfinite(row.electrons_per_pixel))
    for (auto& value : image.data)
      value = static_cast<float>(std::round(value * row.electrons_per_pixel) / row.electrons_per_pixel);
  return image;
}

SampleData sample(std::int64_t id, const Shapes& s) {
  const SampleRow row = sample_row(id);
  const ExposureData series = exposure(row.exposure, s);
  SampleData data;
  for (const auto& one : series.series) data.images.push_back(image_of(row, one, s));
  data.mask = Image<std::uint8_t>(s.width, s.height);
  const auto label = static_cast<std::uint8_t>(1 + id % 2);
  data.mask.at(10, 7) = label;
  data.atoms = {{3.5F, 4.5F, 6, 0, 42, 0}, {10, 7, 4.4F, 1, 0, label}, {20.25F, 11, 7.6F, 2, 16, 0}};
  return data;
}

void write(const std::string& path) {
  const Header h = header();
  std::vector<SampleRow> samples;
  for (std::int64_t i = 0; i < sample_count; ++i) samples.push_back(sample_row(i));
  std::vector<ExposureRow> exposures;
  std::vector<SimulationRow> simulations;
  for (std::int64_t i = 0; i < 2; ++i) {
    exposures.push_back({i, i == 0 ? 25.0 : 0.0, 40, lx, ly});
    simulations.push_back({Hasher().add("simulation").add(i).digest().hex(), i == 0 ? "MoS2-H #0" : "WSe2-H #0", lx, ly,
                           256, 222, 0, 4, i, 1});
  }
  create(path, h, samples, exposures, simulations);
  Writer writer(path);
  for (std::int64_t i = 0; i < 2; ++i)
    writer.write_exposure(i, simulations[static_cast<std::size_t>(i)].key, 1, exposure(i, h.shapes));
  for (std::int64_t i = 0; i + 1 < sample_count; ++i)  // The last one is left empty, as in a campaign that still runs.
    writer.write_sample(i, samples[static_cast<std::size_t>(i)].key, 1, sample(i, h.shapes));
  writer.mark_bad(5);
  writer.sync();
  writer.close();
}

}  // namespace

int main(int argc, char** argv) {
  const mpi::Session session(argc, argv);
  try {
    write(argc > 1 ? argv[1] : "store.h5");
  } catch (const Error& e) {
    std::cerr << e.what() << "\n";
    return 3;
  }
  return 0;
}

#pragma once
// A small store with content that follows from the number of the sample.

#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "twinmill/base/hash.hpp"
#include "twinmill/store/store.hpp"

namespace twinmill::store::testing {

inline std::string key_of(const std::string& kind, std::int64_t id) {
  return Hasher().add(kind).add(id).digest().hex();
}

struct SmallStore {
  Header header;
  std::vector<SampleRow> samples;
  std::vector<ExposureRow> exposures;
  std::vector<SimulationRow> simulations;

  explicit SmallStore(std::int64_t sample_count = 6) {
    header.shapes = {.samples = sample_count,
                     .exposures = 3,
                     .simulations = 2,
                     .detectors = 2,
                     .width = 12,
                     .height = 10,
                     .max_atoms = 7,
                     .series_x = 5,
                     .series_y = 3};
    header.campaign_name = "small";
    header.campaign_toml = "[campaign]\nname = \"small\"  # ä\n";
    header.plan_key = key_of("plan", 0);
    header.detectors = {"haadf", "bf"};
    header.detector_inner_mrad = {50, 0};
    header.detector_outer_mrad = {200, 12.5};
    header.classes = {"lattice", "anion_vacancy"};
    header.acquisition = {{"drift", "jitter", "contamination", "gain", "dark"}, 1, -2, 0.1, 0.5, 7, 0.3, 0.02, 1.5};
    for (std::int64_t i = 0; i < sample_count; ++i) samples.push_back(sample_row(i));
    for (int i = 0; i < 3; ++i)
      exposures.push_back({.simulation = i % 2, .rotation_deg = 15.0 * i, .defocus_A = -40, .lx_A = 12.5, .ly_A = 11});
    for (int i = 0; i < 2; ++i)
      simulations.push_back({.key = key_of("simulation", i),
                             .structure = "MoS2-H anion_vacancy #" + std::to_string(i),
                             .lx_A = 12.5,
                             .ly_A = 11,
                             .grid_x = 250,
                             .grid_y = 224,
                             .first_sample = 3 * i,
                             .sample_count = 3,
                             .first_exposure = i,
                             .exposure_count = 2 - i});
  }

  static SampleRow sample_row(std::int64_t i) {
    SampleRow row;
    row.key = key_of("sample", i);
    row.simulation = i % 2;
    row.exposure = i % 3;
    row.parent = i % 2 == 0 ? "MoS2-H" : "structures/a rather long name of a file.extxyz";
    row.formula = "MoS2";
    row.phase = "H";
    row.defect = "anion_vacancy";
    row.structure = static_cast<std::int32_t>(i);
    row.noise_replicate = static_cast<std::int32_t>(i % 2);
    row.split = i % 3 == 0 ? "test" : "train";
    row.rotation_deg = 15.0 * static_cast<double>(i);
    row.dose_e_per_A2 = i == 0 ? std::numeric_limits<double>::infinity() : 1e4;
    row.pixel_x_A = 0.125;
    row.pixel_y_A = 0.11;
    row.origin_y_A = 1.5;
    row.seed = 0xfedcba9876543210U;
    return row;
  }

  void create(const std::filesystem::path& path) const { store::create(path, header, samples, exposures, simulations); }

  /// Content of sample `i`; another `variant` has other content.
  SampleData sample(std::int64_t i, int variant = 0) const {
    const Shapes& s = header.shapes;
    SampleData data;
    const auto value = static_cast<float>(i + 100 * variant);
    for (int d = 0; d < s.detectors; ++d) {
      Image<float> image(s.width, s.height);
      for (std::size_t p = 0; p < image.size(); ++p) image.data[p] = value + 0.001F * static_cast<float>(p) - d;
      data.images.push_back(image);
    }
    data.mask = Image<std::uint8_t>(s.width, s.height);
    data.mask.at(static_cast<int>(i) % s.width, 2) = 1;
    for (std::int64_t a = 0; a < i % (s.max_atoms + 1); ++a)
      data.atoms.push_back({.x_px = value,
                            .y_px = static_cast<float>(a),
                            .z_A = 1.56F,
                            .site = static_cast<std::int32_t>(-a),
                            .z = 42,
                            .label = 1});
    return data;
  }

  ExposureData exposure(std::int64_t i) const {
    ExposureData data;
    for (int d = 0; d < header.shapes.detectors; ++d)
      for (auto& series = data.series.emplace_back(); series.size() < 15;)
        series.emplace_back(static_cast<float>(i) + static_cast<float>(series.size()), static_cast<float>(-d));
    return data;
  }
};

inline bool same(const SampleData& a, const SampleData& b) {
  return a.images == b.images && a.mask == b.mask && a.atoms == b.atoms;
}

}  // namespace twinmill::store::testing

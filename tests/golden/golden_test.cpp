// Images of independent multislice codes in double precision, at equal grids and slicing (tests/golden/README.md).
// A relative rms (rms of the difference over the mean) above 1e-4 is a failure.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "twinmill/base/files.hpp"
#include "twinmill/device/device.hpp"
#include "twinmill/imaging/simulate.hpp"

namespace twinmill::imaging {
namespace {

using nlohmann::json;

struct Case {
  specimen::Structure structure;
  Multislice multislice;
  Optics optics;
  std::vector<Detector> detectors;
  json images;
  json parameters;
};

Case read_case(const std::string& name) {
  const std::string folder = TWINMILL_TEST_DATA "/golden/";
  const json file = json::parse(read_text(folder + name + ".json"));
  const json& p = file["parameters"];
  Case c{.structure = specimen::read_structure(folder + name + ".extxyz"),
         .multislice = {.energy_kev = p["energy"].get<double>() / 1e3,
                        .grid = {p["gpts"][0], p["gpts"][1]},
                        .slice_thickness_A = p["dz"],
                        .scattering = scattering(p["param"].get<std::string>())},
         .optics = {.semiangle_mrad = p["semiangle"], .edge = ApertureEdge::hard, .aberrations = {}},
         .detectors = {},
         .images = file["images"],
         .parameters = p};
  for (const auto& [key, value] : p.items()) {
    if ((key.starts_with("C") && key.size() == 3) || key.starts_with("phi"))
      c.optics.aberrations.push_back({key, value});
  }
  if (p.contains("detectors")) {
    for (const auto& [key, range] : p["detectors"].items()) c.detectors.push_back({key, range[0], range[1]});
  }
  return c;
}

double relative_rms(const std::vector<double>& image, const json& reference) {
  const auto values = reference["values"].get<std::vector<double>>();
  EXPECT_EQ(image.size(), values.size());
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) sum += (image[i] - values[i]) * (image[i] - values[i]);
  return std::sqrt(sum / static_cast<double>(values.size())) / reference["mean"].get<double>();
}

void expect_reference(const Case& c) {
  const ScatteringMatrix matrix(c.structure, c.multislice, c.optics, c.detectors);
  const auto series = matrix.series(c.optics);
  ASSERT_FALSE(c.detectors.empty());
  for (std::size_t d = 0; d < c.detectors.size(); ++d) {
    const auto image = series[d].on_cell(c.parameters["scan"][0], c.parameters["scan"][1]);
    std::vector<double> x_first;
    for (int i = 0; i < image.width; ++i)
      for (int j = 0; j < image.height; ++j) x_first.push_back(image.at(i, j));
    const double error = relative_rms(x_first, c.images[c.detectors[d].name]);
    EXPECT_LT(error, 1e-4) << c.detectors[d].name;
    ::testing::Test::RecordProperty("relative_rms_" + c.detectors[d].name, std::to_string(error));
  }
}

class Stem : public ::testing::TestWithParam<const char*> {};

TEST_P(Stem, EveryDetectorAgreesToOneInTenThousand) { expect_reference(read_case(GetParam())); }

TEST_P(Stem, AgreesOnADeviceToo) {
  Case c = read_case(GetParam());
  const auto device = device::open_device({.kind = device::Choice::Kind::torch_cpu});
  c.multislice.device = device.get();
  expect_reference(c);
}

INSTANTIATE_TEST_SUITE_P(Reference, Stem,
                         ::testing::Values("mos2_vacancy", "ptse2_kirkland", "si110_thick", "wse2_detectors"),
                         [](const auto& test) { return std::string(test.param); });

TEST(Hrtem, AgreesToOneInTenThousand) {
  const Case c = read_case("mos2_hrtem");
  const ExitWave wave = hrtem(c.structure, c.multislice, c.optics);
  const int step = c.images["image"]["step"];
  std::vector<double> sampled;
  for (int ix = 0; ix < wave.grid[0]; ix += step)
    for (int iy = 0; iy < wave.grid[1]; iy += step)
      sampled.push_back(wave.image[static_cast<std::size_t>(ix * wave.grid[1] + iy)]);
  EXPECT_LT(relative_rms(sampled, c.images["image"]), 1e-4);
}

}  // namespace
}  // namespace twinmill::imaging

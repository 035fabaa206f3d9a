#include "conditions.hpp"

#include <array>
#include <cctype>
#include <cmath>

#include "twinmill/base/error.hpp"
#include "twinmill/specimen/structure.hpp"

namespace twinmill::train {
namespace {

constexpr std::array<const char*, 10> of_sample = {"metal_z", "anion_z",  "anion_part", "energy",  "semiangle",
                                                   "defocus", "log_dose", "no_noise",   "pixel_x", "pixel_y"};

struct Composition {
  double metal_z = 0, anion_z = 0, anion_part = 0;
};

/// "MoS2": Mo is the metal, all that follows are the anions.
Composition composition(const std::string& formula) {
  Composition result;
  double metals = 0, anions = 0, anion_sum = 0;
  std::size_t at = 0;
  const auto take = [&](const auto& wanted) {
    const std::size_t first = at;
    while (at < formula.size() && wanted(static_cast<unsigned char>(formula[at]))) ++at;
    return formula.substr(first, at - first);
  };
  while (at < formula.size()) {
    std::string element(1, formula[at++]);
    element += take([](unsigned char c) { return std::islower(c) != 0; });
    const std::string digits = take([](unsigned char c) { return std::isdigit(c) != 0; });
    const int z = specimen::atomic_number(element);
    if (z == 0) return {};
    const double count = digits.empty() ? 1 : std::stod(digits);
    if (metals == 0) {
      result.metal_z = z;
      metals = count;
    } else {
      anions += count;
      anion_sum += count * z;
    }
  }
  if (anions > 0) {
    result.anion_z = anion_sum / anions;
    result.anion_part = anions / (metals + anions);
  }
  return result;
}

}  // namespace

std::vector<std::string> condition_names(const store::Header& header) {
  std::vector<std::string> names(of_sample.begin(), of_sample.end());
  for (const auto& detector : header.detectors) {
    names.push_back(cat(detector, "_inner"));
    names.push_back(cat(detector, "_outer"));
  }
  return names;
}

std::vector<float> condition_values(const store::Header& header, const store::SampleRow& row) {
  const Composition c = composition(row.formula);
  const bool noisy = std::isfinite(row.dose_e_per_A2) && row.dose_e_per_A2 > 0;
  std::vector<double> values = {c.metal_z / 100,
                                c.anion_z / 100,
                                c.anion_part,
                                row.energy_kev / 100,
                                row.semiangle_mrad / 30,
                                row.defocus_A / 100,
                                noisy ? std::log10(row.dose_e_per_A2) / 5 : 0,
                                noisy ? 0.0 : 1.0,
                                row.pixel_x_A / 0.2,
                                row.pixel_y_A / 0.2};
  ensure(values.size() == of_sample.size(), "every number has its name");
  for (std::size_t i = 0; i < header.detectors.size(); ++i) {
    values.push_back(header.detector_inner_mrad.at(i) / 100);
    values.push_back(header.detector_outer_mrad.at(i) / 100);
  }
  return {values.begin(), values.end()};
}

}  // namespace twinmill::train

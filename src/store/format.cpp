#include "format.hpp"

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "twinmill/base/error.hpp"

namespace twinmill::store {
namespace {

constexpr const char* stages_attribute = "acquisition_stages";
constexpr std::array<std::pair<const char*, double Acquisition::*>, 8> acquisition_numbers = {
    {{"acquisition_drift_x_A", &Acquisition::drift_x_A},
     {"acquisition_drift_y_A", &Acquisition::drift_y_A},
     {"acquisition_jitter_A", &Acquisition::jitter_A},
     {"acquisition_contamination", &Acquisition::contamination},
     {"acquisition_contamination_length_A", &Acquisition::contamination_length_A},
     {"acquisition_gain_spread", &Acquisition::gain_spread},
     {"acquisition_gain_error", &Acquisition::gain_error},
     {"acquisition_dark_electrons", &Acquisition::dark_electrons}}};

}  // namespace

void check_format(const h5::File& file, const std::string& path) {
  if (!file.has_attribute("/", "format") || !file.has_attribute("/", "format_version") ||
      file.text("/", "format") != format_name)
    throw Error(Fault::input, cat(path, " is no twinmill store (it is another kind of HDF5 file)"));
  const auto found = file.integer("/", "format_version");
  if (found != format_version)
    throw Error(Fault::input,
                cat("the store ", path, " has format version ", found, " (this program reads version ", format_version,
                    "). ", found > format_version ? "A newer" : "An older", " twinmill?"));
}

Shapes read_shapes(const h5::File& file, const std::string& path) {
  const auto shape_of = [&](const char* name, std::size_t dimensions) {
    if (!file.has(name))
      throw Error(Fault::input, cat("the store ", path, " is damaged (it lacks the dataset ", name, ")"));
    auto shape = file.dataset(name).shape();
    if (shape.size() != dimensions)
      throw Error(Fault::input, cat("the store ", path, " is damaged (its dataset ", name, " has ", shape.size(),
                                    " dimensions instead of ", dimensions, ")"));
    return shape;
  };
  const auto image = shape_of(names::sample_image, 4);
  const auto atoms = shape_of(names::sample_atoms, 2);
  const auto series = shape_of(names::exposure_series, 4);
  Shapes s;
  s.samples = static_cast<std::int64_t>(image[0]);
  s.detectors = static_cast<int>(image[1]);
  s.height = static_cast<int>(image[2]);
  s.width = static_cast<int>(image[3]);
  s.max_atoms = static_cast<int>(atoms[1]);
  s.exposures = static_cast<std::int64_t>(series[0]);
  s.series_x = static_cast<int>(series[2]);
  s.series_y = static_cast<int>(series[3]);
  s.simulations = static_cast<std::int64_t>(shape_of(names::simulation_table, 1)[0]);

  const std::vector<std::uint64_t> samples = {image[0]}, exposures = {series[0]};
  if (shape_of(names::sample_mask, 3) != std::vector{image[0], image[2], image[3]} || atoms[0] != image[0] ||
      shape_of(names::sample_table, 1) != samples || shape_of(names::sample_slot, 1) != samples ||
      shape_of(names::exposure_table, 1) != exposures || shape_of(names::exposure_slot, 1) != exposures)
    throw Error(Fault::input, cat("the store ", path, " is damaged (its datasets do not fit each other)"));
  return s;
}

void write_acquisition(h5::File& file, const Acquisition& acquisition) {
  file.set_texts("/", stages_attribute, acquisition.stages);
  for (const auto& [name, number] : acquisition_numbers) file.set_number("/", name, acquisition.*number);
}

Acquisition read_acquisition(const h5::File& file) {
  Acquisition acquisition;
  if (!file.has_attribute("/", stages_attribute)) return acquisition;
  acquisition.stages = file.texts("/", stages_attribute);
  for (const auto& [name, number] : acquisition_numbers) acquisition.*number = file.number("/", name);
  return acquisition;
}

}  // namespace twinmill::store

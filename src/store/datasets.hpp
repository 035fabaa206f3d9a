#pragma once
// Every dataset of a store that is open, checked to be of the types that this program reads and writes.

#include <string>

#include "table.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/h5/h5.hpp"
#include "twinmill/store/layout.hpp"

namespace twinmill::store {

/// Throws Error(input) unless the dataset's elements are of `type`.
inline h5::Dataset typed(const h5::File& file, const char* name, const h5::Type& type) {
  auto dataset = file.dataset(name);
  if (!dataset.type().same_as(type))
    throw Error(Fault::input,
                cat("the dataset ", name, " is not of this store format (its elements are of another type)"));
  return dataset;
}

/// Declare it after its h5::File: HDF5 wants datasets closed first.
struct Datasets {
  explicit Datasets(const h5::File& file)
      : image(typed(file, names::sample_image, h5::Type::f32())),
        mask(typed(file, names::sample_mask, h5::Type::u8())),
        atoms(typed(file, names::sample_atoms, fixed_codec<AtomRow>().type())),
        series(typed(file, names::exposure_series, h5::Type::complex64())),
        sample_slots(file, names::sample_slot),
        exposure_slots(file, names::exposure_slot),
        samples(file, names::sample_table),
        exposures(file, names::exposure_table),
        simulations(file, names::simulation_table) {}

  h5::Dataset image, mask, atoms, series;
  Table<SlotRow> sample_slots, exposure_slots;
  Table<SampleRow> samples;
  Table<ExposureRow> exposures;
  Table<SimulationRow> simulations;
};

}  // namespace twinmill::store

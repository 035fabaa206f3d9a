#include "slot_writer.hpp"

#include <algorithm>
#include <utility>

#include "checksum.hpp"
#include "format.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/hash.hpp"

namespace twinmill::store {

namespace {

/// A slot that others may take for done is empty while its content changes. The same content once more (of a late
/// attempt) changes nothing: what was acknowledged stays done at every moment.
void invalidate(Table<SlotRow>& slots, std::int64_t id, std::uint64_t new_checksum) {
  const SlotRow old = slots.row(id);
  const bool same = old.state == static_cast<std::uint8_t>(SlotState::done) && old.checksum == new_checksum;
  if (!same && old != SlotRow{}) slots.write(id, SlotRow{});
}

Datasets& open(std::optional<Datasets>& data) {
  ensure(data.has_value(), "a closed store was written to");
  return *data;
}

}  // namespace

h5::File open_slots(const std::filesystem::path& path) {
  h5::File file = h5::File::open_to_write(path, h5::Driver::mpi_self);
  check_format(file, path.string());
  return file;
}

SlotWriter::SlotWriter(const std::filesystem::path& path, h5::File file)
    : path_(path), shapes_(read_shapes(file, path.string())), file_(std::move(file)) {
  data_.emplace(file_);
}

SlotRow SlotWriter::write_sample(std::int64_t id, std::string_view key, std::uint32_t attempt, const SampleData& data) {
  auto& s = open(data_);
  const Shapes& shape = shapes_;
  const auto fits = [&](const auto& image) {
    return image.width == shape.width && image.height == shape.height &&
           image.data.size() == static_cast<std::size_t>(shape.width) * static_cast<std::size_t>(shape.height);
  };
  ensure(id >= 0 && id < shape.samples, "a sample has no slot in the store");
  ensure(std::cmp_equal(data.images.size(), shape.detectors) && std::ranges::all_of(data.images, fits) &&
             fits(data.mask) && std::cmp_less_equal(data.atoms.size(), shape.max_atoms),
         "a sample does not fit its slot in the store");
  ensure(s.samples.row(id).key == key, "a sample was about to be written to the slot of another one");

  const SlotRow slot{static_cast<std::uint8_t>(SlotState::done), attempt, static_cast<std::uint32_t>(data.atoms.size()),
                     checksum(key, data)};
  invalidate(s.sample_slots, id, slot.checksum);
  const std::uint64_t row = index(id), width = extent(shape.width), height = extent(shape.height);
  for (std::uint64_t d = 0; d < data.images.size(); ++d)
    s.image.write({{row, d, 0, 0}, {1, 1, height, width}}, bytes_of(data.images[d].data));
  s.mask.write({{row, 0, 0}, {1, height, width}}, bytes_of(data.mask.data));
  s.atoms.write({{row, 0}, {1, data.atoms.size()}}, atom_bytes(data.atoms));
  s.sample_slots.write(id, slot);
  return slot;
}

SlotRow SlotWriter::write_exposure(std::int64_t id, std::string_view simulation_key, std::uint32_t attempt,
                                   const ExposureData& data) {
  auto& s = open(data_);
  const Shapes& shape = shapes_;
  const std::uint64_t nx = extent(shape.series_x), ny = extent(shape.series_y);
  ensure(id >= 0 && id < shape.exposures, "an exposure has no slot in the store");
  ensure(std::cmp_equal(data.series.size(), shape.detectors) &&
             std::ranges::all_of(data.series, [&](const auto& series) { return series.size() == nx * ny; }),
         "an exposure does not fit its slot in the store");
  ensure(s.simulations.row(s.exposures.row(id).simulation).key == simulation_key,
         "an exposure was about to be written to the slot of another one");

  const SlotRow slot{static_cast<std::uint8_t>(SlotState::done), attempt, 0, checksum(simulation_key, data)};
  invalidate(s.exposure_slots, id, slot.checksum);
  for (std::uint64_t d = 0; d < data.series.size(); ++d)
    s.series.write({{index(id), d, 0, 0}, {1, 1, nx, ny}}, bytes_of(data.series[d]));
  s.exposure_slots.write(id, slot);
  return slot;
}

namespace {

void mark(Table<SlotRow>& slots, std::int64_t id) {
  SlotRow slot = slots.row(id);
  slot.state = static_cast<std::uint8_t>(SlotState::bad);
  slots.write(id, slot);
}

}  // namespace

void SlotWriter::mark_bad(std::int64_t sample) {
  ensure(sample >= 0 && sample < shapes_.samples, "a sample has no slot in the store");
  mark(open(data_).sample_slots, sample);
}

void SlotWriter::mark_bad_exposure(std::int64_t exposure) {
  ensure(exposure >= 0 && exposure < shapes_.exposures, "an exposure has no slot in the store");
  mark(open(data_).exposure_slots, exposure);
}

void SlotWriter::sync() { sync_file(path_); }

void SlotWriter::close() {
  data_.reset();
  file_.close();
}

}  // namespace twinmill::store

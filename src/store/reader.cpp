#include <algorithm>
#include <optional>
#include <utility>

#include "checksum.hpp"
#include "datasets.hpp"
#include "format.hpp"
#include "shards.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/hash.hpp"
#include "twinmill/store/store.hpp"

namespace twinmill::store {
namespace fs = std::filesystem;
namespace {

template <class Range>
std::span<std::byte> room_of(Range& range) {
  return std::as_writable_bytes(std::span(range.data(), range.size()));
}

h5::File open(const fs::path& path) {
  std::error_code ec;
  if (!fs::exists(path, ec))
    throw Error(Fault::input, cat("cannot open the store ", path.string(), " (there is no such file)"));
  if (!h5::is_hdf5(path))
    throw Error(Fault::input, cat(path.string(), " is no twinmill store (it is no readable HDF5 file)"));
  try {
    return h5::File::open_to_read(path);
  } catch (const Error& e) {
    throw Error(Fault::input, cat("the store ", path.string(), " is damaged (", e.what(), "). Copied completely?"));
  }
}

// HDF5 reads zeros where a shard is missing.
void check_shards(const h5::File& file, const fs::path& path) {
  for (const ShardRow& shard : read_shards(file)) {
    if (!h5::is_hdf5(shard_path(path, shard.file)))
      throw Error(Fault::input, cat("the store ", path.string(), " is damaged (its shard ", shard.file,
                                    " beside it is missing or no readable HDF5 file). Copied completely?"));
  }
}

Header read_header(const h5::File& file, const std::string& path) {
  Header h;
  h.shapes = read_shapes(file, path);
  h.campaign_name = file.text("/", "campaign_name");
  h.campaign_toml = file.text("/", "campaign_toml");
  h.plan_key = file.text("/", "plan_key");
  h.physics = file.integer("/", "physics_version");
  h.detectors = file.texts("/", "detectors");
  h.detector_inner_mrad = file.numbers("/", "detector_inner_mrad");
  h.detector_outer_mrad = file.numbers("/", "detector_outer_mrad");
  h.classes = file.texts("/", "classes");
  h.acquisition = read_acquisition(file);
  return h;
}

}  // namespace

struct Reader::State {
  Header header;
  h5::File file;
  std::optional<Datasets> data;

  void check_sample(std::int64_t id) const {
    ensure(id >= 0 && id < header.shapes.samples, "a sample that is not in the store was asked for");
  }
};

Reader::Reader(const fs::path& path) : state_(std::make_unique<State>()) {
  state_->file = open(path);
  try {
    check_format(state_->file, path.string());
    check_shards(state_->file, path);
    state_->header = read_header(state_->file, path.string());
    state_->data.emplace(state_->file);
  } catch (const Error& e) {
    // Whatever HDF5 says of it: here it is the file that the user gave.
    throw Error(Fault::input, e.what());
  }
}

Reader::~Reader() = default;
Reader::Reader(Reader&&) noexcept = default;

const Header& Reader::header() const { return state_->header; }
std::vector<SampleRow> Reader::samples() const { return state_->data->samples.rows(); }
std::vector<SampleRow> Reader::samples(std::int64_t first, std::int64_t count) const {
  ensure(first >= 0 && count >= 0 && first + count <= state_->header.shapes.samples,
         "samples that are not in the store were asked for");
  return state_->data->samples.rows(index(first), index(count));
}
std::vector<ExposureRow> Reader::exposures() const { return state_->data->exposures.rows(); }
std::vector<SimulationRow> Reader::simulations() const { return state_->data->simulations.rows(); }
std::vector<ShardRow> Reader::shards() const { return read_shards(state_->file); }
int Reader::split_draws() const {
  if (!state_->file.has(names::sample_splits)) return 1;
  return static_cast<int>(state_->file.dataset(names::sample_splits).shape().at(1));
}

std::vector<std::uint8_t> Reader::splits(int draw) const {
  ensure(draw >= 1 && draw <= split_draws(), "a draw of the split that is not in the store was asked for");
  const auto count = index(state_->header.shapes.samples);
  std::vector<std::uint8_t> splits(count);
  if (state_->file.has(names::sample_splits)) {
    typed(state_->file, names::sample_splits, h5::Type::u8())
        .read({{0, extent(draw - 1)}, {count, 1}}, room_of(splits));
    return splits;
  }
  std::size_t i = 0;
  for (const auto& row : samples())
    splits[i++] = static_cast<std::uint8_t>(std::ranges::find(split_names, row.split) - split_names.begin());
  return splits;
}

SimulationRow Reader::simulation(std::int64_t id) const {
  ensure(id >= 0 && id < state_->header.shapes.simulations, "a simulation that is not in the store was asked for");
  return state_->data->simulations.row(id);
}
std::vector<SlotRow> Reader::sample_slots() const { return state_->data->sample_slots.rows(); }
SlotRow Reader::sample_slot(std::int64_t id) const {
  state_->check_sample(id);
  return state_->data->sample_slots.row(id);
}
std::vector<SlotRow> Reader::exposure_slots() const { return state_->data->exposure_slots.rows(); }

SampleData Reader::sample(std::int64_t id) const {
  SampleData data;
  for (int d = 0; d < state_->header.shapes.detectors; ++d) data.images.push_back(image(id, d));
  data.mask = mask(id);
  data.atoms = atoms(id);
  return data;
}

std::vector<AtomRow> Reader::atoms(std::int64_t id) const {
  const State& s = *state_;
  s.check_sample(id);
  const SlotRow slot = s.data->sample_slots.row(id);
  if (std::cmp_greater(slot.atoms, s.header.shapes.max_atoms))
    throw Error(Fault::system, cat("sample ", id, " of the store is damaged (its slot counts ", slot.atoms, " atoms)"));
  std::vector<std::byte> bytes(slot.atoms * fixed_codec<AtomRow>().row_bytes());
  s.data->atoms.read({{index(id), 0}, {1, slot.atoms}}, bytes);
  return atoms_of(bytes);
}

Image<float> Reader::image(std::int64_t id, int detector) const {
  const State& s = *state_;
  s.check_sample(id);
  const Shapes& shape = s.header.shapes;
  ensure(detector >= 0 && detector < shape.detectors, "a detector that is not in the store was asked for");
  Image<float> image(shape.width, shape.height);
  s.data->image.read({{index(id), extent(detector), 0, 0}, {1, 1, extent(shape.height), extent(shape.width)}},
                     room_of(image.data));
  return image;
}

Image<std::uint8_t> Reader::mask(std::int64_t id) const {
  const State& s = *state_;
  s.check_sample(id);
  Image<std::uint8_t> mask(s.header.shapes.width, s.header.shapes.height);
  s.data->mask.read_rows(index(id), room_of(mask.data));
  return mask;
}

ExposureData Reader::exposure(std::int64_t id) const {
  const State& s = *state_;
  const Shapes& shape = s.header.shapes;
  ensure(id >= 0 && id < shape.exposures, "an exposure that is not in the store was asked for");
  const std::uint64_t nx = extent(shape.series_x), ny = extent(shape.series_y);
  ExposureData data;
  for (int d = 0; d < shape.detectors; ++d) {
    auto& series = data.series.emplace_back(nx * ny);
    s.data->series.read({{index(id), extent(d), 0, 0}, {1, 1, nx, ny}}, room_of(series));
  }
  return data;
}

}  // namespace twinmill::store

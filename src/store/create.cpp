#include <algorithm>
#include <functional>
#include <tuple>
#include <utility>

#include "create.hpp"
#include "format.hpp"
#include "shards.hpp"
#include "table.hpp"
#include "twinmill/base/clock.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/version.hpp"
#include "twinmill/store/store.hpp"

namespace twinmill::store {
namespace fs = std::filesystem;
namespace {

// Datasets begin at a multiple of the usual stripe of parallel file systems.
constexpr std::uint64_t stripe = 1 << 20;
using Extents = std::vector<std::uint64_t>;

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

/// Bytes of all slots and, roughly, of tables and headers. A double: an absurd plan must not wrap around.
double bytes_needed(const Header& header) {
  const Shapes& s = header.shapes;
  const double pixels = double(s.width) * s.height;
  const double slot = static_cast<double>(fixed_codec<SlotRow>().row_bytes());
  const double atom = static_cast<double>(fixed_codec<AtomRow>().row_bytes());
  const double sample = pixels * (4.0 * s.detectors + 1.0) + atom * s.max_atoms + slot + 400;
  const double exposure = 8.0 * s.detectors * s.series_x * s.series_y + slot + 40;
  return double(s.samples) * (sample + double(header.further_splits.size())) + double(s.exposures) * exposure +
         double(s.simulations) * 200 + 10.0 * stripe;
}

/// Bytes of the tables alone.
double table_bytes(const Header& header) {
  const Shapes& s = header.shapes;
  return 400.0 * double(s.samples) + 40.0 * double(s.exposures) + 200.0 * double(s.simulations) + 4.0 * stripe;
}

void check_arguments(const Header& h, std::size_t samples, std::size_t exposures, std::size_t simulations) {
  const Shapes& s = h.shapes;
  ensure(std::cmp_equal(s.samples, samples) && std::cmp_equal(s.exposures, exposures) &&
             std::cmp_equal(s.simulations, simulations),
         "the tables of a new store do not fit its shapes");
  ensure(s.width > 0 && s.height > 0 && s.max_atoms >= 0 && s.series_x % 2 == 1 && s.series_y % 2 == 1 &&
             s.series_x > 0 && s.series_y > 0 && std::cmp_equal(s.detectors, h.detectors.size()) && s.detectors > 0,
         "the shapes of a new store are not valid");
  ensure(h.detector_inner_mrad.size() == h.detectors.size() && h.detector_outer_mrad.size() == h.detectors.size(),
         "the detectors of a new store are not complete");
}

void describe(h5::File& file, const char* dataset, const std::string& axes, const std::string& units) {
  file.set_text(dataset, "axes", axes);
  file.set_text(dataset, "units", units);
}

template <class Row>
std::vector<std::string> units() {
  std::vector<std::string> all;
  for (const auto& column : columns<Row>()) all.emplace_back(column.unit);
  return all;
}

template <class Row>
void write_table(h5::File& file, const char* name, const char* axes, std::span<const Row> rows) {
  const auto codec = RowCodec<Row>::for_rows(rows);
  auto table = file.create_dataset(name, codec.type(), {rows.size()});
  file.set_text(name, "axes", axes);
  file.set_texts(name, "column_units", units<Row>());
  for (std::size_t first = 0; first < rows.size(); first += rows_at_once)
    table.write_rows(first,
                     codec.encode(rows.subspan(first, std::min<std::size_t>(rows_at_once, rows.size() - first))));
}

void describe_slots(h5::File& file, const char* name, const char* axes) {
  file.set_text(name, "axes", axes);
  file.set_texts(name, "column_units", units<SlotRow>());
  file.set_texts(name, "states", {"empty", "done", "bad"});
}

void create_slots(h5::File& file, const char* name, const char* axes, std::size_t count) {
  const auto& codec = fixed_codec<SlotRow>();
  auto table = file.create_dataset(name, codec.type(), {count});
  describe_slots(file, name, axes);
  const std::vector<SlotRow> empty(std::min<std::size_t>(rows_at_once, count));
  for (std::size_t first = 0; first < count; first += rows_at_once)
    table.write_rows(first, codec.encode(std::span(empty).first(std::min<std::size_t>(rows_at_once, count - first))));
}

void write_header(h5::File& file, const Header& h) {
  file.set_text("/", "format", format_name);
  file.set_integer("/", "format_version", format_version);
  file.set_text("/", "program_version", std::string(version()));
  file.set_text("/", "program_commit", std::string(commit()));
  file.set_integer("/", "physics_version", h.physics);
  file.set_text("/", "created_utc", utc_text(unix_seconds()));
  file.set_text("/", "campaign_name", h.campaign_name);
  file.set_text("/", "campaign_toml", h.campaign_toml);
  file.set_text("/", "plan_key", h.plan_key);
  file.set_texts("/", "detectors", h.detectors);
  file.set_numbers("/", "detector_inner_mrad", h.detector_inner_mrad);
  file.set_numbers("/", "detector_outer_mrad", h.detector_outer_mrad);
  file.set_texts("/", "classes", h.classes);
  write_acquisition(file, h.acquisition);
}

/// `make`: File::create_dataset or what stands for it.
template <class Make>
void create_content(h5::File& file, const Shapes& s, const Make& make) {
  const std::uint64_t n = index(s.samples), detectors = extent(s.detectors);
  const std::uint64_t width = extent(s.width), height = extent(s.height);
  std::invoke(make, file, names::sample_image, h5::Type::f32(), Extents{n, detectors, height, width});
  describe(file, names::sample_image, "sample,detector,y,x", "fraction of the beam");
  std::invoke(make, file, names::sample_mask, h5::Type::u8(), Extents{n, height, width});
  describe(file, names::sample_mask, "sample,y,x", "class");
  std::invoke(make, file, names::sample_atoms, fixed_codec<AtomRow>().type(), Extents{n, extent(s.max_atoms)});
  file.set_text(names::sample_atoms, "axes", "sample,atom");
  file.set_texts(names::sample_atoms, "column_units", units<AtomRow>());
  std::invoke(make, file, names::exposure_series, h5::Type::complex64(),
              Extents{index(s.exposures), detectors, extent(s.series_x), extent(s.series_y)});
  describe(file, names::exposure_series, "exposure,detector,hx,hy", "fraction of the beam");
}

/// What a store is made of: all of it, or the part that is in one shard.
struct Content {
  Header header;
  std::span<const SampleRow> samples;
  std::span<const ExposureRow> exposures;
  std::span<const SimulationRow> simulations;
};

/// All draws of the split, when there are more than that of the table.
void write_splits(h5::File& file, const Content& content) {
  const auto& further = content.header.further_splits;
  if (further.empty()) return;
  const std::size_t draws = further.size() + 1, samples = content.samples.size();
  std::vector<std::uint8_t> numbers(samples * draws);
  for (std::size_t i = 0; i < samples; ++i) {
    const auto found = std::ranges::find(split_names, content.samples[i].split);
    ensure(found != split_names.end(), "a sample of a new store has no split");
    numbers[i * draws] = static_cast<std::uint8_t>(found - split_names.begin());
    for (std::size_t draw = 1; draw < draws; ++draw) numbers[i * draws + draw] = further[draw - 1].at(i);
  }
  auto dataset = file.create_dataset(names::sample_splits, h5::Type::u8(), {samples, draws});
  describe(file, names::sample_splits, "sample,draw", "split");
  file.set_texts(names::sample_splits, "splits", split_names);
  dataset.write_rows(0, std::as_bytes(std::span(numbers)));
}

void write_tables(h5::File& file, const Content& content) {
  for (const char* group : {"/samples", "/exposures", "/simulations"}) file.create_group(group);
  write_table(file, names::sample_table, "sample", content.samples);
  write_table(file, names::exposure_table, "exposure", content.exposures);
  write_table(file, names::simulation_table, "simulation", content.simulations);
  write_splits(file, content);
}

/// Header, tables, empty slots and room for the content.
template <class Make>
void fill(h5::File& file, const Content& content, const Make& make) {
  write_header(file, content.header);
  write_tables(file, content);
  create_slots(file, names::sample_slot, "sample", content.samples.size());
  create_slots(file, names::exposure_slot, "exposure", content.exposures.size());
  create_content(file, content.header.shapes, make);
}
void fill(h5::File& file, const Content& content) { fill(file, content, &h5::File::create_dataset); }

/// One image, mask or series a piece, or as many as make `least` bytes.
Extents piece_of(const Extents& shape, std::size_t element_bytes) {
  constexpr std::uint64_t least = 1 << 16;
  Extents piece = shape;
  piece[0] = 1;
  if (piece.size() == 4) piece[1] = 1;
  std::uint64_t bytes = element_bytes;
  for (const auto n : piece) bytes *= n;
  piece[0] =
      std::clamp<std::uint64_t>(least / std::max<std::uint64_t>(bytes, 1), 1, std::max<std::uint64_t>(shape[0], 1));
  return piece;
}

/// Header and tables; slots and content are those of the shards.
void fill_master(h5::File& file, const Content& content, std::span<const ShardRow> shards) {
  write_header(file, content.header);
  write_tables(file, content);
  file.create_group("/shards");
  write_table(file, names::shard_table, "shard", shards);
  const auto parts = [&](const std::string& name) {
    std::vector<h5::Part> all;
    for (const ShardRow& shard : shards)
      all.push_back({shard.file, index(name.starts_with("/samples") ? shard.sample_count : shard.exposure_count)});
    return all;
  };
  const auto make = [&](h5::File& to, const std::string& name, const h5::Type& type,
                        const std::vector<std::uint64_t>& shape) {
    return to.create_virtual_dataset(name, type, shape, parts(name));
  };
  for (const auto& [name, axes, count] : {std::tuple(names::sample_slot, "sample", content.samples.size()),
                                          std::tuple(names::exposure_slot, "exposure", content.exposures.size())}) {
    make(file, name, fixed_codec<SlotRow>().type(), {count});
    describe_slots(file, name, axes);
  }
  create_content(file, content.header.shapes, make);
}

/// Complete, on the disk, under the name `path` + ".new".
template <class Fill>
FreshFile make_file(const fs::path& path, double needed, const Fill& fill_it) {
  std::error_code ec;
  FreshFile fresh(path.string() + ".new");
  fs::remove(fresh.path(), ec);       // What a killed creation left must not count as taken.
  take_blocks(fresh.path(), needed);  // A quota shows before anything is written; creating the file frees them again.
  auto file = h5::File::create(fresh.path(), {.driver = h5::Driver::posix, .alignment = stripe});
  try {
    fill_it(file);
    file.close();
  } catch (...) {
    // HDF5 writes once more when it closes the file, and crashes later when it cannot: make room for that.
    fs::resize_file(fresh.path(), 0, ec);
    throw;
  }
  take_blocks(fresh.path(), static_cast<double>(fs::file_size(fresh.path(), ec)));
  sync_file(fresh.path());
  return fresh;
}

/// The rows of one shard, in its own numbers.
struct ShardRows {
  std::vector<SampleRow> samples;
  std::vector<ExposureRow> exposures;
  std::vector<SimulationRow> simulations;

  ShardRows(const Content& all, const ShardRow& shard) {
    const auto rows = [](auto span, std::int64_t first, std::int64_t count) {
      const auto part = span.subspan(index(first), index(count));
      return std::vector(part.begin(), part.end());
    };
    const auto inside = [&](std::int64_t simulation) {
      ensure(simulation >= 0 && simulation < shard.simulation_count,
             "a sample or an exposure of a store in shards is not beside its simulation");
    };
    samples = rows(all.samples, shard.first_sample, shard.sample_count);
    exposures = rows(all.exposures, shard.first_exposure, shard.exposure_count);
    simulations = rows(all.simulations, shard.first_simulation, shard.simulation_count);
    for (auto& row : samples) {
      inside(row.simulation -= shard.first_simulation);
      row.exposure -= shard.first_exposure;
    }
    for (auto& row : exposures) inside(row.simulation -= shard.first_simulation);
    for (auto& row : simulations) {
      row.first_sample -= shard.first_sample;
      row.first_exposure -= shard.first_exposure;
    }
  }
};

FreshFile make_shard(const fs::path& path, const Content& all, const ShardRow& shard) {
  const ShardRows rows(all, shard);
  Content content{all.header, rows.samples, rows.exposures, rows.simulations};
  Shapes& shapes = content.header.shapes;
  shapes.samples = shard.sample_count;
  shapes.exposures = shard.exposure_count;
  shapes.simulations = shard.simulation_count;
  content.header.further_splits.clear();  // The store beside it has them.
  return make_file(shard_path(path, shard.file), bytes_needed(content.header),
                   [&](h5::File& file) { fill(file, content); });
}

/// Shards of a creation that was killed before its store had a name: no file refers to them.
void remove_leftovers(const fs::path& path) {
  std::error_code ec;
  for (std::size_t i = 0; fs::remove(shard_path(path, shard_name(path, i)), ec); ++i) {
  }
}

void create_in_shards(const fs::path& path, const Content& content, const CreateOptions& options) {
  const fs::path named =
      options.shard_stem.empty() ? path : path.parent_path() / (options.shard_stem + path.extension().string());
  const auto shards = cut_into_shards(named, content.simulations, options.shards);
  remove_leftovers(named);
  std::vector<FreshFile> fresh;
  for (const ShardRow& shard : shards) fresh.push_back(make_shard(path, content, shard));
  for (std::size_t i = 0; i < shards.size(); ++i) fresh[i].move_to(shard_path(path, shards[i].file));
  FreshFile master =
      make_file(path, table_bytes(content.header), [&](h5::File& file) { fill_master(file, content, shards); });
  sync_folder(folder_of(path));  // The shards have their names before the store has its own.
  master.move_to(path);
  master.keep();
  for (FreshFile& one : fresh) one.keep();
}

}  // namespace

FreshFile create_compressed(const fs::path& path, const Header& header, std::span<const SampleRow> samples,
                            std::span<const ExposureRow> exposures, std::span<const SimulationRow> simulations,
                            int level) {
  check_arguments(header, samples.size(), exposures.size(), simulations.size());
  const auto make = [&](h5::File& to, const std::string& name, const h5::Type& type, const Extents& shape) {
    return to.create_compressed_dataset(name, type, shape, {.chunk = piece_of(shape, type.size()), .level = level});
  };
  return make_file(path, table_bytes(header), [&](h5::File& to) {
    fill(to, Content{header, samples, exposures, simulations}, make);
  });
}

void create(const fs::path& path, const Header& header, std::span<const SampleRow> samples,
            std::span<const ExposureRow> exposures, std::span<const SimulationRow> simulations,
            const CreateOptions& options) {
  check_arguments(header, samples.size(), exposures.size(), simulations.size());
  ensure(options.shards >= 1, "a store was to have no shard");
  std::error_code ec;
  if (fs::exists(path, ec))
    throw Error(Fault::input, cat("the store ", path.string(), " exists (it would be overwritten). Resume?"));
  const Content content{header, samples, exposures, simulations};
  fs::remove(path.string() + ".new", ec);
  check_room(path, bytes_needed(header));
  if (options.shards > 1 && simulations.size() > 1) {
    create_in_shards(path, content, options);
  } else {
    FreshFile file = make_file(path, bytes_needed(header), [&](h5::File& to) { fill(to, content); });
    file.move_to(path);
    file.keep();
  }
  sync_folder(folder_of(path));
}

}  // namespace twinmill::store

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "format.hpp"
#include "table.hpp"
#include "twinmill/base/clock.hpp"
#include "twinmill/base/descriptor.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/base/version.hpp"
#include "twinmill/store/store.hpp"

namespace twinmill::store {
namespace fs = std::filesystem;
namespace {

// Datasets begin at a multiple of the usual stripe of parallel file systems.
constexpr std::uint64_t stripe = 1 << 20;

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

/// Bytes of all slots and, roughly, of tables and headers. A double: an absurd plan must not wrap around.
double bytes_needed(const Header& header) {
  const Shapes& s = header.shapes;
  const double pixels = double(s.width) * s.height;
  const double slot = static_cast<double>(fixed_codec<SlotRow>().row_bytes());
  const double atom = static_cast<double>(fixed_codec<AtomRow>().row_bytes());
  const double sample = pixels * (4.0 * s.detectors + 1.0) + atom * s.max_atoms + slot + 400;
  const double exposure = 8.0 * s.detectors * s.series_x * s.series_y + slot + 40;
  return double(s.samples) * sample + double(s.exposures) * exposure + double(s.simulations) * 200 + 10.0 * stripe;
}

void check_room(const fs::path& path, double needed) {
  const auto free = static_cast<double>(free_bytes(path));
  if (needed > free)
    throw Error(Fault::system, cat("the store ", path.string(), " needs ", bytes_text(needed), " (only ",
                                   bytes_text(free), " are free there). Another disk, or a smaller campaign?"));
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

void write_empty_slots(h5::File& file, const char* name, const char* axes, std::size_t count) {
  const auto& codec = fixed_codec<SlotRow>();
  auto table = file.create_dataset(name, codec.type(), {count});
  file.set_text(name, "axes", axes);
  file.set_texts(name, "column_units", units<SlotRow>());
  file.set_texts(name, "states", {"empty", "done", "bad"});
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

void create_content(h5::File& file, const Shapes& s) {
  const std::uint64_t n = index(s.samples), detectors = extent(s.detectors);
  const std::uint64_t width = extent(s.width), height = extent(s.height);
  file.create_dataset(names::sample_image, h5::Type::f32(), {n, detectors, height, width});
  describe(file, names::sample_image, "sample,detector,y,x", "fraction of the beam");
  file.create_dataset(names::sample_mask, h5::Type::u8(), {n, height, width});
  describe(file, names::sample_mask, "sample,y,x", "class");
  file.create_dataset(names::sample_atoms, fixed_codec<AtomRow>().type(), {n, extent(s.max_atoms)});
  file.set_text(names::sample_atoms, "axes", "sample,atom");
  file.set_texts(names::sample_atoms, "column_units", units<AtomRow>());
  file.create_dataset(names::exposure_series, h5::Type::complex64(),
                      {index(s.exposures), detectors, extent(s.series_x), extent(s.series_y)});
  describe(file, names::exposure_series, "exposure,detector,hx,hy", "fraction of the beam");
}

[[noreturn]] void no_room(const fs::path& path, double bytes, int code) {
  throw Error(Fault::system, cat("the store ", path.string(), " cannot get its ", bytes_text(bytes), " (",
                                 std::strerror(code), "). Another disk, or a smaller campaign?"));
}

/// Takes the blocks of a whole file now, so that a full disk is met here and not in the middle of the night.
void take_blocks(const fs::path& path, double bytes) {
  const Descriptor fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (!fd) throw Error(Fault::system, cat("creating ", path.string(), " failed (", std::strerror(errno), ")"));
  int result = 0;
  // Not posix_fallocate: where the file system has no such call, it writes to every block.
  do result = ::fallocate(fd.get(), 0, 0, static_cast<off_t>(bytes));
  while (result != 0 && errno == EINTR);
  if (result == 0 || errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL) return;
  no_room(path, bytes, errno);
}

/// The file until it is complete; removed when it does not get there.
class Fresh {
 public:
  explicit Fresh(fs::path path) : path_(std::move(path)) {}
  ~Fresh() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove(path_, ignored);
  }
  Fresh(const Fresh&) = delete;
  Fresh& operator=(const Fresh&) = delete;
  const fs::path& path() const { return path_; }
  void move_to(const fs::path& path) {
    std::error_code ec;
    fs::rename(path_, path, ec);
    if (ec) throw Error(Fault::system, cat("renaming ", path_.string(), " failed (", ec.message(), ")"));
    path_.clear();
  }

 private:
  fs::path path_;
};

void fill(h5::File& file, const Header& header, std::span<const SampleRow> samples,
          std::span<const ExposureRow> exposures, std::span<const SimulationRow> simulations) {
  write_header(file, header);
  for (const char* group : {"/samples", "/exposures", "/simulations"}) file.create_group(group);
  write_table(file, names::sample_table, "sample", samples);
  write_empty_slots(file, names::sample_slot, "sample", samples.size());
  write_table(file, names::exposure_table, "exposure", exposures);
  write_empty_slots(file, names::exposure_slot, "exposure", exposures.size());
  write_table(file, names::simulation_table, "simulation", simulations);
  create_content(file, header.shapes);
  file.close();
}

}  // namespace

void create(const fs::path& path, const Header& header, std::span<const SampleRow> samples,
            std::span<const ExposureRow> exposures, std::span<const SimulationRow> simulations) {
  check_arguments(header, samples.size(), exposures.size(), simulations.size());
  std::error_code ec;
  if (fs::exists(path, ec))
    throw Error(Fault::input, cat("the store ", path.string(), " exists (it would be overwritten). Resume?"));
  const double needed = bytes_needed(header);
  Fresh fresh(path.string() + ".new");
  fs::remove(fresh.path(), ec);  // What a killed creation left must not count as taken.
  check_room(path, needed);

  take_blocks(fresh.path(), needed);  // A quota shows before anything is written; creating the file frees them again.
  auto file = h5::File::create(fresh.path(), {.driver = h5::Driver::posix, .alignment = stripe});
  try {
    fill(file, header, samples, exposures, simulations);
  } catch (...) {
    // HDF5 writes once more when it closes the file, and crashes later when it cannot: make room for that.
    fs::resize_file(fresh.path(), 0, ec);
    throw;
  }
  take_blocks(fresh.path(), static_cast<double>(fs::file_size(fresh.path(), ec)));
  sync_file(fresh.path());
  fresh.move_to(path);
  sync_folder(folder_of(path));
}

}  // namespace twinmill::store

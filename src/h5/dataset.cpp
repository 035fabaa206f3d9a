#include <algorithm>
#include <functional>
#include <numeric>

#include "call.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::h5 {
namespace {

// One MPI-IO call counts bytes in an int; larger transfers go in pieces.
constexpr std::size_t piece = std::size_t{1} << 30;

std::uint64_t product(const std::vector<std::uint64_t>& counts, std::uint64_t start) {
  return std::accumulate(counts.begin(), counts.end(), start, std::multiplies<>());
}

struct Selection {
  Space file, memory;
};

Selection select(hid_t dataset, const Slab& slab, const std::string& what) {
  Selection s;
  s.file = Space(check(H5Dget_space(dataset), what));
  check(H5Sselect_hyperslab(s.file.get(), H5S_SELECT_SET, reinterpret_cast<const hsize_t*>(slab.start.data()), nullptr,
                            reinterpret_cast<const hsize_t*>(slab.count.data()), nullptr),
        what);
  const hsize_t elements = product(slab.count, 1);
  s.memory = Space(check(H5Screate_simple(1, &elements, nullptr), what));
  return s;
}

}  // namespace

Dataset::Dataset(DatasetHandle handle, std::string name) : handle_(std::move(handle)), name_(std::move(name)) {
  const std::string what = cat("opening the dataset ", name_);
  const Space space(check(H5Dget_space(handle_.get()), what));
  const int rank = check(H5Sget_simple_extent_ndims(space.get()), what);
  std::vector<hsize_t> shape(static_cast<std::size_t>(rank));
  check(H5Sget_simple_extent_dims(space.get(), shape.data(), nullptr), what);
  shape_.assign(shape.begin(), shape.end());
  // Once: HDF5 copies a compound member by member, which for a table of many columns takes longer than a row.
  type_ = TypeHandle(check(H5Dget_type(handle_.get()), "reading a type"));
  element_bytes_ = type().size();
  if (!shape_.empty()) row_bytes_ = product({shape_.begin() + 1, shape_.end()}, element_bytes_);
}

Type Dataset::type() const { return Type(TypeHandle(check(H5Tcopy(type_.get()), "reading a type"))); }

std::uint64_t Dataset::file_offset() const {
  const haddr_t place = H5Dget_offset(handle_.get());
  if (place == HADDR_UNDEF) fail(cat("finding the place of the dataset ", name_));
  return place;
}

void Dataset::write(const Slab& slab, std::span<const std::byte> bytes) {
  ensure(slab.start.size() == shape_.size() && slab.count.size() == shape_.size() &&
             product(slab.count, element_bytes_) == bytes.size() && bytes.size() <= 2 * piece - 1,
         "a block to write does not fit its dataset");
  if (bytes.empty()) return;
  const std::string what = cat("writing to the dataset ", name_);
  const auto selection = select(handle_.get(), slab, what);
  check_transfer(
      [&] {
        return H5Dwrite(handle_.get(), type_.get(), selection.memory.get(), selection.file.get(), H5P_DEFAULT,
                        bytes.data());
      },
      what);
}

void Dataset::read(const Slab& slab, std::span<std::byte> bytes) const {
  ensure(slab.start.size() == shape_.size() && slab.count.size() == shape_.size() &&
             product(slab.count, element_bytes_) == bytes.size() && bytes.size() <= 2 * piece - 1,
         "a block to read does not fit its dataset");
  if (bytes.empty()) return;
  const std::string what = cat("reading from the dataset ", name_);
  const auto selection = select(handle_.get(), slab, what);
  check_transfer(
      [&] {
        return H5Dread(handle_.get(), type_.get(), selection.memory.get(), selection.file.get(), H5P_DEFAULT,
                       bytes.data());
      },
      what);
}

std::uint64_t Dataset::rows_in(std::size_t bytes) const {
  ensure(row_bytes_ > 0 ? bytes % row_bytes_ == 0 : bytes == 0, "a block is not made of whole rows of its dataset");
  return row_bytes_ > 0 ? bytes / row_bytes_ : 0;
}

void Dataset::write_rows(std::uint64_t first, std::span<const std::byte> bytes) {
  const std::uint64_t rows = rows_in(bytes.size());
  const std::uint64_t step = rows == 0 ? 1 : std::max<std::uint64_t>(1, piece / row_bytes_);
  Slab slab{std::vector<std::uint64_t>(shape_.size(), 0), shape_};
  for (std::uint64_t row = 0; row < rows; row += step) {
    slab.start[0] = first + row;
    slab.count[0] = std::min(step, rows - row);
    write(slab, bytes.subspan(row * row_bytes_, slab.count[0] * row_bytes_));
  }
}

void Dataset::read_rows(std::uint64_t first, std::span<std::byte> bytes) const {
  const std::uint64_t rows = rows_in(bytes.size());
  const std::uint64_t step = rows == 0 ? 1 : std::max<std::uint64_t>(1, piece / row_bytes_);
  Slab slab{std::vector<std::uint64_t>(shape_.size(), 0), shape_};
  for (std::uint64_t row = 0; row < rows; row += step) {
    slab.start[0] = first + row;
    slab.count[0] = std::min(step, rows - row);
    read(slab, bytes.subspan(row * row_bytes_, slab.count[0] * row_bytes_));
  }
}

}  // namespace twinmill::h5

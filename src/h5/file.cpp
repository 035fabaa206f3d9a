#include <algorithm>
#include <vector>

#include "call.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::h5 {
namespace fs = std::filesystem;
namespace {

Properties access(Driver driver) {
  silence();
  Properties properties(check(H5Pcreate(H5P_FILE_ACCESS), "preparing a file"));
  const hid_t id = properties.get();
  switch (driver) {
    case Driver::mpi_self:
#ifdef TWINMILL_WITHOUT_MPI  // Then plain files serve; the format is the same.
      check(H5Pset_file_locking(id, 0, 1), "preparing a file");
#else
      check(H5Pset_fapl_mpio(id, MPI_COMM_SELF, MPI_INFO_NULL), "preparing a file");
#endif
      break;
    case Driver::posix:
      // Parallel file systems often have no locks, and a writer must never be kept out by a reader.
      check(H5Pset_file_locking(id, 0, 1), "preparing a file");
      // Without the sieve buffer a file that stays open shows what others have written to it meanwhile.
      check(H5Pset_sieve_buf_size(id, 0), "preparing a file");
      break;
  }
  // A dataset that outlives its file is a mistake: closing the file says so.
  check(H5Pset_fclose_degree(id, H5F_CLOSE_SEMI), "preparing a file");
  return properties;
}

}  // namespace

File File::create(const fs::path& path, const CreateOptions& options) {
  const Properties properties = access(options.driver);
  check(H5Pset_alignment(properties.get(), options.alignment, options.alignment), "preparing a file");
  return File(FileHandle(
      check(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, properties.get()), cat("creating ", path.string()))));
}

File File::open_to_read(const fs::path& path) {
  const Properties properties = access(Driver::posix);
  return File(
      FileHandle(check(H5Fopen(path.c_str(), H5F_ACC_RDONLY, properties.get()), cat("opening ", path.string()))));
}

File File::open_to_write(const fs::path& path, Driver driver) {
  const Properties properties = access(driver);
  return File(FileHandle(
      check(H5Fopen(path.c_str(), H5F_ACC_RDWR, properties.get()), cat("opening ", path.string(), " for writing"))));
}

bool File::has(const std::string& object) const {
  for (std::size_t end = object.find('/', 1);; end = object.find('/', end + 1)) {
    if (H5Lexists(handle_.get(), object.substr(0, end).c_str(), H5P_DEFAULT) <= 0) return false;
    if (end == std::string::npos) return true;
  }
}

void File::create_group(const std::string& name) {
  const Object group(check(H5Gcreate2(handle_.get(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                           cat("creating the group ", name)));
}

Dataset File::create_dataset(const std::string& name, const Type& type, const std::vector<std::uint64_t>& shape) {
  const std::string what = cat("creating the dataset ", name);
  const std::vector<hsize_t> dims(shape.begin(), shape.end());
  const Space space(check(H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr), what));
  const Properties properties(check(H5Pcreate(H5P_DATASET_CREATE), what));
  check(H5Pset_layout(properties.get(), H5D_CONTIGUOUS), what);
  check(H5Pset_alloc_time(properties.get(), H5D_ALLOC_TIME_EARLY), what);
  check(H5Pset_fill_time(properties.get(), H5D_FILL_TIME_NEVER), what);
  return Dataset(DatasetHandle(check(H5Dcreate2(handle_.get(), name.c_str(), type.id(), space.get(), H5P_DEFAULT,
                                                properties.get(), H5P_DEFAULT),
                                     what)),
                 name);
}

Dataset File::create_compressed_dataset(const std::string& name, const Type& type,
                                        const std::vector<std::uint64_t>& shape, const Compression& compression) {
  if (std::ranges::find(shape, 0U) != shape.end()) return create_dataset(name, type, shape);
  const std::string what = cat("creating the dataset ", name);
  const std::vector<hsize_t> dims(shape.begin(), shape.end());
  const std::vector<hsize_t> chunk(compression.chunk.begin(), compression.chunk.end());
  ensure(chunk.size() == dims.size(), "the pieces of a dataset have another number of dimensions");
  const Space space(check(H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr), what));
  const Properties properties(check(H5Pcreate(H5P_DATASET_CREATE), what));
  check(H5Pset_chunk(properties.get(), static_cast<int>(chunk.size()), chunk.data()), what);
  check(H5Pset_shuffle(properties.get()), what);
  check(H5Pset_deflate(properties.get(), static_cast<unsigned>(compression.level)), what);
  return Dataset(DatasetHandle(check(H5Dcreate2(handle_.get(), name.c_str(), type.id(), space.get(), H5P_DEFAULT,
                                                properties.get(), H5P_DEFAULT),
                                     what)),
                 name);
}

Dataset File::create_virtual_dataset(const std::string& name, const Type& type, const std::vector<std::uint64_t>& shape,
                                     const std::vector<Part>& parts) {
  if (std::ranges::find(shape, 0U) != shape.end()) return create_dataset(name, type, shape);
  const std::string what = cat("creating the virtual dataset ", name);
  const auto space_of = [&](const std::vector<hsize_t>& dims) {
    return Space(check(H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr), what));
  };
  std::vector<hsize_t> start(shape.size(), 0), count(shape.begin(), shape.end());
  const Space all = space_of(count);
  const Properties properties(check(H5Pcreate(H5P_DATASET_CREATE), what));
  for (const Part& part : parts) {
    count[0] = part.rows;
    const Space there = space_of(count);
    check(H5Sselect_hyperslab(all.get(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr), what);
    check(H5Pset_virtual(properties.get(), all.get(), part.file.c_str(), name.c_str(), there.get()), what);
    start[0] += part.rows;
  }
  ensure(start[0] == shape[0], "the parts of a virtual dataset do not make up its rows");
  check(H5Sselect_all(all.get()), what);
  return Dataset(DatasetHandle(check(H5Dcreate2(handle_.get(), name.c_str(), type.id(), all.get(), H5P_DEFAULT,
                                                properties.get(), H5P_DEFAULT),
                                     what)),
                 name);
}

Dataset File::dataset(const std::string& name) const {
  return Dataset(
      DatasetHandle(check(H5Dopen2(handle_.get(), name.c_str(), H5P_DEFAULT), cat("opening the dataset ", name))),
      name);
}

void File::flush() {
  check_transfer([&] { return H5Fflush(handle_.get(), H5F_SCOPE_GLOBAL); }, "flushing a file");
}

void File::close() {
  if (!handle_) return;
  flush();
  if (H5Fget_obj_count(handle_.get(), H5F_OBJ_ALL | H5F_OBJ_LOCAL) > 1)
    throw Error(Fault::system, "closing a file failed (a dataset of it is still open)");
  // What the system said is overwritten by the rest of the closing.
  if (!close_file(handle_.release())) fail("closing a file", 0, ". Is the disk full?");
}

bool is_hdf5(const fs::path& path) {
  silence();
  return H5Fis_hdf5(path.c_str()) > 0;
}

}  // namespace twinmill::h5

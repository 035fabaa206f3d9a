#pragma once
// HDF5 as the rest of the program sees it: files, datasets and attributes. Nothing outside spells an H5
// name. Memory and disk hold the same bytes (little-endian, packed), so nothing is converted on the way. HDF5 is not
// thread-safe: one thread of a process at a time. Every failure is Error(system) with HDF5's innermost reason.

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "twinmill/base/handle.hpp"

namespace twinmill::h5 {

/// What a handle of this module closes.
template <int Kind>
struct Closer {
  using type = std::int64_t;
  static type none() { return -1; }
  static void close(type id);
};
using FileHandle = Handle<Closer<0>>;
using DatasetHandle = Handle<Closer<1>>;
using TypeHandle = Handle<Closer<2>>;

struct Member;

/// Type of an element on disk and in memory.
class Type {
 public:
  static Type u8();
  static Type i32();
  static Type u32();
  static Type i64();
  static Type u64();
  static Type f32();
  static Type f64();
  static Type complex64();               ///< {r, i} of f32, which h5py and NumPy read as complex64.
  static Type text(std::size_t length);  ///< UTF-8, padded with zeros to `length` >= 1 bytes.
  /// Packed in the order of `members`; their offsets are ignored.
  static Type compound(const std::vector<Member>& members);

  std::size_t size() const;             ///< Bytes.
  bool is_text() const;                 ///< Of fixed length.
  std::vector<Member> members() const;  ///< Of a compound; empty otherwise.
  bool same_as(const Type& other) const;

  explicit Type(TypeHandle handle) : handle_(std::move(handle)) {}
  std::int64_t id() const { return handle_.get(); }

 private:
  TypeHandle handle_;
};

/// A named part of a compound.
struct Member {
  std::string name;
  std::size_t offset = 0;
  Type type;
};

/// A block of a dataset: first index and count along each dimension.
struct Slab {
  std::vector<std::uint64_t> start, count;
};

/// A dataset of fixed shape.
class Dataset {
 public:
  const std::vector<std::uint64_t>& shape() const { return shape_; }
  Type type() const;
  /// Bytes of one index along the first dimension.
  std::size_t row_bytes() const { return row_bytes_; }
  /// Place of the first element in the file, for tools that read or damage it directly. Error(system) for a dataset
  /// that is not contiguous.
  std::uint64_t file_offset() const;

  /// `bytes` holds the slab's elements in order; below 2 GiB (one MPI count).
  void write(const Slab& slab, std::span<const std::byte> bytes);
  void read(const Slab& slab, std::span<std::byte> bytes) const;
  /// Whole rows first .. first + n, where n follows from the length of `bytes`; of any length.
  void write_rows(std::uint64_t first, std::span<const std::byte> bytes);
  void read_rows(std::uint64_t first, std::span<std::byte> bytes) const;

  Dataset() = default;
  Dataset(DatasetHandle handle, std::string name);

 private:
  std::uint64_t rows_in(std::size_t bytes) const;

  DatasetHandle handle_;
  TypeHandle type_;
  std::string name_;
  std::vector<std::uint64_t> shape_;
  std::size_t element_bytes_ = 0, row_bytes_ = 0;
};

/// Rows of a virtual dataset: all those of the dataset of the same name in another file.
struct Part {
  std::string file;  ///< Looked for in the folder of the file with the virtual dataset.
  std::uint64_t rows = 0;
};

/// Pieces in which a dataset is stored, each compressed by itself: bytes of one place of all elements beside each other
/// (shuffle), then deflate.
struct Compression {
  std::vector<std::uint64_t> chunk;  ///< Extents of a piece; at most those of the dataset.
  int level = 4;                     ///< Of deflate, 1 (fast) to 9 (small).
};

/// How a file is reached.
enum class Driver {
  posix,    ///< Plain file of one process. Without file locks: a reader never keeps a writer out.
  mpi_self  ///< MPI-IO of this process alone: every write goes to the file system at once. Needs an mpi::Session.
};

struct CreateOptions {
  Driver driver = Driver::posix;
  /// Datasets of at least this size start at a multiple of it.
  std::uint64_t alignment = 1;
};

class File {
 public:
  /// Truncates what is there.
  static File create(const std::filesystem::path& path, const CreateOptions& options = {});
  static File open_to_read(const std::filesystem::path& path);  ///< Driver::posix
  static File open_to_write(const std::filesystem::path& path, Driver driver);

  bool has(const std::string& object) const;  ///< "/a/b"; every group on the way is looked at.
  void create_group(const std::string& name);
  /// Allocated at once and never filled: what is not written is undefined.
  Dataset create_dataset(const std::string& name, const Type& type, const std::vector<std::uint64_t>& shape);
  /// Takes room as it is written; what is not written is zero. For Driver::posix alone. An empty one is as those of
  /// create_dataset().
  Dataset create_compressed_dataset(const std::string& name, const Type& type, const std::vector<std::uint64_t>& shape,
                                    const Compression& compression);
  /// A dataset whose rows lie in other files, one part after the other; the files need not be there yet. An empty one
  /// is none of this kind. HDF5 reads it with Driver::posix alone, and as zeros where a file is missing.
  Dataset create_virtual_dataset(const std::string& name, const Type& type, const std::vector<std::uint64_t>& shape,
                                 const std::vector<Part>& parts);
  Dataset dataset(const std::string& name) const;

  /// Attributes of a dataset, a group, or the file itself ("/"). Setting replaces nothing: a name is set once.
  void set_text(const std::string& object, const std::string& name, const std::string& value);
  void set_integer(const std::string& object, const std::string& name, std::int64_t value);
  void set_number(const std::string& object, const std::string& name, double value);
  void set_texts(const std::string& object, const std::string& name, const std::vector<std::string>& values);
  void set_numbers(const std::string& object, const std::string& name, const std::vector<double>& values);
  bool has_attribute(const std::string& object, const std::string& name) const;
  std::string text(const std::string& object, const std::string& name) const;
  std::int64_t integer(const std::string& object, const std::string& name) const;
  double number(const std::string& object, const std::string& name) const;
  std::vector<std::string> texts(const std::string& object, const std::string& name) const;
  std::vector<double> numbers(const std::string& object, const std::string& name) const;

  void flush();
  /// Throws when datasets of the file are still open, or when what was left to write cannot be written.
  void close();

  File() = default;
  explicit File(FileHandle handle) : handle_(std::move(handle)) {}

 private:
  FileHandle handle_;
};

/// Whether a file of this process could not be written and closed, as on a full disk. HDF5 1.10 then crashes when it is
/// ended, which MPI's end does as well: such a process must end without either (mpi::Communicator::abort).
bool is_stuck();

/// Whether the file begins like HDF5; false also when it cannot be read.
bool is_hdf5(const std::filesystem::path& path);

}  // namespace twinmill::h5

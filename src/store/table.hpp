#pragma once
// A dataset of rows.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "row_codec.hpp"
#include "twinmill/h5/h5.hpp"
#include "twinmill/store/layout.hpp"

namespace twinmill::store {

inline std::uint64_t index(std::int64_t id) { return static_cast<std::uint64_t>(id); }
inline std::uint64_t extent(int length) { return static_cast<std::uint64_t>(length); }

/// Rows encoded or decoded at a time: tables of any length need little memory beside the rows themselves.
inline constexpr std::uint64_t rows_at_once = 16384;

/// A table that exists. Throws Error(input) when its columns are not those of Row.
template <class Row>
class Table {
 public:
  Table(const h5::File& file, const char* name)
      : dataset_(file.dataset(name)), codec_(RowCodec<Row>::for_table(dataset_, name)) {}

  std::vector<Row> rows(std::uint64_t first, std::uint64_t count) const {
    std::vector<Row> all;
    all.reserve(count);
    std::vector<std::byte> bytes;
    for (std::uint64_t done = 0; done < count; done += rows_at_once) {
      bytes.resize(std::min(rows_at_once, count - done) * codec_.row_bytes());
      dataset_.read_rows(first + done, bytes);
      for (auto& row : codec_.decode(bytes)) all.push_back(std::move(row));
    }
    return all;
  }
  std::vector<Row> rows() const { return rows(0, dataset_.shape().front()); }
  Row row(std::int64_t id) const { return rows(index(id), 1).front(); }

  void write(std::int64_t id, const Row& row) { dataset_.write_rows(index(id), codec_.encode({&row, 1})); }

 private:
  h5::Dataset dataset_;
  RowCodec<Row> codec_;
};

/// A row without texts has the same size in every file.
template <class Row>
const RowCodec<Row>& fixed_codec() {
  static const RowCodec<Row> codec = RowCodec<Row>::for_rows({});
  return codec;
}

}  // namespace twinmill::store

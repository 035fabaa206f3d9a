#pragma once
// Rows of a table to bytes and back. Columns are found by name, so that a file may have more of them.

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

#include "columns.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/h5/h5.hpp"

namespace twinmill::store {

static_assert(std::endian::native == std::endian::little,
              "the store keeps memory's bytes, which must be little-endian");

template <class Value>
h5::Type disk_type(std::size_t text_length) {
  if constexpr (std::is_same_v<Value, std::string>) return h5::Type::text(text_length);
  if constexpr (std::is_same_v<Value, double>) return h5::Type::f64();
  if constexpr (std::is_same_v<Value, float>) return h5::Type::f32();
  if constexpr (std::is_same_v<Value, std::int64_t>) return h5::Type::i64();
  if constexpr (std::is_same_v<Value, std::uint64_t>) return h5::Type::u64();
  if constexpr (std::is_same_v<Value, std::int32_t>) return h5::Type::i32();
  if constexpr (std::is_same_v<Value, std::uint32_t>) return h5::Type::u32();
  if constexpr (std::is_same_v<Value, std::uint8_t>) return h5::Type::u8();
}

template <class Row>
class RowCodec {
 public:
  /// For a new table: texts get the length of the longest one in `rows`.
  static RowCodec for_rows(std::span<const Row> rows) {
    RowCodec codec;
    for (const auto& column : columns<Row>())
      std::visit([&](auto field) { codec.append(longest(rows, field)); }, column.field);
    return codec;
  }

  /// For a table in a file. Throws Error(input) when a column is missing or of another type.
  static RowCodec for_table(const h5::Dataset& table, const std::string& name) {
    RowCodec codec;
    const h5::Type type = table.type();
    const auto members = type.members();
    for (const auto& column : columns<Row>()) {
      const auto found =
          std::find_if(members.begin(), members.end(), [&](const auto& m) { return m.name == column.name; });
      if (found == members.end() || !fits(found->type, column))
        throw Error(Fault::input, cat("the table ", name, " is not of this store format (its column ", column.name,
                                      found == members.end() ? " is missing)" : " is of another type)"));
      codec.places_.push_back({found->offset, found->type.size()});
    }
    codec.row_bytes_ = type.size();
    return codec;
  }

  std::size_t row_bytes() const { return row_bytes_; }

  h5::Type type() const {
    std::vector<h5::Member> members;
    std::size_t i = 0;
    for (const auto& column : columns<Row>()) {
      const Place place = places_[i++];
      members.push_back({column.name, place.offset, type_of(column, place.size)});
    }
    return h5::Type::compound(members);
  }

  std::vector<std::byte> encode(std::span<const Row> rows) const {
    std::vector<std::byte> bytes(rows.size() * row_bytes_);
    std::byte* at = bytes.data();
    for (const auto& row : rows) {
      std::size_t i = 0;
      for (const auto& column : columns<Row>()) {
        const Place place = places_[i++];
        std::visit([&](auto field) { put(row.*field, at + place.offset, place.size); }, column.field);
      }
      at += row_bytes_;
    }
    return bytes;
  }

  std::vector<Row> decode(std::span<const std::byte> bytes) const {
    std::vector<Row> rows(row_bytes_ == 0 ? 0 : bytes.size() / row_bytes_);
    const std::byte* at = bytes.data();
    for (auto& row : rows) {
      std::size_t i = 0;
      for (const auto& column : columns<Row>()) {
        const Place place = places_[i++];
        std::visit([&](auto field) { get(at + place.offset, place.size, row.*field); }, column.field);
      }
      at += row_bytes_;
    }
    return rows;
  }

 private:
  struct Place {
    std::size_t offset = 0, size = 0;
  };

  void append(std::size_t size) {
    places_.push_back({row_bytes_, size});
    row_bytes_ += size;
  }

  template <class Value>
  static std::size_t longest(std::span<const Row> rows, Value Row::*field) {
    if constexpr (std::is_same_v<Value, std::string>) {
      std::size_t length = 1;  // HDF5 has no texts of length 0.
      for (const auto& row : rows) length = std::max(length, (row.*field).size());
      return length;
    } else {
      static_cast<void>(rows);
      static_cast<void>(field);
      return sizeof(Value);
    }
  }

  static h5::Type type_of(const Column<Row>& column, std::size_t text_length) {
    return std::visit([&]<class Value>(Value Row::*) { return disk_type<Value>(text_length); }, column.field);
  }

  static bool fits(const h5::Type& type, const Column<Row>& column) {
    if (std::holds_alternative<std::string Row::*>(column.field)) return type.is_text();
    return type.same_as(type_of(column, 0));
  }

  template <class Value>
  static void put(const Value& value, std::byte* at, std::size_t size) {
    if constexpr (std::is_same_v<Value, std::string>) {
      std::memcpy(at, value.data(), std::min(size, value.size()));
    } else {
      std::memcpy(at, &value, sizeof value);
    }
  }

  template <class Value>
  static void get(const std::byte* at, std::size_t size, Value& value) {
    if constexpr (std::is_same_v<Value, std::string>) {
      const char* const text = reinterpret_cast<const char*>(at);
      value.assign(text, std::find(text, text + size, '\0'));
    } else {
      std::memcpy(&value, at, sizeof value);
    }
  }

  std::vector<Place> places_;
  std::size_t row_bytes_ = 0;
};

}  // namespace twinmill::store

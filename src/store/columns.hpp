#pragma once
// The columns of every table, in the order they have on disk: one list drives the file's types, writing and reading.

#include <cstdint>
#include <span>
#include <string>
#include <variant>

#include "twinmill/store/layout.hpp"

namespace twinmill::store {

/// Which field of a row a column holds.
template <class Row>
using Field = std::variant<std::string Row::*, double Row::*, float Row::*, std::int64_t Row::*, std::uint64_t Row::*,
                           std::int32_t Row::*, std::uint32_t Row::*, std::uint8_t Row::*>;

template <class Row>
struct Column {
  const char* name;
  const char* unit;  ///< Empty: a number without unit, or a text.
  Field<Row> field;
};

template <class Row>
std::span<const Column<Row>> columns();
template <>
std::span<const Column<SampleRow>> columns();
template <>
std::span<const Column<SimulationRow>> columns();
template <>
std::span<const Column<ExposureRow>> columns();
template <>
std::span<const Column<AtomRow>> columns();
template <>
std::span<const Column<SlotRow>> columns();
template <>
std::span<const Column<ShardRow>> columns();

}  // namespace twinmill::store

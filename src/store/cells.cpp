#include "twinmill/store/cells.hpp"

#include <array>
#include <charconv>

#include "columns.hpp"

namespace twinmill::store {
namespace {

std::string text_of(const std::string& value) { return value; }

template <class Number>
std::string text_of(Number value) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  return {digits.data(), end};
}

template <class Row>
std::vector<Cell> cells_of(const Row& row) {
  std::vector<Cell> all;
  for (const auto& column : columns<Row>())
    all.push_back(
        {column.name, column.unit, std::visit([&](auto field) { return text_of(row.*field); }, column.field)});
  return all;
}

}  // namespace

std::vector<Cell> cells(const SampleRow& row) { return cells_of(row); }
std::vector<Cell> cells(const AtomRow& row) { return cells_of(row); }

}  // namespace twinmill::store

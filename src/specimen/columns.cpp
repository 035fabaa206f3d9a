#include "columns.hpp"

#include <algorithm>
#include <functional>
#include <map>

#include "periodic_images.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/specimen/view.hpp"

namespace twinmill::specimen {

Columns::Columns() : grid_(column_A + same_length) {}

std::size_t Columns::first_of(std::size_t member) const {
  while (parent_[member] != member) member = parent_[member] = parent_[parent_[member]];
  return member;
}

void Columns::add(std::array<double, 2> q, std::size_t atom) {
  const std::size_t member = atoms_.size();
  atoms_.push_back(atom);
  parent_.push_back(member);
  grid_.near(q, [&](std::size_t other) {
    const std::size_t a = first_of(other), b = first_of(member);
    parent_[std::max(a, b)] = std::min(a, b);
  });
  grid_.add(q, member);
}

std::vector<std::pair<std::size_t, int>> Columns::numbered() const {
  std::vector<std::pair<std::size_t, int>> all;
  int columns = 0;
  for (std::size_t i = 0; i < atoms_.size(); ++i) {
    const std::size_t first = first_of(i);
    all.emplace_back(atoms_[i], first == i ? columns++ : all[first].second);
  }
  return all;
}

std::vector<std::string> column_species(const std::vector<SeenSite>& seen) {
  std::vector<std::map<int, int, std::greater<>>> counts;
  for (const auto& site : seen) {
    if (site.column < 0) continue;
    const auto column = static_cast<std::size_t>(site.column);
    if (column >= counts.size()) counts.resize(column + 1);
    ++counts[column][site.z];
  }
  std::vector<std::string> names;
  for (const auto& column : counts) {
    std::string& name = names.emplace_back();
    for (const auto& [z, count] : column) name += count == 1 ? std::string(symbol(z)) : cat(symbol(z), count);
  }
  return names;
}

}  // namespace twinmill::specimen

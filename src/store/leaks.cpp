// What may never stand in two splits: what a network has seen, or a near-twin of it, is no test of it.

#include <algorithm>
#include <array>
#include <map>

#include "twinmill/base/error.hpp"
#include "twinmill/store/store.hpp"

namespace twinmill::store {
namespace {

/// The variant without the side, if it ends on one: the two sides of a sheet look alike.
std::string_view without_side(std::string_view variant) {
  constexpr std::array<std::string_view, 3> sides = {"top", "bottom", "both"};
  const auto space = variant.rfind(' ');
  const auto last = space == variant.npos ? variant : variant.substr(space + 1);
  if (std::ranges::find(sides, last) == sides.end()) return variant;
  return space == variant.npos ? std::string_view() : variant.substr(0, space);
}

/// Replicates and arrangements of one defect in one parent are near-twins (as when splits are dealt).
std::string family(const SampleRow& row) {
  const auto variant = without_side(row.variant);
  return cat(row.parent, ' ', row.defect, variant.empty() ? "" : " ", variant);
}

class Search {
 public:
  explicit Search(std::span<const std::string_view> splits) : splits_(splits) {}

  template <class Key>
  void add(std::map<Key, std::size_t>& first_of, const Key& key, std::size_t sample, const std::string& what) {
    const auto [found, is_new] = first_of.try_emplace(key, sample);
    if (is_new || splits_[found->second] == splits_[sample]) return;
    if (!leaks_.try_emplace(what, leak(what, found->second, sample)).second) return;
    order_.push_back(what);
  }

  std::vector<Leak> leaks() const {
    std::vector<Leak> list;
    for (const auto& what : order_) list.push_back(leaks_.at(what));
    return list;
  }

 private:
  Leak leak(const std::string& what, std::size_t a, std::size_t b) const {
    return {.what = what,
            .samples = {static_cast<std::int64_t>(a), static_cast<std::int64_t>(b)},
            .splits = {std::string(splits_[a]), std::string(splits_[b])}};
  }

  std::span<const std::string_view> splits_;
  std::map<std::string, Leak> leaks_;
  std::vector<std::string> order_;
};

}  // namespace

std::vector<Leak> find_leaks(std::span<const SampleRow> rows, std::span<const std::string_view> splits) {
  ensure(rows.size() == splits.size(), "every sample has a split or an empty one");
  Search search(splits);
  std::map<std::int32_t, std::size_t> structures;
  std::map<std::string, std::size_t> families;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (splits[i].empty()) continue;
    // A store that does not say what its samples show has only the numbers of its structures.
    if (rows[i].parent.empty()) {
      search.add(structures, rows[i].structure, i, cat("structure ", rows[i].structure));
    } else {
      search.add(families, family(rows[i]), i, family(rows[i]));
      search.add(structures, rows[i].structure, i, family(rows[i]));
    }
  }
  return search.leaks();
}

std::vector<Leak> find_leaks(const Reader& reader) {
  const auto rows = reader.samples();
  std::vector<std::string_view> splits;
  splits.reserve(rows.size());
  for (const auto& row : rows) splits.emplace_back(row.split);
  return find_leaks(rows, splits);
}

std::string text(const Leak& leak) {
  return cat(leak.what, " stands in two splits: sample ", leak.samples[0], " in ", leak.splits[0], ", sample ",
             leak.samples[1], " in ", leak.splits[1]);
}

}  // namespace twinmill::store

// Which samples are exported.
#include <algorithm>
#include <set>

#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/exports/exports.hpp"

namespace twinmill::exports {
namespace {

std::vector<std::string> parts_of(const std::string& defect) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; from <= defect.size();) {
    const auto to = std::min(defect.find('+', from), defect.size());
    parts.push_back(defect.substr(from, to - from));
    from = to + 1;
  }
  return parts;
}

/// Values of one column that a sample counts under.
template <class Values>
void check_known(const std::vector<std::string>& wanted, const char* option, const std::vector<store::SampleRow>& rows,
                 const Values& values) {
  if (wanted.empty()) return;
  std::set<std::string> known;
  for (const auto& row : rows) known.merge(values(row));
  const std::vector<std::string> list(known.begin(), known.end());
  for (const auto& word : wanted) {
    if (known.contains(word)) continue;
    const std::string near = nearest(word, list);
    throw Error(Fault::input, cat("--", option, " ", word, " (no sample of the store has it",
                                  near.empty() ? cat("; there are ", list_text(list), ")") : ")",
                                  near.empty() ? "" : cat(". Did you mean ", near, "?")));
  }
}

bool any_of(const std::vector<std::string>& wanted, const std::set<std::string>& values) {
  return wanted.empty() || std::ranges::any_of(wanted, [&](const auto& word) { return values.contains(word); });
}

}  // namespace

std::vector<std::int64_t> choose(const store::Reader& reader, const Filter& filter) {
  const auto rows = reader.samples();
  const auto slots = reader.sample_slots();
  const auto split = [](const store::SampleRow& row) { return std::set<std::string>{row.split}; };
  const auto parent = [](const store::SampleRow& row) { return std::set<std::string>{row.parent}; };
  const auto defect = [](const store::SampleRow& row) {
    const auto parts = parts_of(row.defect);
    std::set<std::string> values(parts.begin(), parts.end());
    values.insert(row.defect);
    return values;
  };
  check_known(filter.splits, "split", rows, split);
  check_known(filter.parents, "parent", rows, parent);
  check_known(filter.defects, "defect", rows, defect);
  std::int64_t done = 0;
  std::vector<std::int64_t> all;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (slots[i].state != static_cast<std::uint8_t>(store::SlotState::done)) continue;
    ++done;
    if (any_of(filter.splits, split(rows[i])) && any_of(filter.parents, parent(rows[i])) &&
        any_of(filter.defects, defect(rows[i])))
      all.push_back(static_cast<std::int64_t>(i));
  }
  if (all.empty())
    throw Error(Fault::input, done == 0 ? cat("there is nothing to export (none of ", count_text(std::ssize(rows)),
                                              " samples is done). Run the campaign first?")
                                        : cat("there is nothing to export (none of the ", count_text(done),
                                              " samples that are done is chosen). Fewer conditions?"));
  const std::int64_t count = std::ssize(all);
  if (filter.limit <= 0 || filter.limit >= count) return all;
  std::vector<std::int64_t> some;
  for (std::int64_t i = 0; i < filter.limit; ++i)
    some.push_back(all[static_cast<std::size_t>(i * count / filter.limit)]);
  return some;
}

}  // namespace twinmill::exports

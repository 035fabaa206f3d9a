#include "selection.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::train {
namespace {

constexpr std::array<std::string_view, 4> role_splits = {"", "train", "validation", "test"};
static_assert(role_splits.size() == static_cast<std::size_t>(Role::count_));

/// The names in a row's "a+b".
std::vector<std::string_view> words_of(std::string_view defect) {
  std::vector<std::string_view> words;
  for (auto end = defect.find('+'); end != defect.npos; end = defect.find('+')) {
    words.push_back(defect.substr(0, end));
    defect.remove_prefix(end + 1);
  }
  words.push_back(defect);
  return words;
}

/// The classes that a row says its sample shows; nothing when it does not say.
std::optional<std::vector<std::string_view>> classes_of(const store::SampleRow& row,
                                                        const std::vector<std::string>& known) {
  if (row.defect == "pristine") return std::vector<std::string_view>();
  auto words = words_of(row.defect);
  const bool all_known =
      std::ranges::all_of(words, [&](std::string_view word) { return std::ranges::find(known, word) != known.end(); });
  return all_known ? std::optional(std::move(words)) : std::nullopt;
}

}  // namespace

ClassMap::ClassMap(const store::Header& header, const Selection& selection) : numbers_(256, unseen) {
  if (header.classes.empty()) {
    throw Error(Fault::input, "the store names no classes (it has no masks to learn from). Simulate with labels?");
  }
  if (selection.classes.empty()) {
    names_ = header.classes;
    for (std::size_t c = 0; c < names_.size(); ++c) numbers_[c] = static_cast<std::uint8_t>(c);
    return;
  }
  Problems problems;
  names_ = {header.classes.front()};
  numbers_[0] = 0;
  for (const auto& name : selection.classes) {
    const auto found = std::find(header.classes.begin() + 1, header.classes.end(), name);
    if (found == header.classes.end()) {
      const auto near = nearest(name, header.classes);
      problems.add(cat("class ", name), cat("the store does not have it (it has ", list_text(header.classes), ")",
                                            near.empty() ? "" : cat(". Did you mean ", near, "?")));
    } else if (selects(name)) {
      problems.add(cat("class ", name), "is selected twice");
    } else {
      numbers_[static_cast<std::size_t>(found - header.classes.begin())] = static_cast<std::uint8_t>(names_.size());
      names_.push_back(name);
    }
  }
  problems.throw_if_any();
  complete_ = names_ == header.classes;
}

bool ClassMap::selects(std::string_view class_name) const {
  return std::find(names_.begin() + 1, names_.end(), class_name) != names_.end();
}

std::vector<std::string_view> splits_of(const std::vector<store::SampleRow>& rows, const Selection& selection) {
  std::vector<std::string_view> splits;
  splits.reserve(rows.size());
  if (selection.roles.empty()) {
    for (const auto& row : rows) splits.emplace_back(row.split);
    return splits;
  }
  if (selection.roles.size() != rows.size()) {
    throw Error(Fault::input, cat("the selection has roles of ", selection.roles.size(), " samples (the store has ",
                                  rows.size(), "). Was it made for another store?"));
  }
  for (const auto role : selection.roles) {
    if (role >= role_splits.size()) throw Error(Fault::bug, cat("a sample has the role ", static_cast<int>(role)));
    splits.push_back(role_splits[role]);
  }
  return splits;
}

bool shows(const store::SampleRow& row, std::string_view class_name) {
  const auto words = words_of(row.defect);
  return std::ranges::find(words, class_name) != words.end();
}

bool is_seen(const store::Reader& reader, const store::SampleRow& row, std::int64_t id, const ClassMap& classes) {
  if (classes.complete()) return true;
  if (const auto shown = classes_of(row, reader.header().classes)) {
    return std::ranges::all_of(*shown, [&](std::string_view name) { return classes.selects(name); });
  }
  const auto mask = reader.mask(id);
  return std::ranges::none_of(mask.data, [&](std::uint8_t label) { return classes.of(label) == ClassMap::unseen; });
}

TrainingSamples training_samples(const store::Reader& reader, const Selection& selection) {
  const ClassMap classes(reader.header(), selection);
  const auto rows = reader.samples();
  const auto slots = reader.sample_slots();
  const auto splits = splits_of(rows, selection);
  TrainingSamples samples;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool trains = splits[i] == "train";
    if (!trains && splits[i] != "validation") continue;
    const auto id = static_cast<std::int64_t>(i);
    if (slots[i].state != static_cast<std::uint8_t>(store::SlotState::done) || !is_seen(reader, rows[i], id, classes))
      continue;
    (trains ? samples.training : samples.validation).push_back(id);
  }
  return samples;
}

}  // namespace twinmill::train

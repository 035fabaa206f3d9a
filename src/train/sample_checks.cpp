#include "sample_checks.hpp"

#include <algorithm>

#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::train {
namespace {

constexpr std::size_t most_named = 5;

void check_leaks(const std::vector<store::SampleRow>& rows, const std::vector<std::string_view>& splits,
                 const std::string& path) {
  const auto leaks = store::find_leaks(rows, splits);
  if (leaks.empty()) return;
  std::string words;
  for (std::size_t i = 0; i < std::min(leaks.size(), most_named); ++i) {
    words += cat(i == 0 ? "" : "; ", store::text(leaks[i]));
  }
  if (leaks.size() > most_named) words += cat("; and ", leaks.size() - most_named, " more");
  throw Error(Fault::input, cat(path, " cannot be trained on (", words,
                                "). What a network has seen is no test of it: deal the splits anew?"));
}

bool is_planned(const std::vector<std::string_view>& splits, std::string_view split) {
  return std::ranges::find(splits, split) != splits.end();
}

}  // namespace

void check_samples(const store::Reader& reader, const Selection& selection, const SampleCounts& counts, int ranks,
                   const std::string& path) {
  const auto rows = reader.samples();
  const auto splits = splits_of(rows, selection);
  const std::string_view which = selection.classes.empty() ? "" : " of the selected classes";
  if (counts.training == 0) {
    throw Error(Fault::input,
                cat(path, " holds no finished sample to train on", which, " (split \"train\"). Simulate first?"));
  }
  if (counts.validation == 0 && is_planned(splits, "validation")) {
    throw Error(Fault::input, cat(path, " holds no finished sample", which,
                                  " in the split \"validation\" (although some were planned). Simulate first, or set "
                                  "split.validation to 0?"));
  }
  if (counts.training < ranks) {
    throw Error(Fault::input, cat("there are ", counts.training, " samples to train on for ", ranks,
                                  " ranks (each needs one at least). Start with --ranks ", counts.training, "?"));
  }
  check_leaks(rows, splits, path);
}

void check_classes(const store::Reader& reader, const Selection& selection, std::span<const std::int64_t> pixels) {
  const ClassMap classes(reader.header(), selection);
  if (std::ranges::all_of(pixels.subspan(1), [](std::int64_t n) { return n == 0; })) {
    throw Error(Fault::input, cat("no training sample shows a defect (the masks hold nothing but ", classes.names()[0],
                                  "). Simulate specimens with defects, or select other classes?"));
  }
  std::vector<std::string> expected = selection.classes;
  if (expected.empty()) {
    const auto rows = reader.samples();
    for (const auto& name : std::span(classes.names()).subspan(1)) {
      if (std::ranges::any_of(rows, [&](const auto& row) { return shows(row, name); })) expected.push_back(name);
    }
  }
  std::vector<std::string> missing;
  for (std::size_t c = 1; c < pixels.size(); ++c) {
    const auto& name = classes.names()[c];
    if (pixels[c] == 0 && std::ranges::find(expected, name) != expected.end()) missing.push_back(name);
  }
  if (missing.empty()) return;
  throw Error(Fault::input,
              cat("no training sample shows ", list_text(missing),
                  " (a class that was never seen cannot be told apart). Other splits, or fewer classes?"));
}

}  // namespace twinmill::train

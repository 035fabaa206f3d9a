#pragma once
// Enums that a user writes by name.

#include <string>
#include <string_view>
#include <vector>

#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::specimen {

/// The value whose name() is `text`. Throws Error(input) "`what` = text (the `plural` are ...). Did you mean ...?".
template <class Enum>
Enum by_name(std::string_view text, std::string_view what, std::string_view plural) {
  std::vector<std::string> known;
  for (int i = 0; i < static_cast<int>(Enum::count_); ++i) {
    const auto value = static_cast<Enum>(i);
    if (name(value) == text) return value;
    known.emplace_back(name(value));
  }
  const std::string likely = nearest(text, known);
  throw Error(Fault::input, cat(what, " = ", text, " (the ", plural, " are ", list_text(known), ")",
                                likely.empty() ? "" : cat(". Did you mean ", likely, "?")));
}

}  // namespace twinmill::specimen

#include "lines.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/specimen/structure.hpp"

namespace twinmill::specimen {

Lines::Lines(std::string_view text, std::string name) : name_(std::move(name)) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines_.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  while (!lines_.empty() && trim(lines_.back()).empty()) lines_.pop_back();
}

std::string_view Lines::at(std::size_t number) const {
  return number >= 1 && number <= lines_.size() ? lines_[number - 1] : std::string_view{};
}

std::string_view Lines::need(std::size_t number, std::string_view what) const {
  if (number > lines_.size()) fail(number, cat("the file ends (", what, " should follow). Is it cut short?"));
  return lines_[number - 1];
}

std::string Lines::place(std::size_t number) const { return cat(name_, ":", number); }

void Lines::fail(std::size_t number, const std::string& problem) const {
  throw Error(Fault::input, cat(place(number), ": ", problem));
}

double Lines::number(std::size_t line, std::string_view word, std::string_view what) const {
  const std::string where = cat(place(line), ": ", what);
  const double value = parse_double(word, where);
  if (!std::isfinite(value)) throw Error(Fault::input, cat(where, " = ", word, " (not finite)"));
  return value;
}

std::array<double, 3> Lines::triple(std::size_t line, const std::vector<std::string>& words, std::size_t first,
                                    std::string_view what) const {
  if (words.size() < first + 3)
    fail(line, cat(what, ": ", words.size() > first ? words.size() - first : 0, " numbers (three are needed)"));
  return {number(line, words[first], what), number(line, words[first + 1], what), number(line, words[first + 2], what)};
}

int Lines::element(std::size_t line, std::string_view symbol) const {
  const int z = atomic_number(symbol);
  if (z > 0) return z;
  const std::string likely = nearest(symbol, symbols());
  fail(line, cat("element = ", symbol, " (does not exist)", likely.empty() ? "" : cat(". Did you mean ", likely, "?")));
}

}  // namespace twinmill::specimen

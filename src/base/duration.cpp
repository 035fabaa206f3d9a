#include "twinmill/base/duration.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill {
namespace {

constexpr double minute_s = 60, hour_s = 3600, day_s = 86400;

// Digits, perhaps with a fraction: no sign, no exponent, no hexadecimal number.
std::optional<double> plain_number(std::string_view text) {
  const auto plain = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
  if (text.empty() || text == "." || !std::all_of(text.begin(), text.end(), plain)) return std::nullopt;
  if (std::count(text.begin(), text.end(), '.') > 1) return std::nullopt;
  return parse_double(text, "duration");
}

std::optional<double> whole_number(std::string_view text, double below) {
  const auto value = plain_number(text);
  return value && *value == std::floor(*value) && *value < below ? value : std::nullopt;
}

// "2:30:00", "1-12:00:00".
std::optional<double> with_colons(std::string_view text) {
  double seconds = 0, most_hours = std::numeric_limits<double>::infinity();
  if (const auto dash = text.find('-'); dash != std::string_view::npos) {
    const auto days = whole_number(text.substr(0, dash), most_hours);
    if (!days) return std::nullopt;
    seconds = *days * day_s;
    most_hours = 24;
    text.remove_prefix(dash + 1);
  }
  const auto first = text.find(':'), second = text.find(':', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) return std::nullopt;
  const auto hours = whole_number(text.substr(0, first), most_hours);
  const auto minutes = whole_number(text.substr(first + 1, second - first - 1), 60);
  const auto rest = whole_number(text.substr(second + 1), 60);
  if (!hours || !minutes || !rest) return std::nullopt;
  return seconds + *hours * hour_s + *minutes * minute_s + *rest;
}

// "2h", "1h30m": each unit once, the larger ones first.
std::optional<double> with_units(std::string_view text) {
  constexpr std::array<std::pair<char, double>, 4> units = {{{'d', day_s}, {'h', hour_s}, {'m', minute_s}, {'s', 1}}};
  double seconds = 0, last = std::numeric_limits<double>::infinity();
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    const auto end = text.find_first_of("dhms");
    if (end == std::string_view::npos) return std::nullopt;
    const auto unit = std::find_if(units.begin(), units.end(), [&](const auto& u) { return u.first == text[end]; });
    const auto value = plain_number(text.substr(0, end));
    if (!value || unit->second >= last) return std::nullopt;
    seconds += *value * unit->second;
    last = unit->second;
    text.remove_prefix(end + 1);
  }
  return seconds;
}

}  // namespace

double parse_duration(std::string_view text, std::string_view what) {
  const auto seconds = text.find(':') == std::string_view::npos ? with_units(text) : with_colons(text);
  if (!seconds || !std::isfinite(*seconds))
    throw Error(Fault::input, cat(what, " = ", text, " (is no time). Write 90s, 30m, 1h30m, 2:30:00 or 1-12:00:00?"));
  if (!(*seconds > 0)) throw Error(Fault::input, cat(what, " = ", text, " (must be above 0)"));
  return *seconds;
}

}  // namespace twinmill

#include "scheduler/deadline.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::scheduler {
namespace {

constexpr std::size_t leases_remembered = 64;
constexpr double caution = 0.9;
constexpr double longest_margin = 60, margin_part = 0.1;

// Digits, perhaps with a fraction: no sign, no exponent, no hexadecimal number.
std::optional<double> plain_number(std::string_view text) {
  const auto plain = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
  if (text.empty() || text == "." || !std::all_of(text.begin(), text.end(), plain)) return std::nullopt;
  if (std::count(text.begin(), text.end(), '.') > 1) return std::nullopt;
  return parse_double(text, "duration");
}

// HH:MM:SS, as batch systems write it.
std::optional<double> clock_time(std::string_view text) {
  double seconds = 0;
  for (int part = 0; part < 3; ++part) {
    const auto end = part < 2 ? text.find(':') : text.size();
    if (end == std::string_view::npos) return std::nullopt;
    const auto value = plain_number(text.substr(0, end));
    if (!value || *value != std::floor(*value) || (part > 0 && *value >= 60)) return std::nullopt;
    seconds = 60 * seconds + *value;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return seconds;
}

std::optional<double> with_unit(std::string_view text) {
  double unit = 1;
  if (!text.empty()) {
    constexpr std::array<std::pair<char, double>, 3> units = {{{'s', 1}, {'m', 60}, {'h', 3600}}};
    for (const auto& [letter, seconds] : units) {
      if (text.back() != letter) continue;
      unit = seconds;
      text.remove_suffix(1);
      break;
    }
  }
  const auto value = plain_number(text);
  return value ? std::optional(*value * unit) : std::nullopt;
}

}  // namespace

void Pace::add(double cost, double seconds) {
  if (!(cost > 0) || !(seconds >= 0)) return;
  rates_.push_back(seconds / cost);
  if (rates_.size() > leases_remembered) rates_.pop_front();
  rate_.reset();
}

double Pace::rate() const {
  if (!rate_) {
    std::vector<double> sorted(rates_.begin(), rates_.end());
    const auto at =
        sorted.begin() + static_cast<std::ptrdiff_t>(caution * static_cast<double>(sorted.size() - 1) + 0.5);
    std::nth_element(sorted.begin(), at, sorted.end());
    rate_ = *at;
  }
  return *rate_;
}

double Pace::seconds(double cost) const { return known() ? rate() * cost : 0; }

double Pace::cost_within(double seconds) const {
  if (!known() || rate() <= 0) return std::numeric_limits<double>::infinity();
  return seconds / rate();
}

double deadline_margin(double seconds) { return std::min(longest_margin, margin_part * std::max(0.0, seconds)); }

double parse_duration(std::string_view text, std::string_view what) {
  auto seconds = text.find(':') == std::string_view::npos ? with_unit(text) : clock_time(text);
  if (!seconds)
    throw Error(Fault::input, cat(what, " = ", text, " (not a duration). Write 90, 90s, 30m, 2h or 01:30:00?"));
  if (!(*seconds > 0)) throw Error(Fault::input, cat(what, " = ", text, " (must be above 0)"));
  return *seconds;
}

}  // namespace twinmill::scheduler

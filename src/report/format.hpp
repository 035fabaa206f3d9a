#pragma once
// Numbers as the report shows them.

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>

#include "twinmill/base/text.hpp"

namespace twinmill::report {

/// A fixed number of decimals: 0.7 -> "0.70". NaN and infinities become a dash and the sign of infinity.
inline std::string fixed_text(double value, int decimals) {
  if (std::isnan(value)) return "–";
  if (std::isinf(value)) return value > 0 ? "∞" : "-∞";
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

/// Three significant digits without an exponent: 1234.5 -> "1,234", 44.33 -> "44.3", 0.01234 -> "0.0123".
inline std::string short_text(double value) {
  if (!std::isfinite(value)) return fixed_text(value, 0);
  const double size = std::fabs(value);
  if (size >= 100) return count_text(static_cast<std::int64_t>(std::llround(value)));
  if (size == 0) return "0";
  if (size < 1e-4) return rounded_text(value, 3);
  const int digits = static_cast<int>(std::floor(std::log10(size)));
  return fixed_text(value, std::max(0, 2 - digits));
}

/// A parameter as it was given: 10000 -> "10,000", 0.05 -> "0.05", inf -> "∞".
inline std::string value_text(double value) {
  if (!std::isfinite(value)) return fixed_text(value, 0);
  if (value == std::floor(value) && std::fabs(value) < 1e15) return count_text(static_cast<std::int64_t>(value));
  return number_text(value);
}

/// "1 image", "2 images".
inline std::string plural(std::int64_t count, const std::string& one, const std::string& many) {
  return count_text(count) + " " + (count == 1 ? one : many);
}
inline std::string plural(std::int64_t count, const std::string& one) { return plural(count, one, one + "s"); }

}  // namespace twinmill::report

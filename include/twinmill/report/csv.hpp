#pragma once
// Tables as text, RFC 4180.

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace twinmill::report {

/// A field as it is written: in quotes where it holds a comma, a quote or a line end.
std::string csv_field(std::string_view text);
/// Shortest text that reads back as the same number; empty for NaN, "inf" for infinity.
std::string csv_number(double value);
inline std::string csv_number(std::int64_t value) { return std::to_string(value); }

/// Rows of equally many fields under a row of names.
class Csv {
 public:
  explicit Csv(const std::vector<std::string>& names);
  void add(const std::vector<std::string>& fields);
  const std::string& text() const { return text_; }

 private:
  void put(const std::vector<std::string>& fields);
  std::size_t columns_;
  std::string text_;
};

}  // namespace twinmill::report

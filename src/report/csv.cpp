#include "twinmill/report/csv.hpp"

#include <cmath>

#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::report {

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::string csv_number(double value) {
  if (std::isnan(value)) return {};
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return number_text(value);
}

Csv::Csv(const std::vector<std::string>& names) : columns_(names.size()) { put(names); }

void Csv::add(const std::vector<std::string>& fields) {
  ensure(fields.size() == columns_, "a row has as many fields as the table has names");
  put(fields);
}

void Csv::put(const std::vector<std::string>& fields) {
  for (std::size_t i = 0; i < fields.size(); ++i) text_ += (i > 0 ? "," : "") + csv_field(fields[i]);
  text_ += '\n';
}

}  // namespace twinmill::report

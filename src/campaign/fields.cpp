#include "fields.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <limits>

#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::campaign {
namespace {

struct KeyCollector {
  std::vector<std::string> keys;
  std::string_view section_name;

  template <class S>
  void section(std::string_view name, std::string_view, const S& s) {
    section_name = name;
    visit_fields(s, *this);
  }
  template <class S>
  void entries(std::string_view name, std::string_view text, const std::vector<S>&) {
    section(name, text, S{});
  }
  template <class T>
  void operator()(const T&, const Field& field) {
    keys.push_back(cat(section_name, ".", field.key));
  }
};

}  // namespace

bool cluster_fits(std::string_view cluster, int count) {
  if (cluster == "random") return true;
  if (cluster == "column" || cluster == "pair") return count == 2;
  if (cluster == "line") return count >= 2 && count <= 4;
  return count == 3;  // bent, triangle_metal, triangle_hollow
}

bool Range::contains(double value) const {
  switch (ends) {
    case Ends::closed:
      return low <= value && value <= high;
    case Ends::open_low:
      return low < value && value <= high;
    case Ends::open_high:
      return low <= value && value < high;
    case Ends::open:
      return low < value && value < high;
    case Ends::count_:
      break;
  }
  return false;
}

std::string Range::demand(std::string_view unit) const {
  const bool open_low = ends == Ends::open_low || ends == Ends::open;
  const bool open_high = ends == Ends::open_high || ends == Ends::open;
  const std::string space_unit = unit.empty() ? "" : cat(" ", unit);
  if (low == -infinity && high == infinity) return "must be a finite number";
  const auto number = [](double v) { return std::abs(v) >= 1e6 ? rounded_text(v, 17) : number_text(v); };
  std::string text = cat("must be ", open_low ? "above " : "", number(low));
  if (high == infinity) return text + (open_high ? space_unit : space_unit + " (or inf)");
  if (!open_low && !open_high) return cat(text, " to ", number(high), space_unit);
  return cat(text, open_high ? " and below " : " and at most ", number(high), space_unit);
}

std::vector<std::string> all_keys() {
  KeyCollector collector;
  const Spec spec;
  visit_sections(spec, collector);
  return collector.keys;
}

std::string toml_text(const std::string& value) {
  std::string text = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') {
      text += '\\';
      text += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      std::array<char, 8> escape{};
      std::snprintf(escape.data(), escape.size(), "\\u%04X", static_cast<unsigned>(static_cast<unsigned char>(c)));
      text += escape.data();
    } else {
      text += c;
    }
  }
  return text + '"';
}

std::string toml_text(double value) { return number_text(value); }
std::string toml_text(std::int64_t value) { return std::to_string(value); }

std::string toml_text(std::uint64_t value) { return std::to_string(value); }

}  // namespace twinmill::campaign

#pragma once
// The rules that a table of fields states, applied to every value.

#include <algorithm>
#include <cmath>
#include <map>

#include "aberrations.hpp"
#include "fields.hpp"
#include "mistakes.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::campaign {

inline std::string one_of(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += words[i];
  }
  return text;
}

inline std::string did_you_mean(std::string_view word, std::span<const std::string> known) {
  const std::string near = nearest(word, known);
  return near.empty() ? "" : cat(". Did you mean ", near, "?");
}

inline bool folder_name(const std::string& text) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  };
  return !text.empty() && text.size() <= 100 && text[0] != '.' && text[0] != '-' && std::ranges::all_of(text, plain);
}

inline bool one_line(const std::string& text) {
  return std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

/// Applies the rules of the table of fields to every value.
class Checker {
 public:
  explicit Checker(Mistakes& mistakes) : mistakes_(mistakes) {}

  template <class S>
  void section(std::string_view name, std::string_view, const S& s) {
    prefix_ = name;
    visit_fields(s, *this);
  }
  template <class S>
  void entries(std::string_view name, std::string_view, const std::vector<S>& entries) {
    for (std::size_t i = 0; i < entries.size(); ++i) {
      prefix_ = cat(name, "[", i, "]");
      visit_fields(entries[i], *this);
    }
  }

  template <class T>
  void operator()(const T& value, const Field& field) {
    value_at(path(field), value, field);
  }
  template <class T>
  void operator()(const std::vector<T>& values, const Field& field) {
    const std::string at = path(field);
    length(at, values, field);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::string entry = cat(at, "[", i, "]");
      value_at(entry, values[i], field);
      if (field.list.repeats == Repeats::allowed) continue;
      const auto first = std::find(values.begin(), values.end(), values[i]) - values.begin();
      if (static_cast<std::size_t>(first) < i)
        mistakes_.add(entry, toml_text(values[i]), cat("is in the list already (", at, "[", first, "])"));
    }
  }
  void operator()(const std::vector<Aberration>& aberrations, const Field& field) {
    std::map<std::string, std::string> given;
    for (const auto& a : aberrations) {
      const std::string at = cat(path(field), ".", a.name), value = toml_text(a.value);
      const std::string name(canonical_aberration(a.name));
      if (name == "C10" || name == "defocus") {
        const double defocus = name == "C10" ? 0 - a.value : a.value;
        mistakes_.add(at, value,
                      cat("defocus is an axis of the campaign (C10 = -defocus). Write microscope.defocus_A = [",
                          toml_text(defocus), "]?"));
      } else if (std::ranges::find(aberration_names(), name) == aberration_names().end()) {
        mistakes_.add(
            at, value,
            cat("is no aberration of Krivanek notation to fifth order", did_you_mean(name, aberration_names())));
      } else if (!std::isfinite(a.value)) {
        mistakes_.add(at, value, "must be a finite number");
      } else if (const auto [other, is_new] = given.emplace(name, a.name); !is_new) {
        mistakes_.add(at, value, cat("is given twice (", other->second, " and ", a.name, " are the same)"));
      }
    }
  }

 private:
  std::string path(const Field& field) const { return cat(prefix_, ".", field.key); }

  template <class T>
  void length(const std::string& at, const std::vector<T>& values, const Field& field) {
    const auto& rule = field.list;
    if (values.size() >= rule.at_least && values.size() <= rule.at_most) return;
    if (rule.at_least == rule.at_most)
      mistakes_.add(at, toml_text(values), cat("must have ", rule.at_least, " entries (it has ", values.size(), ")"));
    else
      mistakes_.add(at, toml_text(values), "must have at least one entry");
  }

  template <class T>
  requires std::is_arithmetic_v<T>
  void value_at(const std::string& at, T value, const Field& field) {
    if (!field.range.contains(static_cast<double>(value)))
      mistakes_.add(at, toml_text(value), field.range.demand(field.unit));
  }

  void value_at(const std::string& at, const std::string& value, const Field& field) {
    if (!field.words.empty()) {
      if (std::ranges::find(field.words, value) == field.words.end())
        mistakes_.add(at, toml_text(value), cat("must be ", one_of(field.words), did_you_mean(value, field.words)));
      return;
    }
    switch (field.text_rule) {
      case TextRule::not_empty:
        if (trim(value).empty()) mistakes_.add(at, toml_text(value), "must not be empty");
        break;
      case TextRule::folder_name:
        if (!folder_name(value))
          mistakes_.add(
              at, toml_text(value),
              "must be usable as a name of files (letters, digits, '-', '_' and '.', not starting with '-' or "
              "'.', at most 100)");
        break;
      case TextRule::line:
        if (trim(value).empty()) mistakes_.add(at, toml_text(value), "must not be empty");
        if (!one_line(value)) mistakes_.add(at, toml_text(value), "must be one line without control characters");
        break;
      case TextRule::any:
      case TextRule::count_:
        break;
    }
  }

  Mistakes& mistakes_;
  std::string prefix_;
};

}  // namespace twinmill::campaign

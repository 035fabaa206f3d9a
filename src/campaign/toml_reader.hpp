#pragma once
// TOML to structs through a table of fields.

#include <toml++/toml.h>

#include <algorithm>
#include <optional>

#include "aberrations.hpp"
#include "fields.hpp"
#include "mistakes.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::campaign {

inline std::string_view kind(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::none:
      return "nothing";
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return node.is_array_of_tables() ? "a list of tables" : "a list";
    case toml::node_type::string:
      return "text";
    case toml::node_type::integer:
      return "an integer";
    case toml::node_type::floating_point:
      return "a number with a fraction";
    case toml::node_type::boolean:
      return "a boolean";
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time:
      return "a date or time";
  }
  return "something else";
}

inline std::string shown(const toml::node& node) {
  if (const auto* text = node.as_string()) return toml_text(text->get());
  if (const auto* integer = node.as_integer()) return toml_text(integer->get());
  if (const auto* number = node.as_floating_point()) return toml_text(number->get());
  if (const auto* boolean = node.as_boolean()) return boolean->get() ? "true" : "false";
  return {};
}

/// The key that was meant: a slip of the pen, or a key without its unit ("energy" for energy_kev). Empty: none.
inline std::string meant(const std::string& name, const std::vector<std::string>& keys) {
  const auto with_unit = std::ranges::find_if(
      keys, [&](const std::string& key) { return name.size() > 2 && key.starts_with(name + "_"); });
  return with_unit != keys.end() ? *with_unit : nearest(name, keys);
}

inline unsigned line_of(const toml::node& node) { return node.source().begin.line; }

// How a value is called in messages, and its conversion; nullopt when the type is wrong.
template <class T>
struct Type;

template <>
struct Type<std::string> {
  static constexpr std::string_view one = "text", many = "texts";
  static std::optional<std::string> from(const toml::node& node) { return node.value_exact<std::string>(); }
};

template <>
struct Type<double> {
  static constexpr std::string_view one = "a number", many = "numbers";
  static std::optional<double> from(const toml::node& node) {
    if (const auto* integer = node.as_integer()) return static_cast<double>(integer->get());
    return node.value_exact<double>();
  }
};

template <>
struct Type<std::int64_t> {
  static constexpr std::string_view one = "an integer", many = "integers";
  static std::optional<std::int64_t> from(const toml::node& node) { return node.value_exact<std::int64_t>(); }
};

template <>
struct Type<bool> {
  static constexpr std::string_view one = "true or false", many = "booleans";
  static std::optional<bool> from(const toml::node& node) { return node.value_exact<bool>(); }
};

/// Visits a table of fields and fills a struct from the parsed file. `all_keys` are "section.key" of every field, to
/// say where a key belongs that stands in the wrong place.
class Reader {
 public:
  Reader(const toml::table& root, Mistakes& mistakes, std::vector<std::string> all_keys)
      : root_(root), mistakes_(mistakes), full_(std::move(all_keys)) {}

  template <class S>
  void section(std::string_view name, std::string_view, S& s) {
    sections_.emplace_back(name);
    const toml::node* node = root_.get(name);
    if (node == nullptr) return;
    mistakes_.place(std::string(name), line_of(*node));
    if (const toml::table* table = node->as_table())
      fields(*table, std::string(name), s);
    else
      mistakes_.add(std::string(name), shown(*node), cat("must be a table, [", name, "] (found ", kind(*node), ")"));
  }

  template <class S>
  void entries(std::string_view name, std::string_view, std::vector<S>& all) {
    sections_.emplace_back(name);
    const toml::node* node = root_.get(name);
    if (node == nullptr) return;
    mistakes_.place(std::string(name), line_of(*node));
    const toml::array* array = node->as_array();
    if (array == nullptr || (!array->empty() && !array->is_array_of_tables())) {
      mistakes_.add(std::string(name), shown(*node),
                    cat("must be a list of tables, [[", name, "]] (found ", kind(*node), ")"));
      return;
    }
    all.clear();
    for (const toml::node& entry : *array) {
      const std::string path = cat(name, "[", all.size(), "]");
      mistakes_.place(path, line_of(entry));
      all.emplace_back();
      fields(*entry.as_table(), path, all.back());
      for (const auto& key : required_)
        if (!entry.as_table()->contains(key)) mistakes_.add(cat(path, ".", key), "", "is missing");
    }
  }

  /// What stands outside of all sections.
  void unknown_sections() {
    for (const auto& [key, node] : root_) {
      const std::string name(key.str());
      if (std::ranges::find(sections_, name) != sections_.end()) continue;
      std::string near = nearest(name, sections_);
      if (near == "detector") near = "[detector]";  // it is written [[detector]]
      if (node.is_table() || node.is_array_of_tables())
        mistakes_.add_at(key.source().begin.line, cat("[", name, "]"),
                         near.empty() ? cat("unknown table (there are ", list_text(sections_), ")")
                                      : cat("unknown table. Did you mean [", near, "]?"));
      else
        mistakes_.add_at(key.source().begin.line, name, cat("unknown key outside of any table", elsewhere(name)));
    }
  }

  template <class T>
  void operator()(T& value, const Field& field) {
    if (const toml::node* node = find(field)) read(*node, path(field), value, field);
  }

  template <class T>
  void operator()(std::vector<T>& values, const Field& field) {
    const toml::node* node = find(field);
    if (node == nullptr) return;
    using Known = std::conditional_t<std::is_same_v<T, int>, std::int64_t, T>;
    const toml::array* array = node->as_array();
    if (array == nullptr) {
      const std::string value = shown(*node);
      const std::string hint = Type<Known>::from(*node) ? cat(". Write [", value, "]?") : "";
      mistakes_.add(path(field), value,
                    cat("must be a list of ", Type<Known>::many, " (found ", kind(*node), ")", hint));
      return;
    }
    std::vector<T> read_values(array->size());
    bool good = true;
    for (std::size_t i = 0; i < array->size(); ++i) {
      const std::string at = cat(path(field), "[", i, "]");
      mistakes_.place(at, line_of(*array->get(i)));
      good = read(*array->get(i), at, read_values[i], field) && good;
    }
    if (good) values = std::move(read_values);
  }

  void operator()(std::vector<Aberration>& aberrations, const Field& field) {
    const toml::node* node = find(field);
    if (node == nullptr) return;
    const toml::table* table = node->as_table();
    if (table == nullptr) {
      mistakes_.add(path(field), shown(*node), cat("must be a table, [", path(field), "] (found ", kind(*node), ")"));
      return;
    }
    for (const auto& [key, entry] : *table) {
      const std::string at = cat(path(field), ".", key.str());
      mistakes_.place(at, line_of(entry));
      Aberration a{.name = std::string(key.str())};
      if (read(entry, at, a.value, field)) aberrations.push_back(a);
    }
  }

 private:
  std::string path(const Field& field) const { return cat(prefix_, ".", field.key); }

  const toml::node* find(const Field& field) {
    keys_.emplace_back(field.key);
    if (!field.optional) required_.emplace_back(field.key);
    const toml::node* node = table_->get(field.key);
    if (node != nullptr) mistakes_.place(path(field), line_of(*node));
    return node;
  }

  template <class S>
  void fields(const toml::table& table, const std::string& prefix, S& s) {
    table_ = &table;
    prefix_ = prefix;
    keys_.clear();
    required_.clear();
    visit_fields(s, *this);
    for (const auto& [key, node] : table) {
      const std::string name(key.str());
      if (std::ranges::find(keys_, name) != keys_.end()) continue;
      const std::string near = meant(name, keys_);
      mistakes_.add_at(key.source().begin.line, cat(prefix, ".", name),
                       near.empty() ? cat("unknown key", elsewhere(name))
                                    : cat("unknown key. Did you mean ", prefix, ".", near, "?"));
    }
  }

  // Where a key that is unknown here does belong.
  std::string elsewhere(const std::string& name) const {
    std::vector<std::string> keys;
    for (const auto& key : full_) keys.push_back(key.substr(key.find('.') + 1));
    const std::string near = meant(name, keys);
    const auto found = std::ranges::find(keys, near);
    return found == keys.end() ? ""
                               : cat(". Did you mean ", full_[static_cast<std::size_t>(found - keys.begin())], "?");
  }

  template <class T>
  bool read(const toml::node& node, const std::string& at, T& value, const Field&) {
    const auto found = Type<T>::from(node);
    if (found) value = *found;
    return found.has_value() || wrong_type<T>(node, at);
  }
  bool read(const toml::node& node, const std::string& at, int& value, const Field& field) {
    return read_integer(node, at, value, field);
  }
  bool read(const toml::node& node, const std::string& at, std::uint64_t& value, const Field& field) {
    return read_integer(node, at, value, field);
  }

  template <class T>
  bool read_integer(const toml::node& node, const std::string& at, T& value, const Field& field) {
    const auto found = Type<std::int64_t>::from(node);
    if (!found) return wrong_type<std::int64_t>(node, at);
    if (!field.range.contains(static_cast<double>(*found))) {
      mistakes_.add(at, toml_text(*found), field.range.demand(field.unit));
      return false;
    }
    value = static_cast<T>(*found);
    return true;
  }

  template <class T>
  bool wrong_type(const toml::node& node, const std::string& at) {
    mistakes_.add(at, shown(node), cat("must be ", Type<T>::one, " (found ", kind(node), ")"));
    return false;
  }

  const toml::table& root_;
  Mistakes& mistakes_;
  std::vector<std::string> full_;
  const toml::table* table_ = nullptr;
  std::string prefix_;
  std::vector<std::string> keys_, required_, sections_;
};

/// Throws Error(input) with the place when the text is no TOML. `name`: the file in messages.
inline toml::table parse_toml(std::string_view text, const std::string& name) {
  try {
    return toml::parse(text, name);
  } catch (const toml::parse_error& error) {
    const auto at = error.source().begin;
    throw Error(Fault::input,
                cat(name, ":", at.line, ": column ", at.column, " is not TOML (", error.description(), ")"));
  }
}

}  // namespace twinmill::campaign

// The table of fields as Markdown.

#include "fields.hpp"
#include "site_fields.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::campaign {
namespace {

std::string_view type(const std::string&) { return "text"; }
std::string_view type(bool) { return "true or false"; }
std::string_view type(double) { return "number"; }
std::string_view type(int) { return "integer"; }
std::string_view type(std::uint64_t) { return "integer"; }
std::string_view type(const std::vector<std::string>&) { return "list of texts"; }
std::string_view type(const std::vector<double>&) { return "list of numbers"; }
std::string_view type(const std::vector<int>&) { return "list of integers"; }
std::string_view type(const std::vector<Aberration>&) { return "table of numbers"; }

// What may be written, for the column "allowed".
std::string allowed_numbers(const Field& field) {
  constexpr std::string_view must = "must be ";
  return field.range.demand("").substr(must.size());
}
std::string allowed_texts(const Field& field) {
  std::string text;
  for (const auto& word : field.words) text += cat(text.empty() ? "" : ", ", "`", word, "`");
  return text;
}
template <class T>
std::string allowed(const T& value, const Field& field) {
  if constexpr (requires { value.empty() ? value.size() : 0; } && !std::is_same_v<T, std::string>) {
    std::string text = allowed(typename T::value_type{}, field);
    if (field.list.at_least == field.list.at_most) text = cat(field.list.at_least, " of: ", text);
    return text;
  } else if constexpr (std::is_same_v<T, std::string>) {
    return allowed_texts(field);
  } else if constexpr (std::is_same_v<T, bool>) {
    return "";
  } else {
    return allowed_numbers(field);
  }
}
std::string allowed(const std::vector<Aberration>&, const Field&) { return "finite"; }

template <class T>
std::string shown_default(const T& value) {
  return cat("`", toml_text(value), "`");
}
std::string shown_default(const std::string& value) { return value.empty() ? "" : cat("`", toml_text(value), "`"); }
std::string shown_default(const std::vector<Aberration>&) { return ""; }

class Describer {
 public:
  template <class S>
  void section(std::string_view name, std::string_view text, const S& s) {
    heading(cat("[", name, "]"), text);
    visit_fields(s, *this);
  }
  template <class S>
  void entries(std::string_view name, std::string_view text, const std::vector<S>& entries) {
    heading(cat("[[", name, "]]"), text);
    const S shown = entries.empty() ? S{} : entries.front();
    visit_fields(shown, *this);
  }
  template <class T>
  void operator()(const T& value, const Field& field) {
    text_ += cat("| `", field.key, "` | ", type(value), " | ", field.unit, " | ", shown_default(value), " | ",
                 allowed(value, field), " | ", field.text, " |\n");
  }
  const std::string& text() const { return text_; }

 private:
  void heading(const std::string& title, std::string_view text) {
    text_ += cat(text_.empty() ? "" : "\n", "### `", title, "`\n\n", text, "\n\n",
                 "| key | type | unit | default | allowed | meaning |\n|---|---|---|---|---|---|\n");
  }
  std::string text_;
};

}  // namespace

std::string field_reference() {
  Describer describer;
  const Spec defaults;
  visit_sections(defaults, describer);
  return describer.text();
}

std::string site_reference() {
  Describer describer;
  const Site site;
  const BatchSystem system;
  visit_sections(site, describer);
  visit_sections(system, describer);
  return describer.text();
}

}  // namespace twinmill::campaign

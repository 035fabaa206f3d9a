// Spec to canonical TOML.

#include "aberrations.hpp"
#include "fields.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::campaign {
namespace {

class Writer {
 public:
  template <class S>
  void section(std::string_view name, std::string_view, const S& s) {
    name_ = name;
    text_ += cat(text_.empty() ? "" : "\n", "[", name, "]\n");
    visit_fields(s, *this);
  }
  template <class S>
  void entries(std::string_view name, std::string_view, const std::vector<S>& entries) {
    for (const auto& entry : entries) {
      text_ += cat("\n[[", name, "]]\n");
      visit_fields(entry, *this);
    }
  }
  template <class T>
  void operator()(const T& value, const Field& field) {
    text_ += cat(field.key, " = ", toml_text(value), "\n");
  }
  // A table of its own, so it must be the last field of its section.
  void operator()(const std::vector<Aberration>& aberrations, const Field& field) {
    if (aberrations.empty()) return;
    text_ += cat("\n[", name_, ".", field.key, "]\n");
    for (const auto& a : canonical(aberrations)) text_ += cat(a.name, " = ", toml_text(a.value), "\n");
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::string_view name_;
};

}  // namespace

std::string dump(const Spec& spec) {
  Writer writer;
  visit_sections(spec, writer);
  return writer.text();
}

}  // namespace twinmill::campaign

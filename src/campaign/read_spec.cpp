// TOML to Spec through the table of fields.

#include "aberrations.hpp"
#include "fields.hpp"
#include "mistakes.hpp"
#include "toml_reader.hpp"
#include "twinmill/base/files.hpp"

namespace twinmill::campaign {

Spec parse_spec(std::string_view text, const std::string& name) {
  const toml::table root = parse_toml(text, name);
  Mistakes mistakes(name);
  Spec spec;
  Reader reader(root, mistakes, all_keys());
  visit_sections(spec, reader);
  reader.unknown_sections();
  check(spec, mistakes);
  mistakes.throw_if_any();
  spec.microscope.aberrations = canonical(spec.microscope.aberrations);
  return spec;
}

Spec read_spec(const std::filesystem::path& path) { return parse_spec(read_text(path), path.string()); }

}  // namespace twinmill::campaign

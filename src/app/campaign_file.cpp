#include "campaign_file.hpp"

#include <set>

#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/specimen/build.hpp"
#include "twinmill/specimen/parents.hpp"
#include "twinmill/specimen/structure.hpp"

namespace twinmill::app {
namespace {

campaign::Catalogue catalogue_for(const campaign::Spec& spec, const std::filesystem::path& folder) {
  campaign::Catalogue catalogue;
  for (const auto& p : specimen::parents()) {
    catalogue.parents.push_back({.id = p.id,
                                 .formula = p.formula,
                                 .metal = p.metal,
                                 .anion = p.anion,
                                 .phase = std::string(specimen::name(p.phase)),
                                 .tier = p.tier,
                                 .a_A = p.a_A,
                                 .thickness_A = p.thickness_A,
                                 .formation_energy = p.formation_energy});
  }
  catalogue.elements = specimen::symbols();
  Problems problems;
  for (const auto& file : spec.specimen.files) {
    try {
      const auto structure = specimen::read_structure(folder / file);
      catalogue.files.push_back({.path = file,
                                 .content = Hasher().add(read_text(folder / file)).digest(),
                                 .lx_A = structure.cell_A[0],
                                 .ly_A = structure.cell_A[1],
                                 .atoms = static_cast<int>(structure.sites.size())});
    } catch (const Error& e) {
      problems.add(cat("specimen.files: ", file), e.what());
    }
  }
  problems.throw_if_any();
  return catalogue;
}

// What the plan cannot know: which elements can be dopants. One structure of each is built to find out.
void check_dopants(const campaign::Plan& plan) {
  Problems problems;
  std::set<std::string> seen;
  for (const auto& s : plan.structures) {
    if (s.dopant.empty() || !seen.insert(s.dopant).second) continue;
    try {
      specimen::build({.parent = s.parent_id,
                       .supercell = s.supercell,
                       .defect = specimen::site_class(s.defect),
                       .dopant = s.dopant,
                       .key = s.key});
    } catch (const Error& e) {
      problems.add("specimen.dopants", e.what());
    }
  }
  problems.throw_if_any();
}

}  // namespace

Campaign parse_campaign(const std::filesystem::path& path, const std::string& text) {
  Campaign c{.path = path, .folder = path.has_parent_path() ? path.parent_path() : ".", .text = text, .plan = {}};
  const auto spec = campaign::parse_spec(text, path.string());
  c.plan = campaign::expand(spec, catalogue_for(spec, c.folder));
  check_dopants(c.plan);
  return c;
}

Campaign load_campaign(const std::filesystem::path& path) { return parse_campaign(path, read_text(path)); }

}  // namespace twinmill::app

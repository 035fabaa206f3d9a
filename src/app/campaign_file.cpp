#include "campaign_file.hpp"

#include <set>

#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/imaging/field.hpp"
#include "twinmill/specimen/build.hpp"
#include "twinmill/specimen/parents.hpp"
#include "twinmill/specimen/structure.hpp"
#include "workers/simulate_executor.hpp"

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

// The lightest and the heaviest element of the plan, each as an atom: between them lies the error of all others.
specimen::Structure extreme_elements(const campaign::Plan& plan, const std::filesystem::path& folder) {
  std::set<int> z;
  for (const auto& s : plan.structures) {
    if (s.parent >= 0) {
      const auto& parent = plan.catalogue.parents[static_cast<std::size_t>(s.parent)];
      z.insert({specimen::atomic_number(parent.metal), specimen::atomic_number(parent.anion)});
      if (!s.dopant.empty()) z.insert(specimen::atomic_number(s.dopant));
    }
  }
  for (const auto& file : plan.catalogue.files)
    for (const auto& site : specimen::read_structure(folder / file.path).sites)
      if (site.z > 0) z.insert(site.z);
  return {.cell_A = {1, 1, 1}, .sites = {specimen::Site{.z = *z.begin()}, specimen::Site{.z = *z.rbegin()}}};
}

// imaging.accuracy to imaging.sampling_A and imaging.oversampling.
campaign::Plan expand_to_accuracy(campaign::Spec spec, const campaign::Catalogue& catalogue,
                                  const std::filesystem::path& folder) {
  constexpr double fine_A = 0.025;
  auto fine = spec;
  fine.imaging.sampling_A = std::min(fine.imaging.sampling_A, fine_A);
  const auto plan = campaign::expand(fine, catalogue);
  const imaging::Multislice m{.energy_kev = spec.microscope.energy_kev,
                              .scattering = imaging::scattering(spec.imaging.scattering)};
  const auto sampling = imaging::sampling_for(extreme_elements(plan, folder), m,
                                              {.semiangle_mrad = spec.microscope.semiangle_mrad, .aberrations = {}},
                                              workers::detectors_of(plan, 0), spec.imaging.accuracy);
  spec.imaging.sampling_A = sampling.pixel_A;
  spec.imaging.oversampling = sampling.oversampling;
  auto result = campaign::expand(spec, catalogue);
  result.notes.push_back(cat("imaging.accuracy = ", number_text(spec.imaging.accuracy), ": sampling ",
                             number_text(sampling.pixel_A), " A, oversampling ", sampling.oversampling, " (error ",
                             rounded_text(sampling.error, 2), ")"));
  return result;
}

}  // namespace

Campaign parse_campaign(const std::filesystem::path& path, const std::string& text) {
  Campaign c{.path = path, .folder = path.has_parent_path() ? path.parent_path() : ".", .text = text, .plan = {}};
  const auto spec = campaign::parse_spec(text, path.string());
  const auto catalogue = catalogue_for(spec, c.folder);
  c.plan =
      spec.imaging.accuracy > 0 ? expand_to_accuracy(spec, catalogue, c.folder) : campaign::expand(spec, catalogue);
  check_dopants(c.plan);
  return c;
}

Campaign load_campaign(const std::filesystem::path& path) { return parse_campaign(path, read_text(path)); }

}  // namespace twinmill::app

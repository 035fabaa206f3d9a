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

campaign::ParentEntry entry_of(const specimen::Parent& p, const std::string& id) {
  return {.id = id,
          .formula = p.formula,
          .metal = p.metal,
          .anion = p.anion,
          .phase = std::string(specimen::name(p.phase)),
          .tier = p.tier,
          .a_A = p.a_A,
          .thickness_A = p.thickness_A,
          .formation_energy = p.formation_energy,
          .unit_A = p.unit_A,
          .unit_cells = p.cells(),
          .unit_atoms = static_cast<int>(p.basis.size())};
}

void add_files(campaign::Catalogue& catalogue, const campaign::Spec& spec, const std::filesystem::path& folder) {
  Problems problems;
  for (const auto& name : spec.specimen.parents) {
    if (!specimen::is_parent_file(name)) continue;
    try {
      auto entry = entry_of(specimen::read_parent(folder / name), name);
      entry.phase = "file";
      entry.content = Hasher().add(read_text(folder / name)).digest();
      catalogue.parents.push_back(std::move(entry));
    } catch (const Error& e) {
      problems.add(cat("specimen.parents: ", name), e.what());
    }
  }
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
  if (const auto& file = spec.training.pretrained; !file.empty()) {
    try {
      const auto place = std::filesystem::absolute(folder / file).lexically_normal();
      catalogue.weights.push_back(
          {.path = file, .place = place.string(), .content = Hasher().add(read_text(place)).digest()});
    } catch (const Error& e) {
      problems.add(cat("training.pretrained: ", file), e.what());
    }
  }
  problems.throw_if_any();
}

campaign::Catalogue catalogue_for(const campaign::Spec& spec, const std::filesystem::path& folder) {
  campaign::Catalogue catalogue;
  for (const auto& p : specimen::parents()) catalogue.parents.push_back(entry_of(p, p.id));
  catalogue.elements = specimen::symbols();
  add_files(catalogue, spec, folder);
  return catalogue;
}

// What the plan cannot know: whether the defects can be built. One structure of each kind in each parent is.
void check_structures(const campaign::Plan& plan, const std::filesystem::path& folder) {
  constexpr std::size_t most_named = 10;
  std::set<std::pair<int, int>> seen;
  std::vector<std::string> wrong;
  for (const auto& s : plan.structures) {
    if (s.parent < 0 || !seen.emplace(s.parent, s.kind).second) continue;
    try {
      specimen::arranged(workers::recipe_of(plan, s, {.campaign = folder, .relaxed = {}}));
    } catch (const Error& e) {
      wrong.emplace_back(e.what());
    }
  }
  Problems problems;
  for (std::size_t i = 0; i < std::min(wrong.size(), most_named); ++i) problems.add("specimen", wrong[i]);
  if (wrong.size() > most_named)
    problems.add("specimen", cat(wrong.size() - most_named, " more structures cannot be built either"));
  problems.throw_if_any();
}

// The lightest and the heaviest element of the plan, each as an atom: between them lies the error of all others.
specimen::Structure extreme_elements(const campaign::Plan& plan, const std::filesystem::path& folder) {
  std::set<int> z;
  const auto add = [&](const std::string& element) {
    if (!element.empty()) z.insert(specimen::atomic_number(element));
  };
  for (const auto& s : plan.structures) {
    if (s.parent < 0) continue;
    const auto& parent = plan.catalogue.parents[static_cast<std::size_t>(s.parent)];
    for (const auto& element : {parent.metal, parent.anion, plan.kinds[static_cast<std::size_t>(s.kind)].element})
      add(element);
    for (const int i : s.impurities) add(plan.spec.impurities[static_cast<std::size_t>(i)].element);
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
  check_structures(c.plan, c.folder);
  return c;
}

Campaign load_campaign(const std::filesystem::path& path) { return parse_campaign(path, read_text(path)); }

}  // namespace twinmill::app

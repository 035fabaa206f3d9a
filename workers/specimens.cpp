#include "workers/specimens.hpp"

namespace twinmill::workers {
namespace {

std::array<double, 2> middle(double lx_A, double ly_A) { return {lx_A / 2, ly_A / 2}; }

}  // namespace

specimen::Recipe recipe_of(const campaign::Plan& plan, const campaign::Structure& structure, const Places& places) {
  const auto& parent = plan.catalogue.parents[static_cast<std::size_t>(structure.parent)];
  const auto& kind = plan.kinds[static_cast<std::size_t>(structure.kind)];
  specimen::Recipe recipe{.parent = parent.phase == "file" ? (places.campaign / parent.id).string() : parent.id,
                          .supercell = structure.supercell,
                          .min_distance_A = kind.min_distance_A,
                          .arrangement = structure.arrangement_key,
                          .placement = structure.key};
  for (const auto& part : kind.parts)
    recipe.defects.push_back({.kind = specimen::site_class(part.kind),
                              .count = part.count,
                              .element = part.element,
                              .side = specimen::side(part.side),
                              .cluster = specimen::cluster(part.cluster)});
  for (const int i : structure.impurities) {
    const auto& impurity = plan.spec.impurities[static_cast<std::size_t>(i)];
    recipe.impurities.push_back(
        {.element = impurity.element, .place = specimen::place(impurity.place), .count = impurity.count});
  }
  return recipe;
}

RelaxSettings relax_settings_of(const campaign::Plan& plan, const Places& places) {
  RelaxSettings settings = plan.spec.relaxation;
  auto& potentials = settings.vasp_potentials;
  if (!potentials.empty()) potentials = (places.campaign / potentials).string();
  return settings;
}

RelaxTask relax_task_of(const campaign::Plan& plan, const campaign::Structure& structure, const Places& places) {
  const auto& relaxation = plan.relaxations[static_cast<std::size_t>(structure.relaxation)];
  RelaxTask task{.label = structure.label(),
                 .input = specimen::arranged(recipe_of(plan, structure, places)),
                 .work = places.relaxed / "work" / relaxation.key.hex(),
                 .results = places.relaxed,
                 .library = {}};
  for (const auto& folder : plan.spec.relaxation.library) task.library.push_back(places.campaign / folder);
  return task;
}

specimen::FieldRecipe field_of(const campaign::Plan& plan, const campaign::Operation& o) {
  const auto& scan = plan.spec.scan;
  specimen::FieldRecipe field{.field_A = {scan.field_A[0], scan.field_A[1]},
                              .margin_A = plan.spec.geometry.margin_A,
                              .rotation_deg = o.rotation_deg,
                              .damage_atoms = o.damage_atoms,
                              .key = o.key};
  if (o.boundary)
    field.boundary = specimen::Boundary{
        .rotation_deg = o.boundary_rotation_deg, .gap_A = o.gap_A, .angle_deg = o.angle_deg, .offset_A = o.offset_A};
  return field;
}

specimen::Structure build_structure(const campaign::Plan& plan, const campaign::Structure& structure,
                                    const Places& places) {
  if (structure.file >= 0)
    return specimen::read_structure(places.campaign /
                                    plan.catalogue.files[static_cast<std::size_t>(structure.file)].path);
  const auto recipe = recipe_of(plan, structure, places);
  if (structure.relaxation < 0) return specimen::build(recipe);
  const auto relaxed = relaxed_structure(relax_task_of(plan, structure, places), relax_settings_of(plan, places));
  return specimen::placed(relaxed, recipe);
}

specimen::Structure build_specimen(const campaign::Plan& plan, const campaign::Simulation& simulation,
                                   const Places& places) {
  const auto& structure = plan.structure_of(simulation);
  auto sheet = build_structure(plan, structure, places);
  if (!simulation.operation.field()) return sheet;
  return specimen::compose(sheet, middle(structure.lx_A, structure.ly_A), field_of(plan, simulation.operation));
}

double scan_rotation_deg(const campaign::Simulation& simulation, const campaign::Exposure& exposure) {
  return simulation.operation.field() ? 0 : exposure.rotation_deg;
}

specimen::View view_of(const campaign::Plan& plan, const campaign::Simulation& simulation,
                       const campaign::Exposure& exposure) {
  const auto& scan = plan.spec.scan;
  return {.field_A = {scan.field_A[0], scan.field_A[1]},
          .pixels = {scan.pixels[0], scan.pixels[1]},
          .rotation_deg = scan_rotation_deg(simulation, exposure),
          .origin_A = middle(simulation.lx_A, simulation.ly_A)};
}

}  // namespace twinmill::workers

// Spec and catalogue to Plan.

#include <algorithm>
#include <map>

#include "aberrations.hpp"
#include "fields.hpp"
#include "mistakes.hpp"
#include "plan_parts.hpp"
#include "study.hpp"
#include "twinmill/base/electron.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::campaign {
namespace {

template <class T>
std::vector<T> sorted(std::vector<T> values) {
  std::ranges::sort(values);
  return values;
}

std::vector<std::string> in_order(const std::vector<std::string>& stages) {
  std::vector<std::string> ordered;
  for (const auto& name : stage_names)
    if (std::ranges::find(stages, name) != stages.end()) ordered.push_back(name);
  return ordered;
}

/// The axes that every simulation is exposed along, in rising order, whatever their order in the file.
struct Axes {
  std::vector<double> defoci, doses;
  Hash128 optics;
};

/// One simulation with its exposures at these rotations, and their samples.
void add_simulation(Plan& plan, const Axes& axes, std::size_t structure, const Operation& operation,
                    const std::vector<double>& rotations) {
  const Structure& of = plan.structures[structure];
  Simulation s;
  s.id = SimulationId(static_cast<std::int64_t>(plan.simulations.size()));
  s.structure = static_cast<int>(structure);
  s.operation = operation;
  const Cell cell = operation.field() ? field_cell(plan.spec) : Cell{of.lx_A, of.ly_A, {}};
  s.lx_A = cell.lx_A;
  s.ly_A = cell.ly_A;
  s.grid = potential_grid(s.lx_A, s.ly_A, plan.spec.imaging.sampling_A);
  s.key = simulation_key(plan.spec, of.key, operation, s.grid);
  s.first_sample = static_cast<std::int64_t>(plan.samples.size());
  s.first_exposure = static_cast<std::int64_t>(plan.exposures.size());
  s.cost_flop = simulation_flop(plan.spec, s);
  for (const double rotation : rotations)
    for (const double defocus : axes.defoci) {
      const ExposureId exposure(static_cast<std::int64_t>(plan.exposures.size()));
      plan.exposures.push_back({exposure, s.id, rotation, defocus});
      for (const double dose : axes.doses)
        for (int replicate = 0; replicate < plan.spec.dose.replicates; ++replicate) {
          const SampleId sample(static_cast<std::int64_t>(plan.samples.size()));
          plan.samples.push_back({sample, s.id, exposure,
                                  sample_key(s.key, axes.optics, rotation, defocus, dose, replicate), dose, replicate});
        }
    }
  s.sample_count = static_cast<std::int64_t>(plan.samples.size()) - s.first_sample;
  s.exposure_count = static_cast<std::int64_t>(plan.exposures.size()) - s.first_exposure;
  plan.simulations.push_back(s);
}

/// Simulations, exposures and samples of all structures. All rotations of a periodic sheet share one simulation; every
/// field is one.
void add_work(Plan& plan) {
  const Spec& spec = plan.spec;
  const Axes axes{.defoci = sorted(spec.microscope.defocus_A),
                  .doses = sorted(spec.dose.e_per_A2),
                  .optics = acquisition_key(spec.acquisition, optics_key(spec))};
  for (std::size_t i = 0; i < plan.structures.size(); ++i) {
    const auto operations = operations_of(spec, plan.structures[i].key);
    std::vector<double> rotations;
    for (const auto& o : operations)
      if (!o.field()) rotations.push_back(o.rotation_deg);
    if (!rotations.empty()) add_simulation(plan, axes, i, {}, rotations);
    for (const auto& o : operations)
      if (o.field()) add_simulation(plan, axes, i, o, {o.rotation_deg});
  }
}

/// Relaxations come after all simulations, their tasks after all samples.
void number_relaxations(Plan& plan) {
  for (std::size_t i = 0; i < plan.relaxations.size(); ++i) {
    plan.relaxations[i].id = SimulationId(static_cast<std::int64_t>(plan.simulations.size() + i));
    plan.relaxations[i].task = SampleId(static_cast<std::int64_t>(plan.samples.size() + i));
  }
}

void refuse_twins(const Plan& plan) {
  std::vector<Hash128> keys;
  keys.reserve(plan.samples.size());
  for (const auto& sample : plan.samples) keys.push_back(sample.key);
  std::ranges::sort(keys);
  const auto twin = std::ranges::adjacent_find(keys);
  if (twin == keys.end()) return;
  const auto sample = std::ranges::find(plan.samples, *twin, &Sample::key);
  throw Error(Fault::input, cat("two samples of the campaign are the same (both of ",
                                plan.structure_of(plan.simulation(sample->simulation)).label(), ")"));
}

Shapes shapes_of(const Plan& plan) {
  const Spec& spec = plan.spec;
  Shapes shapes;
  shapes.samples = static_cast<std::int64_t>(plan.samples.size());
  shapes.exposures = static_cast<std::int64_t>(plan.exposures.size());
  shapes.simulations = static_cast<std::int64_t>(plan.simulations.size());
  shapes.detectors = static_cast<int>(spec.detectors.size());
  shapes.width = spec.scan.pixels[0];
  shapes.height = spec.scan.pixels[1];
  for (const auto& s : plan.structures) {
    shapes.max_atoms = std::max(shapes.max_atoms, max_sites_in_image(spec, plan.catalogue, s));
  }
  double lx = 0, ly = 0;
  for (const auto& s : plan.simulations) {
    lx = std::max(lx, s.lx_A);
    ly = std::max(ly, s.ly_A);
  }
  shapes.series_x = 2 * series_reach(spec.microscope, lx) + 1;
  shapes.series_y = 2 * series_reach(spec.microscope, ly) + 1;
  return shapes;
}

void note_pixels(Plan& plan) {
  // The image holds frequencies up to twice the aperture.
  const Spec& spec = plan.spec;
  const double needed = electron_wavelength_A(spec.microscope.energy_kev) / (4 * spec.microscope.semiangle_mrad * 1e-3);
  const double pixel = std::max(spec.scan.field_A[0] / spec.scan.pixels[0], spec.scan.field_A[1] / spec.scan.pixels[1]);
  if (pixel > needed)
    plan.notes.push_back(cat("pixels of ", rounded_text(pixel, 3),
                             " A are too coarse for all that the probe resolves (", rounded_text(needed, 3),
                             " A would do)"));
}

}  // namespace

std::string Structure::label() const {
  if (file >= 0) return parent_id;
  const std::string number = arrangement > 0 ? cat(arrangement, ".", replicate) : cat(replicate);
  return cat(parent_id, " ", defect, variant.empty() ? "" : " " + variant, " #", number);
}

Plan expand(const Spec& spec, const Catalogue& catalogue) {
  Mistakes mistakes;
  check(spec, mistakes);
  mistakes.throw_if_any();

  Plan plan;
  plan.spec = spec;
  plan.spec.microscope.aberrations = canonical(spec.microscope.aberrations);
  plan.spec.acquisition.stages = in_order(spec.acquisition.stages);
  plan.catalogue = catalogue;
  Problems problems;
  arrange(plan, problems);
  if (!problems.any()) check_first(plan, problems);
  check_grids(plan.spec, plan.structures, problems);
  problems.throw_if_any();

  assign_splits(plan);
  add_work(plan);
  number_relaxations(plan);
  refuse_twins(plan);
  add_trainings(plan, problems);
  problems.throw_if_any();
  plan.shapes = shapes_of(plan);
  plan.key = plan_key(plan);
  note_pixels(plan);
  return plan;
}

}  // namespace twinmill::campaign

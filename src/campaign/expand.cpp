// Spec and catalogue to Plan.

#include <algorithm>
#include <map>

#include "aberrations.hpp"
#include "fields.hpp"
#include "mistakes.hpp"
#include "plan_parts.hpp"
#include "twinmill/base/electron.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::campaign {
namespace {

constexpr double most_samples = 2e7;  // some 2 GB of plan

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

void check_size(const Spec& spec, Problems& problems) {
  const auto length = [](const auto& list) { return static_cast<double>(list.size()); };
  const double structures = structure_count(spec.specimen);
  const double samples = structures * length(spec.geometry.rotations_deg) * length(spec.microscope.defocus_A) *
                         length(spec.dose.e_per_A2) * spec.dose.replicates;
  if (samples > most_samples)
    problems.add("this campaign",
                 cat("has ", rounded_text(samples, 3), " images (a plan holds at most ",
                     count_text(static_cast<std::int64_t>(most_samples)), "). Cut it into several campaigns?"));
}

/// Simulations, exposures and samples of all structures; axes in rising order, whatever their order in the file.
void add_work(Plan& plan) {
  const Spec& spec = plan.spec;
  const auto rotations = sorted(spec.geometry.rotations_deg);
  const auto defoci = sorted(spec.microscope.defocus_A);
  const auto doses = sorted(spec.dose.e_per_A2);
  const Hash128 optics = acquisition_key(spec.acquisition, optics_key(spec));
  for (std::size_t i = 0; i < plan.structures.size(); ++i) {
    const Structure& structure = plan.structures[i];
    Simulation s;
    s.id = SimulationId(static_cast<std::int64_t>(plan.simulations.size()));
    s.structure = static_cast<int>(i);
    s.grid = potential_grid(structure, spec.imaging.sampling_A);
    s.key = simulation_key(spec, structure.key, s.grid);
    s.first_sample = static_cast<std::int64_t>(plan.samples.size());
    s.first_exposure = static_cast<std::int64_t>(plan.exposures.size());
    s.cost_flop = simulation_flop(spec, structure, s.grid);
    for (const double rotation : rotations)
      for (const double defocus : defoci) {
        const ExposureId exposure(static_cast<std::int64_t>(plan.exposures.size()));
        plan.exposures.push_back({exposure, s.id, rotation, defocus});
        for (const double dose : doses)
          for (int replicate = 0; replicate < spec.dose.replicates; ++replicate) {
            const SampleId sample(static_cast<std::int64_t>(plan.samples.size()));
            plan.samples.push_back({sample, s.id, exposure,
                                    sample_key(s.key, optics, rotation, defocus, dose, replicate), dose, replicate});
          }
      }
    s.sample_count = static_cast<std::int64_t>(plan.samples.size()) - s.first_sample;
    s.exposure_count = static_cast<std::int64_t>(plan.exposures.size()) - s.first_exposure;
    plan.simulations.push_back(s);
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
    shapes.series_x = std::max(shapes.series_x, 2 * series_reach(spec.microscope, s.lx_A) + 1);
    shapes.series_y = std::max(shapes.series_y, 2 * series_reach(spec.microscope, s.ly_A) + 1);
  }
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
  return cat(parent_id, " ", defect, dopant.empty() ? "" : " " + dopant, " #", replicate);
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
  check_size(plan.spec, problems);
  problems.throw_if_any();
  plan.structures = arrange(plan.spec, plan.catalogue, problems, plan.notes);
  check_grids(plan.spec, plan.structures, problems);
  problems.throw_if_any();

  assign_splits(plan.spec, plan.structures, plan.notes);
  add_work(plan);
  refuse_twins(plan);
  plan.shapes = shapes_of(plan);
  plan.key = plan_key(plan);
  note_pixels(plan);
  return plan;
}

}  // namespace twinmill::campaign

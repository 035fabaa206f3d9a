#include "run_directory.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "change.hpp"
#include "repair.hpp"

#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/lock_file.hpp"
#include "twinmill/base/log.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/base/version.hpp"
#include "twinmill/imaging/acquisition.hpp"
#include "twinmill/ledger/build.hpp"
#include "twinmill/ledger/checkup.hpp"
#include "twinmill/specimen/parents.hpp"
#include "twinmill/specimen/structure.hpp"
#include "twinmill/store/store.hpp"
#include "workers/specimens.hpp"

namespace twinmill::app {
namespace fs = std::filesystem;
namespace {

// The copy in the run directory must stand on its own: paths become absolute.
std::string campaign_copy(const Campaign& campaign) {
  auto spec = campaign.plan.spec;
  bool changed = false;
  const auto make_absolute = [&](std::string& path) {
    changed = true;
    path = fs::absolute(campaign.folder / path).lexically_normal().string();
  };
  for (auto& file : spec.specimen.files) make_absolute(file);
  for (auto& name : spec.specimen.parents)
    if (specimen::is_parent_file(name)) make_absolute(name);
  for (auto& folder : spec.relaxation.library) make_absolute(folder);
  if (!spec.relaxation.vasp_potentials.empty()) make_absolute(spec.relaxation.vasp_potentials);
  if (!spec.training.pretrained.empty()) make_absolute(spec.training.pretrained);
  return changed ? campaign::dump(spec) : campaign.text;
}

store::Header header_of(const Campaign& campaign) {
  const auto& plan = campaign.plan;
  store::Header h;
  h.shapes = {.samples = plan.shapes.samples,
              .exposures = plan.shapes.exposures,
              .simulations = plan.shapes.simulations,
              .detectors = plan.shapes.detectors,
              .width = plan.shapes.width,
              .height = plan.shapes.height,
              .max_atoms = plan.shapes.max_atoms,
              .series_x = plan.shapes.series_x,
              .series_y = plan.shapes.series_y};
  h.campaign_name = plan.spec.campaign.name;
  h.campaign_toml = campaign_copy(campaign);
  h.plan_key = plan.key.hex();
  for (const auto& d : plan.spec.detectors) {
    h.detectors.push_back(d.name);
    h.detector_inner_mrad.push_back(d.inner_mrad);
    h.detector_outer_mrad.push_back(d.outer_mrad);
  }
  const auto& a = plan.spec.acquisition;
  h.acquisition = {.stages = a.stages,
                   .drift_x_A = a.drift_A[0],
                   .drift_y_A = a.drift_A[1],
                   .jitter_A = a.jitter_A,
                   .contamination = a.contamination,
                   .contamination_length_A = a.has("contamination") ? a.contamination_length_A : 0,
                   .gain_spread = a.gain_spread,
                   .gain_error = a.gain_error,
                   .dark_electrons = a.dark_electrons};
  for (int c = 0; c < static_cast<int>(specimen::SiteClass::count_); ++c)
    h.classes.emplace_back(specimen::name(static_cast<specimen::SiteClass>(c)));
  for (int draw = 2; draw <= plan.draws(); ++draw) {
    auto& splits = h.further_splits.emplace_back();
    for (const auto& sample : plan.samples)
      splits.push_back(static_cast<std::uint8_t>(plan.split_of(plan.simulation(sample.simulation).structure, draw)));
  }
  return h;
}

std::string impurities_text(const campaign::Plan& plan, const campaign::Structure& structure) {
  std::string text;
  for (const int i : structure.impurities) {
    const auto& impurity = plan.spec.impurities[static_cast<std::size_t>(i)];
    text += cat(text.empty() ? "" : ", ", impurity.element, " ", impurity.place,
                impurity.count > 1 ? cat(" x", impurity.count) : "");
  }
  return text;
}

std::string relaxation_text(const campaign::Plan& plan, const campaign::Structure& structure) {
  if (structure.relaxation < 0) return {};
  return plan.relaxations[static_cast<std::size_t>(structure.relaxation)].key.hex();
}

store::SampleRow row_of(const campaign::Plan& plan, const campaign::Sample& sample) {
  const auto& simulation = plan.simulation(sample.simulation);
  const auto& structure = plan.structure_of(simulation);
  const auto& operation = simulation.operation;
  const auto& exposure = plan.exposure(sample.exposure);
  const auto& scan = plan.spec.scan;
  const double px = scan.field_A[0] / scan.pixels[0], py = scan.field_A[1] / scan.pixels[1];
  store::SampleRow row{
      .key = sample.key.hex(),
      .simulation = sample.simulation.value,
      .exposure = sample.exposure.value,
      .parent = structure.parent_id,
      .formula = {},
      .phase = {},
      .defect = structure.defect,
      .variant = structure.variant,
      .element = structure.kind < 0 ? "" : plan.kinds[static_cast<std::size_t>(structure.kind)].element,
      .impurities = impurities_text(plan, structure),
      .structure = simulation.structure,
      .arrangement = structure.arrangement,
      .structure_replicate = structure.replicate,
      .noise_replicate = sample.replicate,
      .relaxation = relaxation_text(plan, structure),
      .split = std::string(campaign::name(structure.split)),
      .rotation_deg = exposure.rotation_deg,
      .boundary = static_cast<std::uint8_t>(operation.boundary ? 1 : 0),
      .boundary_rotation_deg = operation.boundary_rotation_deg,
      .boundary_gap_A = operation.gap_A,
      .boundary_angle_deg = operation.angle_deg,
      .boundary_offset_A = operation.offset_A,
      .damage_atoms = operation.damage_atoms,
      .defocus_A = exposure.defocus_A,
      .dose_e_per_A2 = sample.dose,
      .electrons_per_pixel = imaging::electrons_per_pixel(sample.dose, px * py),
      .energy_kev = plan.spec.microscope.energy_kev,
      .semiangle_mrad = plan.spec.microscope.semiangle_mrad,
      .field_x_A = scan.field_A[0],
      .field_y_A = scan.field_A[1],
      .pixel_x_A = px,
      .pixel_y_A = py,
      .origin_x_A = simulation.lx_A / 2,
      .origin_y_A = simulation.ly_A / 2,
      .seed = plan.spec.campaign.seed};
  if (structure.parent >= 0) {
    const auto& parent = plan.catalogue.parents[static_cast<std::size_t>(structure.parent)];
    row.formula = parent.formula;
    row.phase = parent.phase;
  }
  return row;
}

}  // namespace

RunDirectory run_directory(const std::string& given, const Campaign& campaign) {
  return {given.empty() ? fs::path("runs") / campaign.plan.spec.campaign.name : fs::path(given)};
}

RunDirectory existing_run(const std::string& path) {
  RunDirectory run{path};
  std::error_code ec;
  if (!fs::is_directory(path, ec))
    throw Error(Fault::input, cat(path, " is not a run directory (there is no such folder). A typing mistake?"));
  if (!fs::exists(run.campaign(), ec) && !fs::exists(run.store(), ec))
    throw Error(
        Fault::input,
        cat(path, " is not a run directory (it holds neither campaign.toml nor store.h5). See twinmill run --help?"));
  return run;
}

fs::path store_of(const std::string& path) {
  std::error_code ec;
  if (fs::is_regular_file(path, ec)) return path;
  const auto run = existing_run(path);
  if (!fs::exists(run.store(), ec))
    throw Error(Fault::input, cat(path, " has no store yet (nothing was simulated in it). Run its campaign first?"));
  return run.store();
}

StorePlan store_plan(const Campaign& campaign) {
  const auto& plan = campaign.plan;
  StorePlan s{.header = header_of(campaign), .samples = {}, .exposures = {}, .simulations = {}};
  for (const auto& sample : plan.samples) s.samples.push_back(row_of(plan, sample));
  for (const auto& exposure : plan.exposures) {
    const auto& simulation = plan.simulation(exposure.simulation);
    s.exposures.push_back({exposure.simulation.value, workers::scan_rotation_deg(simulation, exposure),
                           exposure.defocus_A, simulation.lx_A, simulation.ly_A});
  }
  for (const auto& simulation : plan.simulations) {
    const auto& structure = plan.structure_of(simulation);
    s.simulations.push_back({.key = simulation.key.hex(),
                             .structure = structure.label(),
                             .lx_A = simulation.lx_A,
                             .ly_A = simulation.ly_A,
                             .grid_x = simulation.grid[0],
                             .grid_y = simulation.grid[1],
                             .first_sample = simulation.first_sample,
                             .sample_count = simulation.sample_count,
                             .first_exposure = simulation.first_exposure,
                             .exposure_count = simulation.exposure_count});
  }
  return s;
}

void check_disk(const fs::path& folder, const campaign::Plan& plan) {
  const double needed =
      campaign::estimate(plan).store_bytes * 1.02 + 64e6;  // Ledger, models and report beside the store.
  const auto available = static_cast<double>(free_bytes(folder));
  if (needed > available)
    throw Error(Fault::system, cat("the campaign needs ", bytes_text(needed), " in ", folder.string(), ", where ",
                                   bytes_text(available), " are free. Another --dir, or fewer images?"));
}

namespace {

bool holds_results(const store::Reader& reader) {
  const auto slots = reader.sample_slots();
  return std::ranges::any_of(slots, [](const store::SlotRow& slot) { return slot != store::SlotRow{}; });
}

void start_afresh(const RunDirectory& run, const Campaign& campaign) {
  std::error_code ec;
  if (fs::exists(run.ledger(), ec)) {
    log::warning(cat(run.store().string(), " is missing: everything is simulated again"));
    for (const auto& file : ledger::files_of(run.ledger())) fs::remove(file, ec);
  }
  check_disk(run.path, campaign.plan);
  const auto s = store_plan(campaign);
  store::create(run.store(), s.header, s.samples, s.exposures, s.simulations,
                {.shards = campaign.plan.spec.run.store_shards});
}

// The store is there and of this plan; is the ledger?
void restore_missing_ledger(const RunDirectory& run, const Campaign& campaign) {
  if (!ledger::plan_key_of(run.ledger()).empty()) return;
  {
    const store::Reader reader(run.store());
    if (!holds_results(reader)) return;  // A first start that was killed early.
  }
  log::warning(cat(run.ledger().string(), " is missing: it is made again from the store"));
  for (const auto& words : repair(run, campaign, examine_store(run))) log::warning(words);
}

}  // namespace

Campaign campaign_of(const RunDirectory& run, const store::Header& header) {
  std::string why;
  const auto candidate = [&](const std::string& text) -> std::optional<Campaign> {
    try {
      auto campaign = parse_campaign(run.campaign(), text);
      if (campaign.plan.key.hex() == header.plan_key) return campaign;
      why = header.physics == physics_version
                ? "it gives another plan"
                : cat("it is of physics version ", header.physics, ", this program has version ", physics_version);
    } catch (const Error& e) {
      why = e.what();
    }
    return std::nullopt;
  };
  std::error_code ec;
  if (fs::exists(run.campaign(), ec)) {
    if (auto campaign = candidate(read_text(run.campaign()))) return std::move(*campaign);
  }
  if (auto campaign = candidate(header.campaign_toml)) return std::move(*campaign);
  throw Error(Fault::input, cat("the campaign of ", run.store().string(), " cannot be told (", why,
                                "). Use the program that made it?"));
}

void prepare(const RunDirectory& run, const Campaign& campaign, const PrepareOptions& options) {
  finish_change(run);
  std::error_code ec;
  if (!fs::exists(run.store(), ec)) {
    start_afresh(run, campaign);
  } else {
    const auto comparison = compare(run, campaign);
    if (!comparison.same_plan) {
      refuse_change(run, comparison, options.change);
      change_campaign(run, campaign);
    }
    restore_missing_ledger(run, campaign);
    change_study(run, campaign);
  }
  write_atomic(run.campaign(), campaign_copy(campaign));
}

}  // namespace twinmill::app

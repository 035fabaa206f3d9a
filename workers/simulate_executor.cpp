#include "workers/simulate_executor.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <map>
#include <numbers>
#include <set>

#include "twinmill/base/error.hpp"
#include "twinmill/imaging/acquisition.hpp"

namespace twinmill::workers {
namespace {

// The slot's box of coefficients holds the largest series of the campaign; smaller ones stand in its middle.
std::vector<std::complex<float>> boxed(const imaging::Series& series, const store::Shapes& shapes) {
  const int nx = shapes.series_x / 2, ny = shapes.series_y / 2;
  ensure(series.nx <= nx && series.ny <= ny, "the series is larger than the plan foresaw");
  std::vector<std::complex<float>> box(static_cast<std::size_t>(shapes.series_x) *
                                       static_cast<std::size_t>(shapes.series_y));
  for (int hx = -series.nx; hx <= series.nx; ++hx) {
    for (int hy = -series.ny; hy <= series.ny; ++hy) {
      box[static_cast<std::size_t>(hx + nx) * static_cast<std::size_t>(shapes.series_y) +
          static_cast<std::size_t>(hy + ny)] =
          series.c[static_cast<std::size_t>(hx + series.nx) * static_cast<std::size_t>(2 * series.ny + 1) +
                   static_cast<std::size_t>(hy + series.ny)];
    }
  }
  return box;
}

// Before it is written: what is in the store may be read before anybody has judged it.
template <class Values>
void check_finite(const Values& values, SampleId sample, const std::string& label) {
  const auto finite = [](const auto& v) { return std::isfinite(std::real(v)) && std::isfinite(std::imag(v)); };
  if (!std::all_of(values.begin(), values.end(), finite))
    throw Error(Fault::bug, cat("sample ", sample.value, " (", label, ") holds a value that is not finite"));
}

std::vector<store::AtomRow> atom_rows(const std::vector<specimen::SeenSite>& sites) {
  std::vector<store::AtomRow> rows;
  for (const auto& s : sites) {
    rows.push_back({.x_px = static_cast<float>(s.x_px),
                    .y_px = static_cast<float>(s.y_px),
                    .z_A = static_cast<float>(s.z_A),
                    .site = s.index,
                    .z = static_cast<std::uint8_t>(s.z),
                    .label = static_cast<std::uint8_t>(s.label),
                    .column = s.column});
  }
  return rows;
}

// A field is cut out turned: what belongs to the sheet's frame turns with it.
double built_in_rotation_deg(const campaign::Simulation& simulation) {
  return simulation.operation.field() ? simulation.operation.rotation_deg : 0;
}

std::array<double, 2> turned(std::array<double, 2> v, double degrees) {
  if (degrees == 0) return v;
  const double angle = degrees * std::numbers::pi / 180, c = std::cos(angle), s = std::sin(angle);
  return {c * v[0] - s * v[1], s * v[0] + c * v[1]};
}

// What a scan sees before any noise.
struct Seen {
  std::vector<Image<double>> images;  // One per detector.
  Image<std::uint8_t> mask;
  std::vector<store::AtomRow> atoms;
};

// What all samples of one exposure share.
struct Exposed {
  specimen::View view;
  std::vector<imaging::Series> series;  // One per detector.
  std::optional<Seen> seen;             // Without drift and jitter.
};

}  // namespace

imaging::Multislice multislice_of(const campaign::Plan& plan, const campaign::Simulation& simulation) {
  const auto& tilt = plan.spec.imaging.specimen_tilt_mrad;
  return {.energy_kev = plan.spec.microscope.energy_kev,
          .grid = simulation.grid,
          .slice_thickness_A = plan.spec.imaging.slice_thickness_A,
          .scattering = imaging::scattering(plan.spec.imaging.scattering),
          .oversampling = plan.spec.imaging.oversampling,
          .specimen_tilt_mrad = turned({tilt[0], tilt[1]}, built_in_rotation_deg(simulation)),
          .phonons = {.configurations = plan.spec.imaging.phonons, .key = simulation.key}};
}

imaging::Optics optics_of(const campaign::Plan& plan, const campaign::Simulation& simulation,
                          const campaign::Exposure& exposure) {
  const auto& microscope = plan.spec.microscope;
  imaging::Optics optics{.semiangle_mrad = microscope.semiangle_mrad,
                         .edge = imaging::aperture_edge(microscope.aperture_edge),
                         .aberrations = {{"C10", -exposure.defocus_A}},
                         .focal_spread_A = microscope.focal_spread_A};
  for (const auto& a : microscope.aberrations) optics.aberrations.push_back({a.name, a.value});
  return imaging::rotated(optics, scan_rotation_deg(simulation, exposure));
}

std::vector<imaging::Detector> detectors_of(const campaign::Plan& plan, double rotation_deg) {
  std::vector<imaging::Detector> detectors;
  for (const auto& d : plan.spec.detectors)
    detectors.push_back(imaging::rotated({d.name, d.inner_mrad, d.outer_mrad, d.from_deg, d.to_deg}, rotation_deg));
  return detectors;
}

std::vector<imaging::Detector> detectors_of(const campaign::Plan& plan, const campaign::Simulation& simulation) {
  std::vector<imaging::Detector> all;
  std::set<double> rotations;
  for (std::int64_t i = 0; i < simulation.exposure_count; ++i)
    rotations.insert(scan_rotation_deg(simulation, plan.exposure(ExposureId(simulation.first_exposure + i))));
  for (const double rotation : rotations) {
    for (const auto& d : detectors_of(plan, rotation))
      if (std::find(all.begin(), all.end(), d) == all.end()) all.push_back(d);
  }
  return all;
}

imaging::Acquisition acquisition_of(const campaign::Plan& plan) {
  const auto& a = plan.spec.acquisition;
  return {.drift_A = {a.drift_A[0], a.drift_A[1]},
          .jitter_A = a.jitter_A,
          .contamination = a.contamination,
          .contamination_length_A = a.contamination_length_A,
          .poisson = a.has("poisson"),
          .gain_spread = a.gain_spread,
          .gain_error = a.gain_error,
          .dark_electrons = a.dark_electrons};
}

SimulateExecutor::SimulateExecutor(const campaign::Plan& plan, const std::filesystem::path& store, Places places,
                                   Group* group)
    : plan_(plan), places_(std::move(places)), writer_(store), group_(group) {}

void SimulateExecutor::close() { writer_.close(); }

void SimulateExecutor::leave() {
  if (group_ != nullptr) group_->dismiss();
}

Scattered SimulateExecutor::scattered(const protocol::Grant& grant, const Beat& beat) {
  const Order order{grant.simulation, plan_.sample(grant.samples.at(0)).exposure};
  double reached = 0;
  const struct Quiet {
    Group* group;
    ~Quiet() {
      if (group != nullptr) group->while_waiting({});
    }
  } quiet{group_};
  if (group_ != nullptr) {
    group_->while_waiting([&] { beat(reached); });
    group_->announce(order);
  }
  return scatter(
      plan_, places_, order, [&](double fraction) { beat(reached = 0.8 * fraction); }, group_);
}

Completed SimulateExecutor::execute(const protocol::Grant& grant, const Beat& beat) {
  const auto& simulation = plan_.simulation(grant.simulation);
  const auto& description = plan_.structure_of(simulation);
  const auto attempt = static_cast<std::uint32_t>(grant.attempt);
  const auto scatter_result = scattered(grant, beat);
  const auto& structure = scatter_result.structure;
  const auto& matrix = scatter_result.matrix;

  const auto detectors = detectors_of(plan_, simulation);
  const auto acquisition = acquisition_of(plan_);
  const auto look = [&](const Exposed& from, const specimen::View& view) {
    Seen seen{.images = {},
              .mask = specimen::mask(structure, view, plan_.spec.specimen.label_radius_A),
              .atoms = atom_rows(specimen::seen_sites(structure, view))};
    for (const auto& series : from.series) seen.images.push_back(series.on_view(view));
    return seen;
  };

  std::map<ExposureId, Exposed> exposed;
  std::vector<protocol::SampleDone> done;
  for (const SampleId id : grant.samples) {
    const auto& sample = plan_.sample(id);
    auto [entry, fresh] = exposed.try_emplace(sample.exposure);
    Exposed& shared = entry->second;
    if (fresh) {
      const auto& exposure = plan_.exposure(sample.exposure);
      shared.view = view_of(plan_, simulation, exposure);
      store::ExposureData data;
      const auto all = matrix.series(optics_of(plan_, simulation, exposure));
      for (const auto& d : detectors_of(plan_, scan_rotation_deg(simulation, exposure))) {
        const auto at = std::find(detectors.begin(), detectors.end(), d) - detectors.begin();
        const auto& series = all[static_cast<std::size_t>(at)];
        check_finite(series.c, id, description.label());
        data.series.push_back(boxed(series, writer_.shapes()));
        shared.series.push_back(series.blurred(plan_.spec.microscope.source_fwhm_A));
      }
      writer_.write_exposure(sample.exposure.value, simulation.key.hex(), attempt, data);
    }
    const Hash128 random = campaign::random_key(plan_, sample);
    specimen::View view = shared.view;
    view.scan = imaging::scan_distortion(acquisition, view.pixels[1], random);
    if (!view.scan.none() || !shared.seen) shared.seen = look(shared, view);
    const double electrons =
        imaging::electrons_per_pixel(sample.dose, view.field_A[0] / view.pixels[0] * view.field_A[1] / view.pixels[1]);
    const store::SampleData data{
        .images = imaging::record(shared.seen->images, acquisition, {view.field_A, electrons}, random),
        .mask = shared.seen->mask,
        .atoms = shared.seen->atoms};
    for (const auto& image : data.images) check_finite(image.data, id, description.label());
    const auto slot = writer_.write_sample(id.value, sample.key.hex(), attempt, data);
    done.push_back({id, slot.checksum});
    beat(0.8 + 0.2 * static_cast<double>(done.size()) / static_cast<double>(grant.samples.size()));
  }
  writer_.sync();
  return {.samples = std::move(done)};
}

}  // namespace twinmill::workers

// Identity of structures, simulations and samples. Whatever is added here changes the keys it is added to, and makes
// existing runs do that work again: tests/unit/campaign/keys_test.cpp holds a few of them fast.

#include "aberrations.hpp"
#include "fields.hpp"
#include "plan_parts.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/base/version.hpp"

namespace twinmill::campaign {

std::string origin(const ParentEntry& parent) { return parent.phase == "file" ? parent.content.hex() : parent.id; }

Hash128 arrangement_key(const Spec& spec, const ParentEntry& parent, const Kind& kind, const Structure& structure) {
  Hasher hash;
  hash.add("arrangement").add(physics_version).add(spec.campaign.seed);
  hash.add(origin(parent)).add(parent.a_A).add(parent.thickness_A).add(parent.content);
  hash.add(structure.supercell[0]).add(structure.supercell[1]);
  for (const auto& part : kind.parts)
    hash.add(part.kind).add(part.count).add(part.element).add(part.side).add(part.cluster);
  hash.add(kind.min_distance_A).add(structure.arrangement);
  for (const int i : structure.impurities) {
    const auto& impurity = spec.impurities[static_cast<std::size_t>(i)];
    hash.add(impurity.element).add(impurity.place).add(impurity.count);
  }
  return hash.digest();
}

Hash128 structure_key(const Structure& structure, const Hash128& relaxation) {
  return Hasher().add("structure").add(structure.arrangement_key).add(relaxation).add(structure.replicate).digest();
}

Hash128 structure_key(const FileEntry& file) { return Hasher().add("structure file").add(file.content).digest(); }

std::string RelaxationSection::decisive_text() const {
  std::string result = cat("engine=", engine, " max_force=", number_text(max_force_eV_per_A),
                           " vacuum_A=", number_text(vacuum_A), " k_points=", k_points[0], "x", k_points[1]);
  if (engine == "gpaw") {
    result += " mode=" + gpaw_mode;
    result += gpaw_mode == "pw" ? " cutoff_eV=" + number_text(gpaw_cutoff_eV)
                                : cat(" basis=", gpaw_basis, " spacing_A=", number_text(gpaw_spacing_A));
  }
  if (engine == "vasp") {
    for (const auto& line : vasp_incar) result += "\nincar " + line;
  }
  if (engine == "command") {
    for (const auto& argument : command) result += "\nargument " + argument;
  }
  return result;
}

Hash128 relaxation_key(const RelaxationSection& r, const Hash128& arrangement) {
  return Hasher().add("relaxation").add(arrangement).add(r.decisive_text()).digest();
}

Hash128 simulation_key(const Spec& spec, const Hash128& structure, const Operation& o, std::array<int, 2> grid) {
  Hasher hash;
  hash.add("simulation").add(physics_version).add(structure);
  hash.add(spec.microscope.energy_kev).add(spec.microscope.semiangle_mrad);
  hash.add(static_cast<std::uint64_t>(spec.detectors.size()));
  for (const auto& detector : spec.detectors)
    hash.add(detector.inner_mrad).add(detector.outer_mrad).add(detector.from_deg).add(detector.to_deg);
  hash.add(grid[0]).add(grid[1]);
  hash.add(spec.imaging.slice_thickness_A).add(spec.imaging.scattering).add(spec.imaging.oversampling);
  for (const double tilt : spec.imaging.specimen_tilt_mrad) hash.add(tilt);
  hash.add(spec.imaging.phonons);
  if (spec.imaging.phonons > 0) hash.add(spec.campaign.seed);
  if (o.field()) {
    hash.add("field").add(o.key).add(o.angle_deg).add(o.offset_A).add(o.damage_atoms).add(spec.geometry.margin_A);
    for (const double side : spec.scan.field_A) hash.add(side);
  }
  return hash.digest();
}

Hash128 optics_key(const Spec& spec) {
  Hasher hash;
  hash.add("optics").add(physics_version).add(spec.campaign.seed).add(spec.microscope.aperture_edge);
  const auto aberrations = effective(spec.microscope.aberrations);
  hash.add(static_cast<std::uint64_t>(aberrations.size()));
  for (const auto& a : aberrations) hash.add(a.name).add(a.value);
  hash.add(spec.microscope.focal_spread_A).add(spec.microscope.source_fwhm_A);
  for (const double side : spec.scan.field_A) hash.add(side);
  for (const int side : spec.scan.pixels) hash.add(side);
  hash.add(spec.specimen.label_radius_A);
  return hash.digest();
}

Hash128 acquisition_key(const AcquisitionSection& a, const Hash128& optics) {
  if (a.stages == AcquisitionSection{}.stages) return optics;
  Hasher hash;
  hash.add("acquisition").add(optics);
  for (const auto& stage : stage_names)
    if (a.has(stage)) hash.add(stage);
  // Off is 0 (check.cpp), so that the numbers of all stages may be added.
  for (const double side : a.drift_A) hash.add(side);
  hash.add(a.jitter_A).add(a.contamination).add(a.contamination_length_A);
  hash.add(a.gain_spread).add(a.gain_error).add(a.dark_electrons);
  return hash.digest();
}

Hash128 random_key(const Plan& plan, const Sample& sample) {
  const auto& exposure = plan.exposure(sample.exposure);
  return sample_key(plan.simulation(sample.simulation).key, optics_key(plan.spec), exposure.rotation_deg,
                    exposure.defocus_A, sample.dose, sample.replicate);
}

Hash128 sample_key(const Hash128& simulation, const Hash128& optics, double rotation_deg, double defocus_A, double dose,
                   int replicate) {
  return Hasher()
      .add("sample")
      .add(simulation)
      .add(optics)
      .add(rotation_deg)
      .add(defocus_A)
      .add(dose)
      .add(replicate)
      .digest();
}

Hash128 plan_key(const Plan& plan) {
  Hasher hash;
  hash.add("plan").add(physics_version);
  for (const auto& sample : plan.samples) hash.add(sample.key);
  for (const auto& structure : plan.structures) hash.add(structure.key).add(name(structure.split));
  for (const auto& relaxation : plan.relaxations) hash.add(relaxation.key);
  for (const auto& detector : plan.spec.detectors) hash.add(detector.name);
  for (const auto& draw : plan.further_splits)
    for (const Split split : draw) hash.add(name(split));
  const Shapes& s = plan.shapes;
  for (const std::int64_t n : {s.samples, s.exposures, s.simulations}) hash.add(n);
  for (const int n : {s.detectors, s.width, s.height, s.max_atoms, s.series_x, s.series_y}) hash.add(n);
  return hash.digest();
}

}  // namespace twinmill::campaign

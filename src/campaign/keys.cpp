// Identity of structures, simulations and samples. Whatever is added here changes the keys it is added to, and makes
// existing runs do that work again: tests/unit/campaign/keys_test.cpp holds a few of them fast.

#include "aberrations.hpp"
#include "fields.hpp"
#include "plan_parts.hpp"
#include "twinmill/base/version.hpp"

namespace twinmill::campaign {

Hash128 structure_key(const Spec& spec, const ParentEntry& parent, const Structure& structure) {
  Hasher hash;
  hash.add("structure").add(spec.campaign.seed).add(parent.id).add(parent.a_A).add(parent.thickness_A);
  hash.add(structure.supercell[0]).add(structure.supercell[1]);
  hash.add(structure.defect).add(structure.dopant).add(structure.replicate);
  return hash.digest();
}

Hash128 structure_key(const FileEntry& file) { return Hasher().add("structure file").add(file.content).digest(); }

Hash128 simulation_key(const Spec& spec, const Hash128& structure, std::array<int, 2> grid) {
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
  for (const auto& detector : plan.spec.detectors) hash.add(detector.name);
  const Shapes& s = plan.shapes;
  for (const std::int64_t n : {s.samples, s.exposures, s.simulations}) hash.add(n);
  for (const int n : {s.detectors, s.width, s.height, s.max_atoms, s.series_x, s.series_y}) hash.add(n);
  return hash.digest();
}

}  // namespace twinmill::campaign

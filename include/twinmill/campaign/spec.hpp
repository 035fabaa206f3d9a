#pragma once
// What the user wrote, as values. Reading, checking, dumping and documenting all go through one table of fields
// (src/campaign/fields.hpp).

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "twinmill/base/hash.hpp"

namespace twinmill::campaign {

struct CampaignSection {
  std::string name = "campaign";
  std::uint64_t seed = 1;
  friend bool operator==(const CampaignSection&, const CampaignSection&) = default;
};

/// Which structures. Defect kinds: pristine, anion_vacancy, metal_vacancy, metal_on_anion, anion_on_metal, dopant.
struct SpecimenSection {
  std::vector<std::string> parents;     ///< "MoS2-H", or a formula ("MoS2": its phase of lowest formation energy).
  std::vector<std::string> files;       ///< extxyz or POSCAR, relative to the campaign file; imaged as they are.
  std::vector<int> supercell = {4, 4};  ///< Unit cells along a and along b (the second one even: orthogonal cell).
  std::vector<std::string> defects = {"pristine"};
  std::vector<std::string> dopants = {
      "W"};                     ///< Elements of defect kind `dopant`; one that equals the metal is skipped.
  int replicates = 1;           ///< Independent random sites per parent, kind (and dopant).
  double label_radius_A = 1.0;  ///< Radius of a defect's disc in the mask.
  friend bool operator==(const SpecimenSection&, const SpecimenSection&) = default;
};

struct GeometrySection {
  std::vector<double> rotations_deg = {0};
  friend bool operator==(const GeometrySection&, const GeometrySection&) = default;
};

/// An aberration coefficient in Krivanek notation: C12, C30, ... in A, phi.. in rad. Cs is an alias of C30.
struct Aberration {
  std::string name;
  double value = 0;
  friend bool operator==(const Aberration&, const Aberration&) = default;
};

struct MicroscopeSection {
  double energy_kev = 80;
  double semiangle_mrad = 25;
  std::string aperture_edge = "area";   ///< area | hard
  std::vector<double> defocus_A = {0};  ///< An axis of the campaign; C10 = -defocus.
  std::vector<Aberration> aberrations;  ///< All but C10 (table `microscope.aberrations`).
  double focal_spread_A = 0;            ///< Standard deviation of the defocus.
  double source_fwhm_A = 0;             ///< Full width at half maximum of the source at the specimen.
  friend bool operator==(const MicroscopeSection&, const MicroscopeSection&) = default;
};

/// Annulus: inner <= angle < outer.
struct DetectorEntry {
  std::string name;
  double inner_mrad = 0;
  double outer_mrad = 0;
  double from_deg = 0, to_deg = 360;  ///< Sector, counter-clockwise from the image's x.
  friend bool operator==(const DetectorEntry&, const DetectorEntry&) = default;
};

struct ScanSection {
  std::vector<double> field_A = {16, 16};  ///< Size of the image, x and y.
  std::vector<int> pixels = {128, 128};    ///< x and y.
  friend bool operator==(const ScanSection&, const ScanSection&) = default;
};

struct ImagingSection {
  double sampling_A = 0.05;
  double slice_thickness_A = 0.5;
  std::string scattering = "lobato";  ///< lobato | kirkland
  int oversampling = 4;               ///< exp(i sigma V) is formed on a grid finer by this factor.
  double accuracy = 0;                ///< Not 0: sampling_A and oversampling follow from this relative error.
  int phonons = 0;                    ///< Frozen-phonon configurations; 0: atoms at rest.
  std::vector<double> specimen_tilt_mrad = {0, 0};
  friend bool operator==(const ImagingSection&, const ImagingSection&) = default;
};

struct DoseSection {
  std::vector<double> e_per_A2 = {10000};  ///< Electrons per square angstrom; inf: no noise.
  int replicates = 1;                      ///< Independent noise per dose.
  friend bool operator==(const DoseSection&, const DoseSection&) = default;
};

/// What lies between the exact image and the recorded one. A stage's numbers are 0 when it is off.
struct AcquisitionSection {
  std::vector<std::string> stages = {"poisson"};  ///< drift, jitter, contamination, poisson, gain, dark: in this order.
  std::vector<double> drift_A = {0, 0};
  double jitter_A = 0;
  double contamination = 0;
  double contamination_length_A = 5;
  double gain_spread = 0;
  double gain_error = 0;
  double dark_electrons = 0;
  bool has(std::string_view stage) const { return std::ranges::find(stages, stage) != stages.end(); }
  friend bool operator==(const AcquisitionSection&, const AcquisitionSection&) = default;
};

struct SplitSection {
  std::string by = "structure";  ///< structure | parent
  double train = 0.7;
  double validation = 0.15;  ///< What is left is the test split.
  friend bool operator==(const SplitSection&, const SplitSection&) = default;
};

struct TrainingSection {
  std::string network = "g-unet";
  int width = 64;
  int epochs = 30;
  int batch_size = 16;  ///< Over all ranks together.
  double learning_rate = 1e-3;
  int crop_pixels = 0;              ///< Side of the random training crop; 0: the whole image.
  double class_weight_power = 0.5;  ///< Class weight = (pixel frequency)^-power; 0: unweighted.
  double bucket_mb = 1;             ///< Gradient bucket.
  int checkpoint_every = 1;         ///< Epochs between checkpoints.
  std::uint64_t seed = 1;
  friend bool operator==(const TrainingSection&, const TrainingSection&) = default;
};

struct RunSection {
  double lease_seconds = 5;        ///< Aim for a lease's length.
  int attempts = 3;                ///< Executions of a lease before its tasks are quarantined.
  double heartbeat_seconds = 120;  ///< A worker that is silent for so long is lost.
  int ranks_per_task = 1;          ///< Ranks that share one specimen.
  friend bool operator==(const RunSection&, const RunSection&) = default;
};

struct Spec {
  CampaignSection campaign;
  SpecimenSection specimen;
  GeometrySection geometry;
  MicroscopeSection microscope;
  std::vector<DetectorEntry> detectors = {{"haadf", 50, 200}};  ///< Tables [[detector]].
  ScanSection scan;
  ImagingSection imaging;
  DoseSection dose;
  AcquisitionSection acquisition;
  SplitSection split;
  TrainingSection training;
  RunSection run;
  friend bool operator==(const Spec&, const Spec&) = default;
};

/// Reads a campaign file. Throws Error(input) that lists every mistake with file and line; unknown keys are refused
/// with a suggestion. Checks everything that needs no table of parents and no other file.
Spec read_spec(const std::filesystem::path& path);
/// The same from text; `name` stands for the path in messages.
Spec parse_spec(std::string_view text, const std::string& name);

/// Canonical TOML of every field, defaults included; parse_spec(dump(s)) == s in every field.
std::string dump(const Spec& spec);

/// Markdown reference of all fields: key, type, unit, default, meaning.
std::string field_reference();

}  // namespace twinmill::campaign

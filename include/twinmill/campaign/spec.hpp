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

/// Which structures. Classes of defects: see class_names.
struct SpecimenSection {
  /// "MoS2-H", a formula ("MoS2": its phase of lowest formation energy), a pattern ("*S2-H"), or a parent file.
  std::vector<std::string> parents;
  std::vector<std::string> phases;  ///< Patterns take parents of these phases only; empty: of all. So do the next.
  std::vector<std::string> tiers;
  std::vector<std::string> metals;
  std::vector<std::string> anions;
  std::vector<std::string> files;            ///< extxyz or POSCAR, relative to the campaign file; imaged as they are.
  std::vector<int> supercell = {4, 4};       ///< Unit cells along a and along b (H and T: the second one even).
  std::vector<std::string> defects;          ///< "pristine" and classes, each as [[defect]] with its defaults.
  std::vector<std::string> dopants = {"W"};  ///< Elements of class `dopant`; one that equals the metal is skipped.
  std::vector<std::string> adatoms;          ///< Elements of class `adatom`; empty: the parent's metal.
  int replicates = 1;                        ///< Specimens of each arrangement of defects, shifted at random.
  double label_radius_A = 1.0;               ///< Radius of a defect's disc in the mask.
  friend bool operator==(const SpecimenSection&, const SpecimenSection&) = default;
};

/// One kind of defective structure that parents get: table [[defect]].
struct DefectEntry {
  std::vector<std::string> classes = {"anion_vacancy"};  ///< Together in one specimen.
  std::vector<int> count = {1};                          ///< Axis: defects of each class.
  std::vector<std::string> cluster = {"random"};         ///< Axis: how anion vacancies lie to each other.
  std::vector<std::string> side = {"any"};               ///< Axis: any | top | bottom | both.
  std::vector<std::string> elements = {};                ///< Axis, of dopant and adatom; empty: specimen's.
  double min_distance_A = 0;                             ///< Between defects, in the plane.
  int arrangements = 1;                                  ///< Draws of what is random.
  int replicates = 0;                                    ///< 0: specimen.replicates.
  std::vector<std::string> parents = {};                 ///< Patterns of ids; empty: all.
  friend bool operator==(const DefectEntry&, const DefectEntry&) = default;
};

/// Foreign atoms without a label: table [[impurity]].
struct ImpurityEntry {
  std::string element = "Li";
  std::string place = "metal";  ///< metal | anion | interstitial | adatom
  int count = 1;
  double fraction = 1;  ///< Of the arrangements, drawn.
  friend bool operator==(const ImpurityEntry&, const ImpurityEntry&) = default;
};

/// Relaxation of every structure with defects before it is imaged.
struct RelaxationSection {
  std::string engine = "none";            ///< none | gpaw | vasp | command
  std::vector<std::string> parents = {};  ///< Patterns of ids whose structures are relaxed; empty: all.
  std::vector<std::string> library = {};  ///< Folders of results that may be used.
  double max_force_eV_per_A = 0.05;       ///< Converged below.
  int max_steps = 200;                    ///< Ionic steps.
  double time_limit_s = 86400;            ///< Wall time of one structure.
  double vacuum_A = 6;                    ///< Below and above the outermost atoms in the engine's cell.
  std::vector<int> k_points = {1, 1};     ///< Monkhorst-Pack, along x and y.
  std::string gpaw_mode = "lcao";         ///< lcao | pw
  std::string gpaw_basis = "dzp";         ///< lcao
  double gpaw_spacing_A = 0.2;            ///< lcao
  double gpaw_cutoff_eV = 400;            ///< pw
  std::vector<std::string> gpaw_command = {"gpaw", "python"};  ///< What runs a Python script with GPAW.
  std::vector<std::string> vasp_command = {};                  ///< "srun", "-n", "32", "vasp_std"
  std::string vasp_potentials = {};                            ///< Folder with one POTCAR folder per element.
  std::vector<std::string> vasp_incar = {};                    ///< Lines that replace or extend the written INCAR.
  std::vector<std::string> command = {};                       ///< Any program; {input} and {output} are extxyz files.
  bool on() const { return engine != "none"; }
  /// Canonical text of all that decides the result: not limits of time, and neither commands nor folders but for engine
  /// `command`. Names relaxations in the plan, and their results in libraries.
  std::string decisive_text() const;
  friend bool operator==(const RelaxationSection&, const RelaxationSection&) = default;
};

/// How the sheet lies in the image, and what happened to it. An operation is a rotation without boundary, or a
/// boundary; with or without damage.
struct GeometrySection {
  std::vector<double> rotations_deg = {0};     ///< Axis of the sheets without a boundary.
  std::vector<double> boundary_rotations_deg;  ///< Axis: of the second grain against the first; empty: no boundaries.
  std::vector<double> boundary_gaps_A = {0};   ///< Axis; with `draw` the ends of a range.
  std::vector<std::string> damage = {"none"};  ///< Axis: none | beam
  std::vector<int> damage_atoms = {5, 30};     ///< Range of the number of atoms removed.
  std::string choice = "product";              ///< product | draw
  int draws = 1;                               ///< Operations drawn per structure.
  double margin_A = 5;                         ///< Real atoms around a field with boundary or damage.
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
  std::string network = "g-unet";         ///< g-unet | a-unet | resnet-152
  int width = 64;                         ///< Channels of the first level.
  std::string upsampling = "transposed";  ///< transposed | bilinear
  bool conditioned = false;               ///< The network also sees the sample's metadata.
  std::string pretrained;  ///< File with weights of the encoder, relative to the campaign file; or empty.
  int epochs = 30;
  int batch_size = 16;  ///< Over all ranks together.
  int accumulate = 1;   ///< Parts that each rank's share of a batch is computed in.
  double learning_rate = 1e-3;
  std::string schedule = "cosine";  ///< cosine | constant | plateau
  int warmup_steps = 0;
  double clip_norm = 0;                ///< Largest norm of the gradient; 0: not clipped.
  int early_stop = 0;                  ///< Epochs without a better one after which training ends; 0: never.
  int crop_pixels = 0;                 ///< Side of the random training crop; 0: see crop_area.
  double crop_area = 0;                ///< Part of the image's area in the random training crop; 0: the whole image.
  std::string loss = "cross_entropy";  ///< cross_entropy | focal | dice | cross_entropy+dice
  double focal_gamma = 2;
  double class_weight_power = 0.5;   ///< Class weight = (pixel frequency)^-power; 0: unweighted.
  std::string batch_norm = "local";  ///< local | synchronised
  std::string precision = "single";  ///< single | mixed
  double bucket_mb = 1;              ///< Gradient bucket.
  int checkpoint_every = 1;          ///< Epochs between checkpoints.
  std::uint64_t seed = 1;
  friend bool operator==(const TrainingSection&, const TrainingSection&) = default;
};

/// Many trainings instead of one: every network x class subset x condition x split x seed (docs/training.md).
struct StudySection {
  std::vector<int> classes;           ///< Axis: numbers of classes, with the lattice. Empty: no study.
  std::vector<std::string> networks;  ///< Axis: networks, or names of [[model]]; empty: training.network.
  std::vector<std::string> defects;   ///< Classes that subsets are made of; empty: all of the campaign.
  int subsets = 126;                  ///< Subsets for each number of classes, at most.
  int min_steps = 0;                  ///< Steps that each training takes at least, by more epochs.
  int splits = 1;                     ///< Axis: draws of the split.
  std::vector<int> seeds;             ///< Axis; empty: training.seed.
  std::vector<std::string> train_conditions = {"all"};  ///< Axis: "all" or names of [[condition]].
  std::string ranks = "one";                            ///< one | all: ranks that share a training.
  bool on() const { return !classes.empty(); }
  friend bool operator==(const StudySection&, const StudySection&) = default;
};

/// A network of a study with settings of its own: table [[model]]. 0 or empty: as [training] says.
struct ModelEntry {
  std::string name;
  std::string network = {};  ///< Empty: what its name says, if that is a network, else training.network.
  int width = 0, epochs = 0, batch_size = 0;
  double learning_rate = 0;
  std::string conditioned = "as_training";  ///< as_training | yes | no
  friend bool operator==(const ModelEntry&, const ModelEntry&) = default;
};

/// A part of the samples that a study trains on or tests with: table [[condition]]. Ranges are [lowest, highest], both
/// included; empty: any.
struct ConditionEntry {
  std::string name;
  std::vector<std::string> parents = {};  ///< Patterns of ids; empty: all.
  std::vector<double> dose_e_per_A2 = {}, defocus_A = {}, rotation_deg = {};
  std::string boundary = "any";  ///< any | yes | no
  std::vector<int> damage_atoms = {};
  std::string impurities = "any";  ///< any | yes | no
  friend bool operator==(const ConditionEntry&, const ConditionEntry&) = default;
};

struct RunSection {
  double lease_seconds = 5;             ///< Aim for a lease's length.
  int attempts = 3;                     ///< Executions of a lease before its tasks are quarantined.
  double heartbeat_seconds = 120;       ///< A worker that is silent for so long is lost.
  int ranks_per_task = 1;               ///< Ranks that share one specimen.
  std::vector<std::string> first = {};  ///< Parents and classes of defects that are worked on first.
  int store_shards = 1;                 ///< Files that the store's content is spread over.
  std::string device = "auto";          ///< auto | cpu | cuda | cuda:N | torch-cpu
  friend bool operator==(const RunSection&, const RunSection&) = default;
};

struct Spec {
  CampaignSection campaign;
  SpecimenSection specimen;
  std::vector<DefectEntry> defects;       ///< Tables [[defect]].
  std::vector<ImpurityEntry> impurities;  ///< Tables [[impurity]].
  RelaxationSection relaxation;
  GeometrySection geometry;
  MicroscopeSection microscope;
  std::vector<DetectorEntry> detectors = {{"haadf", 50, 200}};  ///< Tables [[detector]].
  ScanSection scan;
  ImagingSection imaging;
  DoseSection dose;
  AcquisitionSection acquisition;
  SplitSection split;
  TrainingSection training;
  StudySection study;
  std::vector<ModelEntry> models;          ///< Tables [[model]].
  std::vector<ConditionEntry> conditions;  ///< Tables [[condition]].
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

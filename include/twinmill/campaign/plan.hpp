#pragma once
// Every task of a campaign, as values: a pure function of the Spec and of the catalogue of structures.

#include <array>
#include <string>
#include <vector>

#include "twinmill/base/hash.hpp"
#include "twinmill/base/id.hpp"
#include "twinmill/campaign/spec.hpp"

namespace twinmill::campaign {

/// A parent as the plan needs it (filled from specimen's tables by the caller; this module knows no physics).
struct ParentEntry {
  std::string id;  ///< "MoS2-H", or a parent file as written in the campaign file.
  std::string formula, metal, anion, phase, tier;
  double a_A = 0;                       ///< Lattice constant.
  double thickness_A = 0;               ///< Vertical anion-anion distance.
  double formation_energy = 0;          ///< eV/atom, NaN when unknown.
  std::array<double, 2> unit_A{};       ///< Orthogonal unit cell,
  std::array<int, 2> unit_cells{1, 1};  ///< that holds so many cells of a supercell,
  int unit_atoms = 0;                   ///< and atoms.
  Hash128 content = {};                 ///< Of a parent file.
};

/// A structure file as the plan needs it.
struct FileEntry {
  std::string path;  ///< As written in the campaign file.
  Hash128 content;
  double lx_A = 0, ly_A = 0;
  int atoms = 0;
};

/// A file with pretrained weights.
struct WeightsEntry {
  std::string path;   ///< As written in the campaign.
  std::string place;  ///< Where it lies, as an absolute path.
  Hash128 content;
};

struct Catalogue {
  std::vector<ParentEntry> parents;
  std::vector<FileEntry> files;
  std::vector<WeightsEntry> weights;
  std::vector<std::string> elements;  ///< Symbols known to the scattering tables.
};

enum class Split { train, validation, test, count_ };
std::string_view name(Split split);

/// Defects of one class in a structure; words of the campaign file.
struct DefectPart {
  std::string kind;
  int count = 1;
  std::string element, side, cluster;
};

/// One kind of structure: what parents get.
struct Kind {
  std::string defect;   ///< "pristine", the class, or the classes joined by "+".
  std::string variant;  ///< "W", "x3 line top"; empty when there is nothing to tell.
  std::string family;   ///< Kinds of one family look alike in an image and never part in a split: without the side.
  std::string element;  ///< Of the dopant or adatom, or empty.
  std::vector<DefectPart> parts;
  double min_distance_A = 0;
};

/// One specimen's atoms: parent + kind + arrangement + replicate, or a file.
struct Structure {
  Hash128 key;
  Hash128 arrangement_key;  ///< Of the defects as they lie to each other: the same for all replicates.
  int parent = -1;          ///< Index into Catalogue::parents, or -1.
  int file = -1;            ///< Index into Catalogue::files, or -1.
  std::string parent_id;    ///< "MoS2-H" or the file's path.
  int kind = -1;            ///< Index into Plan::kinds, or -1 for a file.
  std::string defect;       ///< Kind::defect, or "file".
  std::string variant;      ///< Kind::variant.
  int arrangement = 0, replicate = 0;
  std::vector<int> impurities;  ///< Indices into Spec::impurities.
  std::array<int, 2> supercell{1, 1};
  double lx_A = 0, ly_A = 0;
  int max_atoms = 0;    ///< Upper bound of sites in the cell.
  int relaxation = -1;  ///< Index into Plan::relaxations, or -1: imaged as it is built.
  Split split = Split::train;
  std::string label() const;  ///< "MoS2-H anion_vacancy x3 line #0"
};

/// What is done to a sheet before it is imaged. Without boundary and damage the sheet stays periodic and rotation_deg
/// is an axis of its exposures instead.
struct Operation {
  double rotation_deg = 0;
  bool boundary = false;
  double boundary_rotation_deg = 0, gap_A = 0;
  double angle_deg = 0, offset_A = 0;  ///< Of the boundary: direction of its normal, distance from the field's centre.
  int damage_atoms = 0;
  Hash128 key = {};                                            ///< Names the random streams of its field.
  bool field() const { return boundary || damage_atoms > 0; }  ///< Imaged as a field of its own, cut from the sheet.
  friend bool operator==(const Operation&, const Operation&) = default;
};

/// One structure relaxed by an external program: a task of its own, done before whatever images the structure. Its
/// numbers follow those of the simulations, its task's those of the samples.
struct Relaxation {
  SimulationId id;
  SampleId task;
  Hash128 key;
  int structure = 0;  ///< The first of those that share it.
  double cost_flop = 0;
};

/// One scattering matrix: the unit of a lease. (Rotation of a periodic sheet only turns the scan.)
struct Simulation {
  SimulationId id;
  Hash128 key;
  int structure = 0;  ///< Index into Plan::structures.
  Operation operation;
  double lx_A = 0, ly_A = 0;      ///< Cell that is simulated: the structure's, or that of the field.
  std::array<int, 2> grid{0, 0};  ///< Potential grid, x and y.
  std::int64_t first_sample = 0;
  std::int64_t sample_count = 0;
  std::int64_t first_exposure = 0;
  std::int64_t exposure_count = 0;
  double cost_flop = 0;  ///< In flop of Fourier transforms (products count an eighth: they run faster).
};

/// One exact noise-free image.
struct Exposure {
  ExposureId id;
  SimulationId simulation;
  double rotation_deg = 0;  ///< Of the sheet; in a field it is part of the structure already.
  double defocus_A = 0;
};

/// One task: one labelled image.
struct Sample {
  SampleId id;
  SimulationId simulation;
  ExposureId exposure;
  Hash128 key;      ///< Hash of the canonical inputs and the physics version.
  double dose = 0;  ///< e/A^2; inf: no noise.
  int replicate = 0;
};

/// One training of the study: a network on a class subset of one condition's samples, in one draw of the split. A task
/// of its own, done when all images are; its numbers follow those of the relaxations.
struct Training {
  SimulationId id;
  SampleId task;
  Hash128 key;        ///< Of all that decides the network and what it is tested on.
  Hash128 model_key;  ///< Of the network alone.
  std::string name;   ///< Of its folder in DIR/models: "a-unet-n3-av.mv-s1-r1".
  std::string model;  ///< As in study.networks.
  TrainingSection settings;
  std::vector<std::string> classes;  ///< Of defects, in the order of the network's outputs from 1.
  std::string condition = "all";
  int draw = 1;                                                              ///< Of the split.
  std::int64_t train_samples = 0, validation_samples = 0, test_samples = 0;  ///< Test: of its own condition.
  double cost_s = 0;                                                         ///< Rough time on one core.
};

/// Fixed shapes of the store.
struct Shapes {
  std::int64_t samples = 0, exposures = 0, simulations = 0;
  int detectors = 0;
  int width = 0, height = 0;       ///< Pixels.
  int max_atoms = 0;               ///< Atoms inside one image, at most.
  int series_x = 0, series_y = 0;  ///< Box of Fourier coefficients, odd numbers; zero frequency in the middle.
};

struct Plan {
  Spec spec;
  Catalogue catalogue;
  std::vector<Kind> kinds;
  /// By parent id, defect, variant, arrangement, replicate; axes rise: no list's order matters.
  std::vector<Structure> structures;
  std::vector<Relaxation> relaxations;
  std::vector<Simulation> simulations;
  std::vector<Exposure> exposures;
  std::vector<Sample> samples;
  std::vector<Training> trainings;                 ///< Of the study; empty without one.
  std::vector<std::vector<Split>> further_splits;  ///< [draw - 2][structure]: draws of the split after the first one.
  Shapes shapes;
  Hash128 key;                     ///< Of all that decides what is in the store (not training, not run).
  Hash128 study_key;               ///< Of all trainings.
  std::vector<std::string> notes;  ///< What was skipped and why.

  const Structure& structure_of(const Simulation& s) const { return structures[static_cast<std::size_t>(s.structure)]; }
  const Simulation& simulation(SimulationId id) const { return simulations[id.index()]; }
  const Sample& sample(SampleId id) const { return samples[id.index()]; }
  const Exposure& exposure(ExposureId id) const { return exposures[id.index()]; }

  /// How early a structure is wanted: the place in run.first of the earliest word that fits it, or the list's length.
  int turn_of(const Structure& structure) const;

  /// Whether a unit of work is a relaxation, or else a simulation.
  bool is_relaxation(SimulationId id) const { return id.index() >= simulations.size() && !is_training(id); }
  const Relaxation& relaxation(SimulationId id) const { return relaxations[id.index() - simulations.size()]; }
  bool is_training(SimulationId id) const { return id.index() >= simulations.size() + relaxations.size(); }
  const Training& training(SimulationId id) const {
    return trainings[id.index() - simulations.size() - relaxations.size()];
  }
  int draws() const { return static_cast<int>(further_splits.size()) + 1; }
  /// The split of a structure (by its index) in a draw from 1 on.
  Split split_of(int structure, int draw) const {
    const auto at = static_cast<std::size_t>(structure);
    return draw == 1 ? structures[at].split : further_splits[static_cast<std::size_t>(draw - 2)][at];
  }
  /// The relaxation that a simulation waits for, or an id that is not valid.
  SimulationId awaited_by(const Simulation& s) const {
    const int r = relaxations.empty() ? -1 : structure_of(s).relaxation;
    return r < 0 ? SimulationId() : relaxations[static_cast<std::size_t>(r)].id;
  }
};

/// Expands the campaign. Throws Error(input) listing all that does not fit the catalogue (unknown parent with the
/// nearest one, unknown dopant, a supercell without room, a field smaller than a pixel...).
Plan expand(const Spec& spec, const Catalogue& catalogue);

/// Names the random streams of a sample: its key as it would be with the default acquisition, so that switching a stage
/// on or off changes the random numbers of no other.
Hash128 random_key(const Plan& plan, const Sample& sample);

/// For each sample, whether it belongs to a condition of the study ("all" or the name of a [[condition]]).
std::vector<bool> samples_in(const Plan& plan, const std::string& condition);
/// "all", then the names of [[condition]] in their order.
std::vector<std::string> condition_names(const Spec& spec);

/// Costs of a plan, for `plan` and the disk check.
struct Estimate {
  double store_bytes = 0;
  double core_seconds = 0;  ///< Simulation only, at the nominal rate below.
};
Estimate estimate(const Plan& plan);
/// Nominal rate behind core_seconds (flop/s of one core); stated to the user with the estimate.
inline constexpr double nominal_flops = 12e9;
/// Rough seconds of one core for a training with these settings, samples and epochs.
double training_seconds(const Spec& spec, const Training& training);

}  // namespace twinmill::campaign

#pragma once
// The table of fields: every key of a campaign file with its unit, allowed values and meaning, written once. Reading,
// checking, dumping and the reference visit it.
//
// A visitor has   section(name, text, S&)         a table [name]; it goes on with visit_fields(section, visitor)
//                 entries(name, text, vector<S>&) an array of tables [[name]]
//                 operator()(T&, const Field&)    one key, T one of the types that Spec uses

#include <concepts>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "twinmill/campaign/spec.hpp"

namespace twinmill::campaign {

inline constexpr double infinity = std::numeric_limits<double>::infinity();

/// Which ends of a range belong to it. A closed end at infinity allows inf.
enum class Ends { closed, open_low, open_high, open, count_ };

/// Allowed numbers. NaN is never inside.
struct Range {
  double low = -infinity;
  double high = infinity;
  Ends ends = Ends::open;

  bool contains(double value) const;
  /// "must be 10 to 1000 keV", "must be above 0 and below 200 mrad", "must be a finite number".
  std::string demand(std::string_view unit) const;
};

constexpr Range from_to(double low, double high) { return {low, high, Ends::closed}; }
constexpr Range above(double low) { return {low, infinity, Ends::open}; }
constexpr Range above_or_inf(double low) { return {low, infinity, Ends::open_low}; }
constexpr Range above_below(double low, double high) { return {low, high, Ends::open}; }
constexpr Range above_to(double low, double high) { return {low, high, Ends::open_low}; }

enum class TextRule { not_empty, folder_name, line, any, count_ };
enum class Repeats { allowed, refused, count_ };

/// Allowed lengths of a list.
struct ListRule {
  std::size_t at_least = 0;
  std::size_t at_most = std::numeric_limits<std::size_t>::max();
  Repeats repeats = Repeats::allowed;
};
inline constexpr ListRule axis = {.at_least = 1, .repeats = Repeats::refused};  ///< Values that the campaign runs over.
inline constexpr ListRule set = {.repeats = Repeats::refused};                  ///< May be empty.
inline constexpr ListRule pair_xy = {.at_least = 2, .at_most = 2};

/// One key.
struct Field {
  std::string_view key;
  std::string_view unit;                ///< Empty: none.
  std::string_view text;                ///< Meaning, one or two sentences.
  Range range = {};                     ///< Of numbers, also of those in lists.
  std::vector<std::string> words = {};  ///< Allowed texts; empty: any that follow the rule.
  TextRule text_rule = TextRule::not_empty;
  ListRule list = {};
  bool optional = false;  ///< In a list of tables: need not be written.
};

/// Stages of [acquisition] in the order in which they act.
inline const std::vector<std::string> stage_names = {"drift", "jitter", "contamination", "poisson", "gain", "dark"};

/// Classes of defects in the order of their numbers in masks (specimen::SiteClass), from 1.
inline const std::vector<std::string> class_names = {"anion_vacancy",      "metal_vacancy", "metal_on_anion",
                                                     "anion_on_metal",     "dopant",        "metal_interstitial",
                                                     "anion_interstitial", "adatom",        "antisite_vacancy"};
/// Networks of [training].
inline const std::vector<std::string> network_names = {"g-unet", "a-unet", "resnet-152"};
inline const std::vector<std::string> cluster_names = {"random", "column",         "pair",           "line",
                                                       "bent",   "triangle_metal", "triangle_hollow"};
/// Whether so many anion vacancies can lie in this shape.
bool cluster_fits(std::string_view cluster, int count);
inline const std::vector<std::string> side_names = {"any", "top", "bottom", "both"};

template <class S, class Section>
concept Of = std::same_as<std::remove_const_t<S>, Section>;

template <Of<CampaignSection> S, class V>
void visit_fields(S& s, V& v) {
  v(s.name, {.key = "name",
             .unit = "",
             .text = "Name of the campaign and of its run directory.",
             .text_rule = TextRule::folder_name});
  v(s.seed, {.key = "seed",
             .unit = "",
             .text = "Seed of all that is drawn at random: defect sites, noise, splits.",
             .range = from_to(0, 9e18)});
}

template <Of<SpecimenSection> S, class V>
void visit_fields(S& s, V& v) {
  v(s.parents,
    {.key = "parents",
     .unit = "",
     .text =
         "Monolayers by id (`\"MoS2-H\"`), by formula (`\"MoS2\"`: its phase of lowest formation energy), by pattern "
         "(`\"*S2-H\"`, `\"*\"`: all of the table that pass the four lists below), or as a file with one unit cell "
         "(CIF, POSCAR or extxyz, relative to the campaign file).",
     .list = set});
  v(s.phases, {.key = "phases",
               .unit = "",
               .text = "Patterns take parents of these phases only (1T' is `T'`, pentagonal is `P`). Empty: of all.",
               .words = {"H", "T", "T'", "T''", "P"},
               .list = set});
  v(s.tiers,
    {.key = "tiers",
     .unit = "",
     .text = "Patterns take parents of these tiers only: A known in experiment, B near the hull, C hypothetical.",
     .words = {"A", "B", "C"},
     .list = set});
  v(s.metals, {.key = "metals", .unit = "", .text = "Patterns take parents of these metals only.", .list = set});
  v(s.anions, {.key = "anions", .unit = "", .text = "Patterns take parents of these anions only.", .list = set});
  v(s.files, {.key = "files",
              .unit = "",
              .text = "Structure files (extxyz, POSCAR or CIF), relative to the campaign file; imaged as they are.",
              .list = set});
  v(s.supercell,
    {.key = "supercell",
     .unit = "cells",
     .text = "Unit cells of a parent along a and b. For H and T the second number is even, which makes the "
             "cell orthogonal: nx a by ny a sqrt(3)/2, 3 nx ny sites.",
     .range = from_to(1, 200),
     .list = pair_xy});
  std::vector<std::string> kinds = {"pristine"};
  kinds.insert(kinds.end(), class_names.begin(), class_names.end());
  v(s.defects,
    {.key = "defects",
     .unit = "",
     .text = "Classes of defects, each put alone into every parent: short for a table [[defect]] with its "
             "defaults. `pristine` is the perfect sheet, and what is meant when there is no [[defect]] either.",
     .words = kinds,
     .list = set});
  v(s.dopants, {.key = "dopants",
                .unit = "",
                .text = "Elements that class `dopant` puts on a metal site. One that is the parent's metal is skipped.",
                .list = set});
  v(s.adatoms,
    {.key = "adatoms", .unit = "", .text = "Elements of class `adatom`. Empty: the parent's own metal.", .list = set});
  v(s.replicates,
    {.key = "replicates",
     .unit = "",
     .text = "Specimens of each arrangement of defects, each shifted by its own lattice vector (pristine: one).",
     .range = from_to(1, 1e6)});
  v(s.label_radius_A, {.key = "label_radius_A",
                       .unit = "A",
                       .text = "Radius of the disc that marks a defect in the mask.",
                       .range = above_to(0, 20)});
}

template <Of<DefectEntry> S, class V>
void visit_fields(S& s, V& v) {
  v(s.classes, {.key = "classes",
                .unit = "",
                .text = "Classes that stand together in one specimen.",
                .words = class_names,
                .list = axis});
  v(s.count, {.key = "count",
              .unit = "",
              .text = "Axis: defects of each class in one supercell.",
              .range = from_to(1, 1000),
              .list = axis,
              .optional = true});
  v(s.cluster,
    {.key = "cluster",
     .unit = "",
     .text = "Axis: how several anion vacancies lie to each other. `column`, `pair`: two; `line`: two to four; `bent`, "
             "`triangle_metal`, `triangle_hollow`: three. A shape goes with the counts that it can have.",
     .words = cluster_names,
     .list = axis,
     .optional = true});
  v(s.side, {.key = "side",
             .unit = "",
             .text = "Axis: anion plane of vacancies, antisites, interstitial anions and adatoms (`any`: drawn).",
             .words = side_names,
             .list = axis,
             .optional = true});
  v(s.elements, {.key = "elements",
                 .unit = "",
                 .text = "Axis: elements of dopants and adatoms. Empty: specimen.dopants, specimen.adatoms.",
                 .list = set,
                 .optional = true});
  v(s.min_distance_A, {.key = "min_distance_A",
                       .unit = "A",
                       .text = "Smallest distance in the plane between two defects that are not one cluster.",
                       .range = from_to(0, 1000),
                       .optional = true});
  v(s.arrangements, {.key = "arrangements",
                     .unit = "",
                     .text = "Structures in which the defects lie to each other as drawn anew; each is relaxed apart.",
                     .range = from_to(1, 1e6),
                     .optional = true});
  v(s.replicates, {.key = "replicates",
                   .unit = "",
                   .text = "Specimens of each arrangement; 0: specimen.replicates.",
                   .range = from_to(0, 1e6),
                   .optional = true});
  v(s.parents, {.key = "parents",
                .unit = "",
                .text = "Parents that get this, as ids or patterns (`\"Mo*\"`). Empty: all.",
                .list = set,
                .optional = true});
}

template <Of<ImpurityEntry> S, class V>
void visit_fields(S& s, V& v) {
  v(s.element, {.key = "element", .unit = "", .text = "Foreign element, such as Li, O or C."});
  v(s.place,
    {.key = "place",
     .unit = "",
     .text = "Where it sits: on a metal site (Li there looks like a metal vacancy), on an anion site, in a hole "
             "of the sheet, or on the sheet.",
     .words = {"metal", "anion", "interstitial", "adatom"}});
  v(s.count,
    {.key = "count", .unit = "", .text = "Atoms in one supercell.", .range = from_to(1, 1000), .optional = true});
  v(s.fraction, {.key = "fraction",
                 .unit = "",
                 .text = "Part of the arrangements that have it, drawn for each.",
                 .range = above_to(0, 1),
                 .optional = true});
}

template <Of<RelaxationSection> S, class V>
void visit_fields(S& s, V& v) {
  v(s.engine,
    {.key = "engine",
     .unit = "",
     .text = "Program that relaxes every structure with defects before it is imaged: GPAW (PBE), VASP, or any "
             "`command`.",
     .words = {"none", "gpaw", "vasp", "command"}});
  v(s.parents, {.key = "parents",
                .unit = "",
                .text = "Parents whose structures are relaxed, as ids or patterns (`\"Mo*\"`). Empty: all.",
                .list = set});
  v(s.library,
    {.key = "library",
     .unit = "",
     .text = "Folders with results of earlier relaxations, relative to the campaign file. What is found there "
             "is not computed again.",
     .list = set});
  v(s.max_force_eV_per_A, {.key = "max_force_eV_per_A",
                           .unit = "eV/A",
                           .text = "Relaxed when no force is larger.",
                           .range = above_to(0, 10)});
  v(s.max_steps, {.key = "max_steps",
                  .unit = "",
                  .text = "Ionic steps; a structure that is not relaxed by then has failed.",
                  .range = from_to(1, 100000)});
  v(s.time_limit_s,
    {.key = "time_limit_s",
     .unit = "s",
     .text = "Wall time of one structure. A program that takes longer is ended; the attempt has failed.",
     .range = above_to(0, 1e7)});
  v(s.vacuum_A, {.key = "vacuum_A",
                 .unit = "A",
                 .text = "Vacuum below and above the sheet in the program's cell.",
                 .range = from_to(2, 50)});
  v(s.k_points, {.key = "k_points",
                 .unit = "",
                 .text = "Monkhorst-Pack points of the supercell, x and y.",
                 .range = from_to(1, 100),
                 .list = pair_xy});
  v(s.gpaw_mode,
    {.key = "gpaw_mode", .unit = "", .text = "Engine gpaw: atomic orbitals or plane waves.", .words = {"lcao", "pw"}});
  v(s.gpaw_basis, {.key = "gpaw_basis", .unit = "", .text = "Engine gpaw, lcao: basis set."});
  v(s.gpaw_spacing_A, {.key = "gpaw_spacing_A",
                       .unit = "A",
                       .text = "Engine gpaw, lcao: spacing of the grid.",
                       .range = from_to(0.05, 0.5)});
  v(s.gpaw_cutoff_eV,
    {.key = "gpaw_cutoff_eV", .unit = "eV", .text = "Engine gpaw, pw: cutoff.", .range = from_to(50, 5000)});
  v(s.gpaw_command, {.key = "gpaw_command",
                     .unit = "",
                     .text = "Engine gpaw: program and arguments that run a Python script with GPAW.",
                     .list = {.at_least = 1}});
  v(s.vasp_command, {.key = "vasp_command",
                     .unit = "",
                     .text = "Engine vasp: the site's program and arguments, such as `[\"srun\", \"-n\", \"32\", "
                             "\"vasp_std\"]`. No shell sees them."});
  v(s.vasp_potentials, {.key = "vasp_potentials",
                        .unit = "",
                        .text = "Engine vasp: folder with ELEMENT/POTCAR.",
                        .text_rule = TextRule::any});
  v(s.vasp_incar,
    {.key = "vasp_incar",
     .unit = "",
     .text = "Engine vasp: lines of INCAR that replace or extend what is written, such as `\"ENCUT = 500\"`."});
  v(s.command,
    {.key = "command",
     .unit = "",
     .text = "Engine command: program and arguments; `{input}` and `{output}` become the paths of extxyz files."});
}

template <Of<GeometrySection> S, class V>
void visit_fields(S& s, V& v) {
  v(s.rotations_deg,
    {.key = "rotations_deg",
     .unit = "deg",
     .text = "Axis: a sheet without boundary is seen turned counter-clockwise by these angles. Costs no simulation "
             "unless there is damage.",
     .range = from_to(-360, 360),
     .list = axis});
  v(s.boundary_rotations_deg, {.key = "boundary_rotations_deg",
                               .unit = "deg",
                               .text = "Axis: a grain boundary, the second grain turned against the first by so much. "
                                       "Empty: no boundaries. Position and direction are drawn.",
                               .range = from_to(-360, 360),
                               .list = set});
  v(s.boundary_gaps_A, {.key = "boundary_gaps_A",
                        .unit = "A",
                        .text = "Axis: distance of the two grains' edges; negative: the second grain lies on the first "
                                "by so much. With choice = draw the ends of a range.",
                        .range = from_to(-20, 20),
                        .list = axis});
  v(s.damage, {.key = "damage",
               .unit = "",
               .text = "Axis: whether the beam has removed atoms.",
               .words = {"none", "beam"},
               .list = axis});
  v(s.damage_atoms, {.key = "damage_atoms",
                     .unit = "atoms",
                     .text = "Least and most atoms that are removed: a random one and its nearest neighbours. Drawn.",
                     .range = from_to(1, 10000),
                     .list = pair_xy});
  v(s.choice,
    {.key = "choice",
     .unit = "",
     .text = "`product`: every rotation without boundary, and every boundary rotation with every gap, each with "
             "every damage. `draw`: some of them at random, for each structure its own.",
     .words = {"product", "draw"}});
  v(s.draws, {.key = "draws",
              .unit = "",
              .text = "choice = draw: operations of each structure. Boundary or none is as likely.",
              .range = from_to(1, 10000)});
  v(s.margin_A, {.key = "margin_A",
                 .unit = "A",
                 .text = "Real atoms simulated around an image with boundary or damage.",
                 .range = from_to(1, 50)});
}

template <Of<MicroscopeSection> S, class V>
void visit_fields(S& s, V& v) {
  v(s.energy_kev, {.key = "energy_kev", .unit = "keV", .text = "Energy of the beam.", .range = from_to(10, 1000)});
  v(s.semiangle_mrad, {.key = "semiangle_mrad",
                       .unit = "mrad",
                       .text = "Convergence semiangle of the probe.",
                       .range = above_below(0, 200)});
  v(s.aperture_edge,
    {.key = "aperture_edge",
     .unit = "",
     .text = "Beams at the aperture's edge: weighted by the area inside (`area`), or in or out (`hard`).",
     .words = {"area", "hard"}});
  v(s.defocus_A, {.key = "defocus_A",
                  .unit = "A",
                  .text = "Axis: defocus, C10 = -defocus. Costs no simulation.",
                  .range = above_below(-1e6, 1e6),
                  .list = axis});
  v(s.focal_spread_A,
    {.key = "focal_spread_A",
     .unit = "A",
     .text = "Standard deviation of the defocus (chromatic aberration), averaged exactly. Costs nothing.",
     .range = from_to(0, 1e5)});
  v(s.source_fwhm_A, {.key = "source_fwhm_A",
                      .unit = "A",
                      .text = "Full width at half maximum of the electron source as imaged on the specimen (Gaussian). "
                              "Costs nothing.",
                      .range = from_to(0, 100)});
  v(s.aberrations,
    {.key = "aberrations",
     .unit = "A, rad",
     .text = "Table of coefficients in Krivanek notation to fifth order: C12, C21, C23, C30, C32, C34, C41, "
             "C43, C45, C50, C52, C54, C56 in A and phi12, ... in rad; Cs is C30. C10 is defocus_A."});
}

template <Of<DetectorEntry> S, class V>
void visit_fields(S& s, V& v) {
  v(s.name,
    {.key = "name", .unit = "", .text = "Name, different for each detector.", .text_rule = TextRule::folder_name});
  v(s.inner_mrad,
    {.key = "inner_mrad", .unit = "mrad", .text = "Inner angle, 0 for a disc.", .range = from_to(0, 1000)});
  v(s.outer_mrad, {.key = "outer_mrad",
                   .unit = "mrad",
                   .text = "Outer angle. The potential's grid must hold it: about wavelength / (3 sampling_A).",
                   .range = above_to(0, 1000)});
  v(s.from_deg, {.key = "from_deg",
                 .unit = "deg",
                 .text = "Segment of a detector: azimuth at which it begins, counter-clockwise from the image's x.",
                 .range = from_to(-360, 360),
                 .optional = true});
  v(s.to_deg,
    {.key = "to_deg",
     .unit = "deg",
     .text = "Azimuth at which it ends; 360 degrees further is the whole ring. Each rotation of the specimen costs "
             "a segment one matrix product more.",
     .range = from_to(-360, 720),
     .optional = true});
}

template <Of<ScanSection> S, class V>
void visit_fields(S& s, V& v) {
  v(s.field_A, {.key = "field_A",
                .unit = "A",
                .text = "Size of the image, x and y.",
                .range = above_to(0, 1000),
                .list = pair_xy});
  v(s.pixels, {.key = "pixels",
               .unit = "pixels",
               .text = "Pixels of the image, x and y.",
               .range = from_to(8, 8192),
               .list = pair_xy});
}

template <Of<ImagingSection> S, class V>
void visit_fields(S& s, V& v) {
  v(s.sampling_A,
    {.key = "sampling_A",
     .unit = "A",
     .text = "Largest pixel of the potential's grid. Coarser is cheaper, holds smaller detector angles and "
             "is less exact (error of the HAADF signal of MoS2 at 80 keV with oversampling 4: 0.1 % at 0.05 A, 0.4 % "
             "at 0.066 A).",
     .range = from_to(0.005, 0.2)});
  v(s.slice_thickness_A, {.key = "slice_thickness_A",
                          .unit = "A",
                          .text = "Thickness of a slice; empty slices cost nothing.",
                          .range = from_to(0.05, 5)});
  v(s.scattering, {.key = "scattering",
                   .unit = "",
                   .text = "Parametrisation of the electron scattering factors (Lobato 2014 or Kirkland 2010).",
                   .words = {"lobato", "kirkland"}});
  v(s.oversampling,
    {.key = "oversampling",
     .unit = "",
     .text = "The transmission function exp(i sigma V) is formed on a grid finer by this factor, which makes "
             "images independent of where atoms stand between the pixels and nearly free of sampling error; "
             "1: on the grid itself, as other codes do.",
     .range = from_to(1, 16)});
  v(s.accuracy,
    {.key = "accuracy",
     .unit = "",
     .text = "Ask for an error instead of a sampling: the coarsest sampling_A and the smallest oversampling are "
             "taken that keep the detectors' signals of the campaign's elements to this relative error, and what "
             "those two keys say is ignored. 0: as they say.",
     .range = from_to(0, 0.5)});
  v(s.phonons, {.key = "phonons",
                .unit = "configurations",
                .text = "Frozen-phonon configurations that are averaged (0: atoms at rest); each costs one simulation. "
                        "Displacements: column rms_A of a structure file, else the table by element.",
                .range = from_to(0, 1e5)});
  v(s.specimen_tilt_mrad, {.key = "specimen_tilt_mrad",
                           .unit = "mrad",
                           .text = "Small tilt of the specimen, x and y in the frame of the unturned sheet.",
                           .range = from_to(-200, 200),
                           .list = pair_xy});
}

template <Of<DoseSection> S, class V>
void visit_fields(S& s, V& v) {
  v(s.e_per_A2, {.key = "e_per_A2",
                 .unit = "e/A^2",
                 .text = "Axis: dose in electrons per square angstrom, which sets the Poisson noise; `inf`: no noise. "
                         "Costs no simulation.",
                 .range = above_or_inf(0),
                 .list = axis});
  v(s.replicates,
    {.key = "replicates", .unit = "", .text = "Images with independent noise per dose.", .range = from_to(1, 1e6)});
}

template <Of<AcquisitionSection> S, class V>
void visit_fields(S& s, V& v) {
  v(s.stages, {.key = "stages",
               .unit = "",
               .text = "What happens to the exact image, always in this order; stages have own random numbers, so that "
                       "one does not change another. `drift` and `jitter` displace the probe, and the labels with it.",
               .words = stage_names,
               .list = set});
  v(s.drift_A, {.key = "drift_A",
                .unit = "A",
                .text = "Stage `drift`: displacement of the specimen over the whole frame, x and y of the image, even "
                        "in time; at most half of the field. The rows are scanned one after the other.",
                .range = from_to(-500, 500),
                .list = pair_xy});
  v(s.jitter_A, {.key = "jitter_A",
                 .unit = "A",
                 .text = "Stage `jitter`: standard deviation of the displacement of each scan line along x.",
                 .range = from_to(0, 10)});
  v(s.contamination, {.key = "contamination",
                      .unit = "",
                      .text = "Stage `contamination`: mean of the uneven background that hydrocarbons add, relative to "
                              "the mean of the noise-free image.",
                      .range = from_to(0, 100)});
  v(s.contamination_length_A, {.key = "contamination_length_A",
                               .unit = "A",
                               .text = "Stage `contamination`: distance at which the background's correlation is 1/e.",
                               .range = from_to(1, 1000)});
  v(s.gain_spread,
    {.key = "gain_spread",
     .unit = "",
     .text = "Stage `gain`: standard deviation of the detector's pulse for one electron, relative to its mean; n "
             "electrons get the variance n gain_spread^2 on top. Nothing at infinite dose.",
     .range = from_to(0, 5)});
  v(s.gain_error, {.key = "gain_error",
                   .unit = "",
                   .text = "Stage `gain`: relative standard deviation of the calibration factor of each image.",
                   .range = from_to(0, 1)});
  v(s.dark_electrons,
    {.key = "dark_electrons",
     .unit = "e",
     .text = "Stage `dark`: standard deviation of dark and read noise per pixel, after the dark level "
             "was subtracted. Nothing at infinite dose, where a pixel has no number of electrons.",
     .range = from_to(0, 1e6)});
}

template <Of<SplitSection> S, class V>
void visit_fields(S& s, V& v) {
  v(s.by,
    {.key = "by",
     .unit = "",
     .text = "What is never shared between two splits: one `structure` (a parent with a kind of defect, and all its "
             "replicates, which are the same arrangement shifted; each kind is dealt evenly) or one `parent` (the test "
             "shows materials never seen in training).",
     .words = {"structure", "parent"}});
  v(s.train, {.key = "train", .unit = "", .text = "Part that trains the network.", .range = above_below(0, 1)});
  v(s.validation, {.key = "validation",
                   .unit = "",
                   .text = "Part that is watched while training. What is left of 1 is the test split.",
                   .range = from_to(0, 1)});
}

template <Of<TrainingSection> S, class V>
void visit_fields(S& s, V& v) {
  v(s.network, {.key = "network", .unit = "", .text = "Network.", .words = network_names});
  v(s.width, {.key = "width",
              .unit = "channels",
              .text = "Channels of the first level (each level below doubles them): 64 for a study, 8 on a laptop.",
              .range = from_to(1, 1024)});
  v(s.upsampling, {.key = "upsampling",
                   .unit = "",
                   .text = "How the decoder doubles the size: a learned `transposed` convolution, or `bilinear` "
                           "interpolation followed by a convolution.",
                   .words = {"transposed", "bilinear"}});
  v(s.conditioned, {.key = "conditioned",
                    .unit = "",
                    .text = "Whether the network also sees the sample's metadata: composition, energy, angles, dose."});
  v(s.pretrained, {.key = "pretrained",
                   .unit = "",
                   .text = "File with weights that the encoder starts from, by name, relative to the campaign file; "
                           "empty: drawn.",
                   .text_rule = TextRule::any});
  v(s.epochs, {.key = "epochs", .unit = "", .text = "Passes over the train split.", .range = from_to(1, 1e6)});
  v(s.batch_size, {.key = "batch_size",
                   .unit = "images",
                   .text = "Images per step, over all ranks together.",
                   .range = from_to(1, 1e6)});
  v(s.accumulate,
    {.key = "accumulate",
     .unit = "parts",
     .text = "Each rank computes its share of a batch in so many parts, one after the other, for networks "
             "whose whole share does not fit into memory.",
     .range = from_to(1, 1e6)});
  v(s.learning_rate, {.key = "learning_rate", .unit = "", .text = "Learning rate.", .range = above_to(0, 10)});
  v(s.schedule,
    {.key = "schedule",
     .unit = "",
     .text = "How the learning rate goes on: down half a `cosine` to zero, `constant`, or a tenth after each "
             "five epochs without a better one (`plateau`).",
     .words = {"cosine", "constant", "plateau"}});
  v(s.warmup_steps, {.key = "warmup_steps",
                     .unit = "steps",
                     .text = "The learning rate rises from zero in so many steps.",
                     .range = from_to(0, 1e9)});
  v(s.clip_norm, {.key = "clip_norm",
                  .unit = "",
                  .text = "Gradients with a larger norm are scaled down to it; 0: never.",
                  .range = from_to(0, 1e9)});
  v(s.early_stop, {.key = "early_stop",
                   .unit = "epochs",
                   .text = "Training ends after so many epochs without a better one; 0: never.",
                   .range = from_to(0, 1e6)});
  v(s.crop_pixels, {.key = "crop_pixels",
                    .unit = "pixels",
                    .text = "Side of the random crop that a step sees; 0: see crop_area.",
                    .range = from_to(0, 8192)});
  v(s.crop_area, {.key = "crop_area",
                  .unit = "",
                  .text = "Part of the image's area in the random square crop that a step sees, when crop_pixels is 0; "
                          "its side is rounded to a multiple of 16 pixels. 0: the whole image.",
                  .range = from_to(0, 1)});
  v(s.loss, {.key = "loss",
             .unit = "",
             .text = "Loss: weighted `cross_entropy`, `focal` (cross entropy that turns from what is easy), `dice` "
                     "(overlap), or `cross_entropy+dice`, their sum.",
             .words = {"cross_entropy", "focal", "dice", "cross_entropy+dice"}});
  v(s.focal_gamma, {.key = "focal_gamma",
                    .unit = "",
                    .text = "Focal loss: exponent of 1 - p; 0 is cross entropy.",
                    .range = from_to(0, 10)});
  v(s.class_weight_power, {.key = "class_weight_power",
                           .unit = "",
                           .text = "Weight of a class in the loss = (its part of all pixels)^-power; 0: all the same.",
                           .range = from_to(0, 2)});
  v(s.batch_norm,
    {.key = "batch_norm",
     .unit = "",
     .text = "Batch normalisation takes its statistics from each rank's own share of a batch (`local`) or "
             "from the whole batch (`synchronised`).",
     .words = {"local", "synchronised"}});
  v(s.precision, {.key = "precision",
                  .unit = "",
                  .text = "`mixed`: convolutions in half precision, on a GPU; `single` elsewhere.",
                  .words = {"single", "mixed"}});
  v(s.bucket_mb, {.key = "bucket_mb",
                  .unit = "MB",
                  .text = "Gradients are averaged over the ranks in buckets of this size.",
                  .range = above_to(0, 1024)});
  v(s.checkpoint_every,
    {.key = "checkpoint_every", .unit = "epochs", .text = "Epochs between checkpoints.", .range = from_to(1, 1e6)});
  v(s.seed, {.key = "seed",
             .unit = "",
             .text = "Seed of the weights, the shuffles and the augmentation.",
             .range = from_to(0, 9e18)});
}

template <Of<StudySection> S, class V>
void visit_fields(S& s, V& v) {
  v(s.classes, {.key = "classes",
                .unit = "classes",
                .text = "Axis: numbers of classes that a network tells apart, the lattice among them. Empty: no study, "
                        "and one training with all classes.",
                .range = from_to(2, static_cast<double>(class_names.size()) + 1),
                .list = set});
  v(s.networks, {.key = "networks",
                 .unit = "",
                 .text = "Axis: networks, or names of `[[model]]`. Empty: the one of `[training]`.",
                 .list = set});
  v(s.defects, {.key = "defects",
                .unit = "",
                .text = "Classes of defects that subsets are made of. Empty: all that the campaign has.",
                .words = class_names,
                .list = set});
  v(s.subsets, {.key = "subsets",
                .unit = "subsets",
                .text = "At most so many subsets of the classes for each number of classes, drawn with the campaign's "
                        "seed. A larger number keeps those of a smaller one.",
                .range = from_to(1, 126)});
  v(s.splits, {.key = "splits",
               .unit = "draws",
               .text = "Axis: draws of the split; the first one is that of a campaign without a study.",
               .range = from_to(1, 100)});
  v(s.seeds, {.key = "seeds",
              .unit = "",
              .text = "Axis: seeds of weights, shuffles and augmentation. Empty: `training.seed`.",
              .range = from_to(0, 2e9),
              .list = set});
  v(s.train_conditions, {.key = "train_conditions",
                         .unit = "",
                         .text = "Axis: what is trained on, `all` or a `[[condition]]`. Every network is tested on all "
                                 "conditions.",
                         .list = axis});
  v(s.ranks,
    {.key = "ranks",
     .unit = "",
     .text = "Ranks of a training: `one` (trainings run side by side, one for each worker) or `all` (all ranks share "
             "one training after the other). The batch's shares differ, and so do the results.",
     .words = {"one", "all"}});
}

template <Of<ModelEntry> S, class V>
void visit_fields(S& s, V& v) {
  v(s.name, {.key = "name", .unit = "", .text = "What `study.networks` calls it.", .text_rule = TextRule::folder_name});
  v(s.network, {.key = "network",
                .unit = "",
                .text = "Network. Empty: the one that the name says, if it is a network's, else `training.network`.",
                .text_rule = TextRule::any,
                .optional = true});
  v(s.width, {.key = "width",
              .unit = "channels",
              .text = "Instead of `training.width`; 0: that. So do the next three.",
              .range = from_to(0, 1024),
              .optional = true});
  v(s.epochs,
    {.key = "epochs", .unit = "", .text = "Passes over the train split.", .range = from_to(0, 1e6), .optional = true});
  v(s.batch_size,
    {.key = "batch_size", .unit = "images", .text = "Images per step.", .range = from_to(0, 1e6), .optional = true});
  v(s.learning_rate,
    {.key = "learning_rate", .unit = "", .text = "Learning rate.", .range = from_to(0, 10), .optional = true});
  v(s.conditioned, {.key = "conditioned",
                    .unit = "",
                    .text = "Whether the network sees the sample's metadata too.",
                    .words = {"as_training", "yes", "no"},
                    .optional = true});
}

template <Of<ConditionEntry> S, class V>
void visit_fields(S& s, V& v) {
  v(s.name, {.key = "name", .unit = "", .text = "Its name; `all` is taken.", .text_rule = TextRule::folder_name});
  v(s.parents, {.key = "parents",
                .unit = "",
                .text = "Parents by id, formula or pattern. Empty: all.",
                .list = set,
                .optional = true});
  v(s.dose_e_per_A2, {.key = "dose_e_per_A2",
                      .unit = "e/A^2",
                      .text = "Range of the dose.",
                      .range = above_or_inf(0),
                      .optional = true});
  v(s.defocus_A, {.key = "defocus_A", .unit = "A", .text = "Range of the defocus.", .optional = true});
  v(s.rotation_deg, {.key = "rotation_deg",
                     .unit = "deg",
                     .text = "Range of the rotation of the sheet (of its first grain).",
                     .optional = true});
  v(s.boundary, {.key = "boundary",
                 .unit = "",
                 .text = "Images with a grain boundary, without, or both.",
                 .words = {"any", "yes", "no"},
                 .optional = true});
  v(s.damage_atoms, {.key = "damage_atoms",
                     .unit = "atoms",
                     .text = "Range of the number of atoms that the beam has removed; `[0, 0]`: undamaged.",
                     .range = from_to(0, 1e6),
                     .optional = true});
  v(s.impurities, {.key = "impurities",
                   .unit = "",
                   .text = "Images with foreign atoms, without, or both.",
                   .words = {"any", "yes", "no"},
                   .optional = true});
}

template <Of<RunSection> S, class V>
void visit_fields(S& s, V& v) {
  v(s.lease_seconds, {.key = "lease_seconds",
                      .unit = "s",
                      .text = "Work is handed to a worker in portions of about this length.",
                      .range = above_to(0, 86400)});
  v(s.attempts, {.key = "attempts",
                 .unit = "",
                 .text = "Executions of a task before it is put aside (quarantined).",
                 .range = from_to(1, 100)});
  v(s.heartbeat_seconds,
    {.key = "heartbeat_seconds",
     .unit = "s",
     .text = "A worker that is silent for so long is taken for lost, and so is a rank that lets the others of its "
             "task wait for so long.",
     .range = above_to(0, 86400)});
  v(s.ranks_per_task, {.key = "ranks_per_task",
                       .unit = "ranks",
                       .text = "Ranks that share one specimen, for specimens that take one rank too long. Ranks beyond "
                               "a multiple of it (and the one that schedules) stay idle.",
                       .range = from_to(1, 4096)});
  v(s.first, {.key = "first",
              .unit = "",
              .text = "What is worked on first: ids of parents and classes of defects (`pristine` too), the most "
                      "wanted one first. Changes no result; may be edited between two runs of a directory.",
              .list = set});
  v(s.store_shards,
    {.key = "store_shards",
     .unit = "files",
     .text = "Files that images and labels are spread over, beside a store.h5 that shows them as one: for "
             "many nodes on a parallel file system. A store that exists keeps the files it has.",
     .range = from_to(1, 1000)});
}

/// All sections in the order of the dump and of the reference.
template <Of<Spec> S, class V>
void visit_sections(S& s, V& v) {
  v.section("campaign", "What the campaign is called, and its seed.", s.campaign);
  v.section("specimen", "Which structures: parents x defects x replicates, and files. At least one parent or file.",
            s.specimen);
  v.entries("defect",
            "One table per kind of defective structure: all combinations of its axes, in every parent. Defects of more "
            "than one class stand in one specimen.",
            s.defects);
  v.entries(
      "impurity",
      "One table per kind of foreign atom that is seen in the image, but not in the mask. Not in pristine sheets.",
      s.impurities);
  v.section(
      "relaxation",
      "Relaxing structures with an external program, as tasks of the campaign. Keys of other engines are ignored.",
      s.relaxation);
  v.section("geometry", "How the structures lie under the beam.", s.geometry);
  v.section("microscope", "The probe.", s.microscope);
  v.entries("detector",
            "One table with name and angles per annular detector or segment of one; each gives one image per sample. "
            "Without any table: "
            "haadf, 50 to 200 mrad.",
            s.detectors);
  v.section("scan", "The image.", s.scan);
  v.section("imaging", "How exactly the scattering is calculated.", s.imaging);
  v.section("dose", "The noise.", s.dose);
  v.section(
      "acquisition",
      "What the microscope adds to the exact image. The numbers of a stage belong to it: they are refused without "
      "it, and it is refused without them.",
      s.acquisition);
  v.section("split", "Which structures train the network and which test it.", s.split);
  v.section("training", "The network and its training. Changing these simulates nothing again.", s.training);
  v.section("study",
            "Many trainings on the same images: all combinations of its axes, each a task of the campaign. Changing "
            "these simulates nothing again, and trains only what is new.",
            s.study);
  v.entries("model", "One table per network of the study that has settings of its own.", s.models);
  v.entries("condition",
            "One table per part of the images that the study trains on or tests with. Ranges are `[lowest, highest]`, "
            "both included; what is not given is free.",
            s.conditions);
  v.section("run", "How the work is done. Changing these changes no result.", s.run);
}

/// "section.key" of every field.
std::vector<std::string> all_keys();

/// Values as TOML, also used in messages: `"text"`, `0.05`, `[1, 2]`.
std::string toml_text(const std::string& value);
std::string toml_text(double value);
std::string toml_text(std::int64_t value);
std::string toml_text(std::uint64_t value);
template <std::same_as<bool> B>  // Nothing else may turn into a boolean.
std::string toml_text(B value) {
  return value ? "true" : "false";
}
inline std::string toml_text(int value) { return toml_text(static_cast<std::int64_t>(value)); }
template <class T>
std::string toml_text(const std::vector<T>& values) {
  std::string text = "[";
  for (const auto& value : values) text += (text.size() > 1 ? ", " : "") + toml_text(value);
  return text + "]";
}

}  // namespace twinmill::campaign

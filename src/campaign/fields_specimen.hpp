#pragma once
// Fields of the sections that say what is imaged: parents, defects, impurities, relaxation, geometry.

#include "field.hpp"

namespace twinmill::campaign {

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

}  // namespace twinmill::campaign

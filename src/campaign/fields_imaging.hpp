#pragma once
// Fields of the sections that say how it is imaged: microscope, detectors, scan, dose, acquisition.

#include "field.hpp"

namespace twinmill::campaign {

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

}  // namespace twinmill::campaign

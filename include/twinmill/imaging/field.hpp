#pragma once
// Images of views of any structure: turned, bounded, damaged, large. A view is imaged in a cell of its own that holds
// real atoms around it; a large one in windows, each with a margin. Method and errors: docs/physics.md.

#include "twinmill/imaging/simulate.hpp"

namespace twinmill::imaging {

/// How a view is imaged.
struct FieldOptions {
  double sampling_A = 0.05;  ///< Largest pixel of the potential's grid.
  double margin_A = 0;       ///< Real atoms around the view or window; 0: as far as max_error asks.
  double max_error = 0.01;   ///< Allowed relative rms error by the finite cell, estimated from the probe's tails.
  double whole_A2 = 2500;    ///< Cells up to this size are imaged at once.
};

/// A part of the view: pixels [first, first + view.pixels) of the whole image.
struct Window {
  std::array<int, 2> first{};
  specimen::View view;  ///< Of the structure.
};

struct FieldPlan {
  std::vector<Window> windows;
  double margin_A = 0;
  std::array<double, 2> cell_A{};  ///< Of every window.
  std::array<int, 2> grid{};
  double error = 0;  ///< Estimated relative rms error of an incoherent image by the finite cell.
};

/// Decides margin and windows. `optics`: the one whose probe reaches farthest (largest defocus). Throws Error(input)
/// when no margin keeps the error.
FieldPlan plan_field(const specimen::Structure& structure, const specimen::View& view, const Multislice& multislice,
                     const Optics& optics, const FieldOptions& options);

/// The view's images, per optics and detector: [optics][detector]. `multislice.grid` is replaced by the plan's. Members
/// of a team share a single window's beams, or the windows. Phonons displace the same atom alike in every window.
struct FieldImages {
  std::vector<std::vector<Image<double>>> images;
  std::vector<double> phonon_error;  ///< Per detector, of the first optics; the worst window's.
};
FieldImages image_field(const specimen::Structure& structure, const FieldPlan& plan, std::array<int, 2> pixels,
                        const Multislice& multislice, const std::vector<Optics>& optics,
                        const std::vector<Detector>& detectors, double source_fwhm_A = 0, const Progress& progress = {},
                        const Team& team = alone());

/// The structure seen as independent scatterers of Z^1.7 under the probe's intensity, on its periodic cell: the linear
/// model behind the error estimate (fraction of the beam up to a factor).
Series incoherent_image(const specimen::Structure& structure, double energy_kev, const Optics& optics);

/// Sampling that keeps the detectors' signals to an error: the coarsest pixel and the smallest oversampling.
struct Sampling {
  double pixel_A = 0.05;
  int oversampling = 4;
  double error = 0;  ///< Largest relative change of a detector's signal against a much finer grid.
};
/// Measured on single atoms of each element of the structure. Throws Error(input) when no sampling on offer is as
/// exact.
Sampling sampling_for(const specimen::Structure& structure, const Multislice& multislice, const Optics& optics,
                      const std::vector<Detector>& detectors, double max_error);

}  // namespace twinmill::imaging

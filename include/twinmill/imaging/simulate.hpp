#pragma once
// The exact STEM image of a specimen as a short Fourier series, from its scattering matrix.
// Method and conventions: docs/imaging.md.

#include <array>
#include <complex>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "twinmill/base/image.hpp"
#include "twinmill/imaging/team.hpp"
#include "twinmill/specimen/structure.hpp"
#include "twinmill/specimen/view.hpp"

namespace twinmill::imaging {

enum class Scattering { lobato, kirkland, count_ };
enum class ApertureEdge { area, hard, count_ };
std::string_view name(Scattering s);
std::string_view name(ApertureEdge e);
Scattering scattering(std::string_view name);       ///< Throws Error(input).
ApertureEdge aperture_edge(std::string_view name);  ///< Throws Error(input).

/// Annulus: inner <= angle < outer.
struct Detector {
  std::string name;
  double inner_mrad = 0, outer_mrad = 0;
};

/// Numerics and beam energy of a multislice calculation.
struct Multislice {
  double energy_kev = 80;
  std::array<int, 2> grid{256, 224};
  double slice_thickness_A = 0.5;  ///< At most; the cell's height is cut into equal slices.
  Scattering scattering = Scattering::lobato;
};

/// One aberration coefficient in Krivanek notation: "C10", "C12", "phi12", "C21", ... to fifth order; A and rad.
/// Aliases: defocus (= -C10), Cs (= C30).
struct AberrationTerm {
  std::string name;
  double value = 0;
};

/// Probe-forming (or objective) optics.
struct Optics {
  double semiangle_mrad = 25;
  ApertureEdge edge = ApertureEdge::area;
  std::vector<AberrationTerm> aberrations;
};

/// Image Fourier coefficients: I(r) = sum_q c[q] exp(2 pi i q.r), q = (hx/Lx, hy/Ly), |hx| <= nx, |hy| <= ny.
/// Hermitian: c[-q] = conj(c[q]). Units: fraction of the beam.
struct Series {
  std::array<double, 2> cell_A{};
  int nx = 0, ny = 0;
  std::vector<std::complex<float>> c;  ///< (2 nx + 1) x (2 ny + 1), index (hx + nx) * (2 ny + 1) + (hy + ny).

  /// The image on the whole cell at (i Lx/w, j Ly/h): at(i, j).
  Image<double> on_cell(int width, int height) const;
  /// The image of a view (any rotation and field; the structure repeats).
  Image<double> on_view(const specimen::View& view) const;
};

/// Called now and then with a fraction of the work done; may throw to stop the work.
using Progress = std::function<void(double)>;

/// The scattering matrix of one specimen reduced to one Hermitian matrix per detector; any number of optics whose
/// aperture lies inside the `widest` one follow at almost no cost (its aberrations do not matter).
class ScatteringMatrix {
 public:
  /// Throws Error(input) when a detector reaches beyond the grid's band limit, with the grid that would do.
  ScatteringMatrix(const specimen::Structure& structure, const Multislice& multislice, const Optics& widest,
                   const std::vector<Detector>& detectors, const Progress& progress = {}, const Team& team = alone());
  ~ScatteringMatrix();
  ScatteringMatrix(ScatteringMatrix&&) noexcept;

  /// One series per detector, in their order. Throws Error(input) when the optics need beams that were not propagated.
  std::vector<Series> series(const Optics& optics) const;
  int beams() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Parallel-beam exit wave and image (grid: x first, index ix * ny + iy), |wave|^2 = 1 in vacuum.
struct ExitWave {
  std::array<int, 2> grid{};
  std::vector<std::complex<double>> wave;
  std::vector<double> image;
};
ExitWave hrtem(const specimen::Structure& structure, const Multislice& multislice, const Optics& objective);

/// The same optics seen from a specimen that is turned by -rotation: azimuths turn, round terms stay.
Optics rotated(const Optics& optics, double rotation_deg);

}  // namespace twinmill::imaging

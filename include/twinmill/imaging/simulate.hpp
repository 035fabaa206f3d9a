#pragma once
// The exact STEM image of a specimen as a short Fourier series, from its scattering matrix.
// Method and conventions: docs/physics.md.

#include <array>
#include <complex>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "twinmill/base/hash.hpp"
#include "twinmill/base/image.hpp"
#include "twinmill/imaging/team.hpp"
#include "twinmill/specimen/structure.hpp"
#include "twinmill/specimen/view.hpp"

namespace twinmill::imaging {

class Device;
struct ScatteringState;

enum class Scattering { lobato, kirkland, count_ };
enum class ApertureEdge { area, hard, count_ };
std::string_view name(Scattering s);
std::string_view name(ApertureEdge e);
Scattering scattering(std::string_view name);       ///< Throws Error(input).
ApertureEdge aperture_edge(std::string_view name);  ///< Throws Error(input).

/// What a detector adds up over its pixels: the intensity, or the intensity times the x or y component of the
/// scattering angle in mrad (first moment; of a detector that holds the whole pattern it is the centre of mass).
enum class Signal { intensity, moment_x, moment_y, count_ };

/// Sector of an annulus: inner <= angle < outer, from <= azimuth < to (degrees counter-clockwise from x; a full circle
/// has to - from >= 360).
struct Detector {
  std::string name;
  double inner_mrad = 0, outer_mrad = 0;
  double from_deg = 0, to_deg = 360;
  Signal signal = Signal::intensity;
  friend bool operator==(const Detector&, const Detector&) = default;
};

/// Frozen phonons in Einstein's model: every atom of every configuration is displaced in x and y by independent normal
/// deviates (displacements along the beam change next to nothing in thin slices and are left out).
struct Phonons {
  int configurations = 0;            ///< 0: atoms at rest.
  std::map<int, double> rms_A = {};  ///< sqrt(<u_x^2>) by atomic number; others from the table (rms_displacement_A).
  Hash128 key = {};                  ///< Names the random stream: configuration i of a key is always the same.
};

/// sqrt(<u_x^2>) in A at room temperature: the last row of src/imaging/data/thermal_msd.csv for the element, else its
/// generic one.
double rms_displacement_A(int z);
/// What the phonons say of the element, else the table.
double rms_displacement_A(const Phonons& phonons, int z);

/// Numerics and beam energy of a multislice calculation.
struct Multislice {
  double energy_kev = 80;
  std::array<int, 2> grid{256, 224};
  double slice_thickness_A = 0.5;  ///< At most; the cell's height is cut into equal slices.
  Scattering scattering = Scattering::lobato;
  int oversampling = 1;  ///< exp(i sigma V) is formed on a grid finer by this factor; 1 lets it fold into the band.
  std::array<double, 2> specimen_tilt_mrad{};  ///< Small tilt: depth z is seen shifted by z tan(tilt), x and y.
  Phonons phonons = {};
  Device* device = nullptr;  ///< Not owned. Computes waves and products; null: the processor, with FFTW.
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
  double focal_spread_A = 0;               ///< Standard deviation of the defocus; incoherent, averaged exactly.
  std::array<double, 2> beam_tilt_mrad{};  ///< Centre of the aperture, x and y; lens and detectors stay on the axis.
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
  /// Seen with an incoherent source: a Gaussian of this full width at half maximum (A) at the specimen.
  Series blurred(double source_fwhm_A) const;
};

/// Called now and then with a fraction of the work done; may throw to stop the work.
using Progress = std::function<void(double)>;

/// The scattering matrix of one specimen reduced to one Hermitian matrix per detector; any number of optics whose
/// aperture lies inside the `widest` one follow at almost no cost (its aberrations do not matter).
class ScatteringMatrix {
 public:
  /// Members of a team divide the beams; each ends with the same bits as a process alone. Throws Error(input) when a
  /// detector or the aperture reaches beyond the grid's band limit, with the grid that would do.
  ScatteringMatrix(const specimen::Structure& structure, const Multislice& multislice, const Optics& widest,
                   const std::vector<Detector>& detectors, const Progress& progress = {}, const Team& team = alone());
  ~ScatteringMatrix();
  ScatteringMatrix(ScatteringMatrix&&) noexcept;

  /// One series per detector, in their order, without the source's size. Throws Error(input) when the optics need beams
  /// that were not propagated.
  std::vector<Series> series(const Optics& optics) const;
  /// Relative standard error of the images from the finite number of phonon configurations, per detector: half the rms
  /// difference between the means of even and odd configurations over the mean. 0 for fewer than two.
  std::vector<double> phonon_error(const Optics& optics) const;
  int beams() const;
  /// cpu-time shares of the construction, in seconds of this process (for `twinmill bench`).
  struct Parts {
    double potential = 0, planes = 0, product = 0;
  };
  const Parts& parts() const;

  /// Bytes that one member of a team of this size needs at most.
  static double memory_bytes(std::array<double, 2> cell_A, const Multislice& multislice, const Optics& widest,
                             const std::vector<Detector>& detectors, int team_size);

 private:
  std::unique_ptr<ScatteringState> state_;
};

/// The same images by the plain method, one probe after the other, in double precision: the path that every other is
/// measured against. `at`: probe positions (A). Result: one vector per detector, a value per position.
std::vector<std::vector<double>> plain_multislice(const specimen::Structure& structure, const Multislice& multislice,
                                                  const Optics& optics, const std::vector<Detector>& detectors,
                                                  const std::vector<std::array<double, 2>>& at,
                                                  const Progress& progress = {});

/// Fraction of the beam that the detectors receive from one plane wave along the axis; its change with the grid is the
/// error of the images' means.
std::vector<double> plane_wave_signals(const specimen::Structure& structure, const Multislice& multislice,
                                       const std::vector<Detector>& detectors);

/// Parallel-beam exit wave and image (grid: x first, index ix * ny + iy), |wave|^2 = 1 in vacuum. With phonons the wave
/// is that of the first configuration and the image the mean over all.
struct ExitWave {
  std::array<int, 2> grid{};
  std::vector<std::complex<double>> wave;
  std::vector<double> image;
};
ExitWave hrtem(const specimen::Structure& structure, const Multislice& multislice, const Optics& objective);

/// The same optics seen from a specimen that is turned by -rotation: azimuths turn, round terms stay.
Optics rotated(const Optics& optics, double rotation_deg);
/// The same for a detector: sectors turn. Throws Error(input) for a moment, whose axes are the detector's.
Detector rotated(const Detector& detector, double rotation_deg);

}  // namespace twinmill::imaging

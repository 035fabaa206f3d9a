#pragma once
// The window through which the microscope looks at a periodic structure, and the labels seen in it.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "twinmill/base/image.hpp"
#include "twinmill/specimen/structure.hpp"

namespace twinmill::specimen {

/// Where the probe truly is during a scan. Rows (along x) are scanned one after the other along y, so pixel (ix, iy) is
/// taken at the time t = (iy width + ix) / (width height) of the frame; the probe then is over the image point
/// p - drift t + (line[iy], 0), where p is the pixel's centre.
struct ScanDistortion {
  std::array<double, 2> drift_A{0, 0};  ///< Displacement of the specimen over the whole frame.
  std::vector<double> line_A;           ///< Displacement of the probe along x, one per line; empty: none.

  bool none() const { return drift_A[0] == 0 && drift_A[1] == 0 && line_A.empty(); }
};

/// Image frame to structure frame:
/// pixel (ix, iy) has its centre at p = ((ix + 1/2) field_x / width, (iy + 1/2) field_y / height), and
/// shows the point r = origin + R(-rotation) (p - field/2) of the structure. So the specimen appears turned
/// counter-clockwise by `rotation` (x to the right, y in the direction of growing iy). A distorted scan shows the point
/// under its displaced probe instead; image, mask and seen sites all follow it.
struct View {
  std::array<double, 2> field_A{16, 16};
  std::array<int, 2> pixels{128, 128};
  double rotation_deg = 0;
  std::array<double, 2> origin_A{0, 0};  ///< Point of the structure at the centre of the image.
  ScanDistortion scan = {};

  /// Structure point under image point p (A).
  std::array<double, 2> to_structure(std::array<double, 2> p_A) const;
  /// Image point (A) of a structure point (no periodic images).
  std::array<double, 2> to_image(std::array<double, 2> r_A) const;
  /// Displacement (A, image frame) of the probe at pixel (ix, iy).
  std::array<double, 2> displacement_A(int ix, int iy) const;
  /// Where an undistorted scan would show what this one shows of image point p (A): the inverse of p - drift t + line.
  /// The line's displacement is that of the line which passes nearest, the drift is followed between lines and pixels.
  std::array<double, 2> seen_at(std::array<double, 2> p_A) const;
};

/// One site seen in an image.
struct SeenSite {
  double x_px = 0, y_px = 0;  ///< Pixel coordinates; pixel (0,0) has its centre at (0,0), so x_px = p_x / pixel - 1/2.
  double z_A = 0;             ///< Height in the cell.
  int z = 0;                  ///< Atomic number; 0: vacancy.
  int index = 0;              ///< Site of the cell; periodic images share it.
  SiteClass label = SiteClass::lattice;
  int column = -1;  ///< Number of the atomic column in this image, by first appearance; vacancies have none (-1).
};

/// Every site (periodic images included) whose centre lies inside the image, ordered by site, then y, then x. Atoms
/// within column_A of each other in projection are of one column, and so are all that such pairs join. What decides is
/// where they are, not where a distorted scan sees them.
std::vector<SeenSite> seen_sites(const Structure& structure, const View& view);
inline constexpr double column_A = 0.5;

/// What stands in each column, by its number: "Mo", "S2", "MoS"; elements by falling atomic number.
std::vector<std::string> column_species(const std::vector<SeenSite>& seen);

/// What lies under a view and `margin_A` around it, as a structure of its own in the image's frame: image point p is at
/// p + margin in an orthogonal cell of field + 2 margin, filled with atoms throughout. The cell repeats, but the sheet
/// does not: at the seam an atom that stands nearer than seam_distance_A to one across the seam is left out (of two,
/// the later one). Vacancies stay as sites.
Structure cut(const Structure& structure, const View& view, double margin_A);
inline constexpr double seam_distance_A = 1.5;

/// Class of each pixel: the defect site (periodic images included, also those just outside the image) nearest to the
/// pixel's centre within radius_A, or lattice (0).
Image<std::uint8_t> mask(const Structure& structure, const View& view, double radius_A);

}  // namespace twinmill::specimen

#pragma once
// The window through which the microscope looks at a periodic structure, and the labels seen in it.

#include <array>
#include <cstdint>
#include <vector>

#include "twinmill/base/image.hpp"
#include "twinmill/specimen/structure.hpp"

namespace twinmill::specimen {

/// Image frame to structure frame:
/// pixel (ix, iy) has its centre at p = ((ix + 1/2) field_x / width, (iy + 1/2) field_y / height), and
/// shows the point r = origin + R(-rotation) (p - field/2) of the structure. So the specimen appears turned
/// counter-clockwise by `rotation` (x to the right, y in the direction of growing iy).
struct View {
  std::array<double, 2> field_A{16, 16};
  std::array<int, 2> pixels{128, 128};
  double rotation_deg = 0;
  std::array<double, 2> origin_A{0, 0};  ///< Point of the structure at the centre of the image.

  /// Structure point under image point p (A).
  std::array<double, 2> to_structure(std::array<double, 2> p_A) const;
  /// Image point (A) of a structure point (no periodic images).
  std::array<double, 2> to_image(std::array<double, 2> r_A) const;
};

/// One site seen in an image.
struct SeenSite {
  double x_px = 0, y_px = 0;  ///< Pixel coordinates; pixel (0,0) has its centre at (0,0), so x_px = p_x / pixel - 1/2.
  double z_A = 0;             ///< Height in the cell.
  int z = 0;                  ///< Atomic number; 0: vacancy.
  int index = 0;              ///< Site of the cell; periodic images share it.
  SiteClass label = SiteClass::lattice;
};

/// Every site (periodic images included) whose centre lies inside the image, ordered by site, then y, then x.
std::vector<SeenSite> seen_sites(const Structure& structure, const View& view);

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

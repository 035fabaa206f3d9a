// A piece of a sheet, in the image's frame.
#include <algorithm>
#include <map>

#include "periodic_images.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::specimen {
namespace {

// Nearest distance along one axis of a cell that repeats.
double across(double d, double length) { return d - length * std::round(d / length); }

// Both atoms stand within seam_distance_A of each other through a face of the cell.
bool meet_across_seam(const Site& a, const Site& b, const std::array<double, 3>& cell) {
  const double dx = a.r_A[0] - b.r_A[0], dy = a.r_A[1] - b.r_A[1], dz = a.r_A[2] - b.r_A[2];
  const double px = across(dx, cell[0]), py = across(dy, cell[1]);
  if (std::abs(px - dx) < 1e-9 && std::abs(py - dy) < 1e-9) return false;  // Neighbours inside the cell.
  return px * px + py * py + dz * dz < seam_distance_A * seam_distance_A;
}

}  // namespace

Structure cut(const Structure& structure, const View& view, double margin_A) {
  check_view(structure, view);
  if (!(margin_A >= 0 && std::isfinite(margin_A)))
    throw Error(Fault::input, cat("margin = ", margin_A, " A (must not be negative)"));
  Structure piece{.cell_A = {view.field_A[0] + 2 * margin_A, view.field_A[1] + 2 * margin_A, structure.cell_A[2]},
                  .sites = {}};
  std::vector<Site> near_faces;
  for (const auto& site : structure.sites) {
    for_each_image(
        site, structure.cell_A, view, {margin_A, margin_A}, [&](std::array<double, 2> q, std::array<int, 2> image) {
          Site copy = site;
          copy.image = image;
          bool at_face = false;
          for (std::size_t axis = 0; axis < 2; ++axis) {
            const double p = q[axis] + piece.cell_A[axis] / 2;
            if (!(p >= 0 && p < piece.cell_A[axis])) return;
            copy.r_A[axis] = p;
            at_face = at_face || p < seam_distance_A || p > piece.cell_A[axis] - seam_distance_A;
          }
          if (at_face && copy.z > 0) {
            const auto meets = [&](const Site& other) { return meet_across_seam(copy, other, piece.cell_A); };
            if (std::any_of(near_faces.begin(), near_faces.end(), meets)) return;
            near_faces.push_back(copy);
          }
          piece.sites.push_back(copy);
        });
  }
  return piece;
}

}  // namespace twinmill::specimen

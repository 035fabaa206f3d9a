// A piece of a sheet, in the image's frame.
#include "cut.hpp"

#include <algorithm>

#include "periodic_images.hpp"
#include "point_grid.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/specimen/field.hpp"

namespace twinmill::specimen {
namespace {

// Whether an atom, seen shifted by a vector of the cell, stands too near to one of `others`.
struct Crowd {
  const std::vector<Site>& others;
  PointGrid grid{std::max(seam_distance_A, grain_distance_A)};

  void add(std::size_t i) { grid.add({others[i].r_A[0], others[i].r_A[1]}, i); }

  bool meets(const Site& atom, std::array<double, 2> shift) const {
    const bool through_face = shift[0] != 0 || shift[1] != 0;
    const double x = atom.r_A[0] + shift[0], y = atom.r_A[1] + shift[1];
    bool met = false;
    grid.near({x, y}, [&](std::size_t i) {
      const Site& other = others[i];
      if (other.grain == atom.grain && !through_face) return;
      const double limit = other.grain == atom.grain ? seam_distance_A : grain_distance_A;
      const double dx = x - other.r_A[0], dy = y - other.r_A[1], dz = atom.r_A[2] - other.r_A[2];
      met = met || dx * dx + dy * dy + dz * dz < limit * limit;
    });
    return met;
  }

  // Through any face that is near.
  bool meets_across(const Site& atom, const std::array<double, 3>& cell) const {
    const double reach = std::max(seam_distance_A, grain_distance_A);
    std::array shifts = {std::vector{0.0}, std::vector{0.0}};
    for (std::size_t axis = 0; axis < 2; ++axis) {
      if (atom.r_A[axis] < reach) shifts[axis].push_back(cell[axis]);
      if (atom.r_A[axis] > cell[axis] - reach) shifts[axis].push_back(-cell[axis]);
    }
    for (const double sy : shifts[1])
      for (const double sx : shifts[0])
        if ((sx != 0 || sy != 0) && meets(atom, {sx, sy})) return true;
    return false;
  }
};

}  // namespace

Structure covered(const Structure& structure, const View& view, double margin_A) {
  check_view(structure, view);
  if (!(margin_A >= 0 && std::isfinite(margin_A)))
    throw Error(Fault::input, cat("margin = ", margin_A, " A (must not be negative)"));
  Structure piece{.cell_A = {view.field_A[0] + 2 * margin_A, view.field_A[1] + 2 * margin_A, structure.cell_A[2]},
                  .sites = {}};
  for (const auto& site : structure.sites) {
    for_each_image(site, structure.cell_A, view, {margin_A, margin_A},
                   [&](std::array<double, 2> q, std::array<int, 2> image) {
                     Site copy = site;
                     for (std::size_t axis = 0; axis < 2; ++axis) {
                       const double p = q[axis] + piece.cell_A[axis] / 2;
                       if (!(p >= 0 && p < piece.cell_A[axis])) return;
                       copy.r_A[axis] = p;
                       copy.image[axis] += image[axis];  // The structure may be cut out itself.
                     }
                     piece.sites.push_back(copy);
                   });
  }
  return piece;
}

std::vector<Site> thin_out(Structure& piece) {
  std::vector<Site> kept, displaced;
  kept.reserve(piece.sites.size());
  Crowd crowd{.others = kept};
  for (const auto& site : piece.sites) {
    if (site.z > 0) {
      if (site.grain > 0 && crowd.meets(site, {0, 0})) {
        displaced.push_back(site);
        continue;
      }
      if (crowd.meets_across(site, piece.cell_A)) continue;
    }
    kept.push_back(site);
    if (site.z > 0) crowd.add(kept.size() - 1);
  }
  piece.sites = std::move(kept);
  return displaced;
}

Structure cut(const Structure& structure, const View& view, double margin_A) {
  Structure piece = covered(structure, view, margin_A);
  thin_out(piece);
  return piece;
}

}  // namespace twinmill::specimen

// Atoms that stand in one another.
#include <algorithm>
#include <cmath>
#include <map>

#include "raw.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::specimen {
namespace {

using Bin = std::array<int, 3>;

/// Atoms by boxes, so that only near ones are compared.
class Bins {
 public:
  Bins(const Structure& structure, std::array<bool, 3> periodic) : structure_(structure), periodic_(periodic) {
    for (std::size_t axis = 0; axis < 3; ++axis)
      n_[axis] = std::clamp(static_cast<int>(structure.cell_A[axis] / size_A), 1, 1 << 20);
  }

  /// The first atom of those added that overlaps with this one, or -1.
  int overlapping(std::size_t atom) const {
    const Bin here = bin(atom);
    for (int k = 0; k < 27; ++k) {
      const Bin there{shifted(here, 0, k % 3 - 1), shifted(here, 1, k / 3 % 3 - 1), shifted(here, 2, k / 9 - 1)};
      const auto found = atoms_.find(there);
      if (found == atoms_.end()) continue;
      for (const auto other : found->second) {
        if (distance_A(atom, other) < least_distance_A) return static_cast<int>(other);
      }
    }
    return -1;
  }

  void add(std::size_t atom) { atoms_[bin(atom)].push_back(atom); }

  double distance_A(std::size_t one, std::size_t other) const {
    std::array<double, 3> d{};
    for (std::size_t axis = 0; axis < 3; ++axis) {
      d[axis] = structure_.sites[one].r_A[axis] - structure_.sites[other].r_A[axis];
      if (periodic_[axis]) d[axis] -= structure_.cell_A[axis] * std::round(d[axis] / structure_.cell_A[axis]);
    }
    return std::hypot(d[0], d[1], d[2]);
  }

 private:
  static constexpr double size_A = 2;

  Bin bin(std::size_t atom) const {
    Bin b{};
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const double f = structure_.sites[atom].r_A[axis] / structure_.cell_A[axis];
      b[axis] = std::clamp(static_cast<int>(f * n_[axis]), 0, n_[axis] - 1);
    }
    return b;
  }

  int shifted(const Bin& b, std::size_t axis, int by) const { return (b[axis] + by + n_[axis]) % n_[axis]; }

  const Structure& structure_;
  std::array<bool, 3> periodic_;
  std::array<int, 3> n_{};
  std::map<Bin, std::vector<std::size_t>> atoms_;
};

}  // namespace

void refuse_overlaps(const Structure& structure, const std::string& name, std::array<bool, 3> periodic) {
  Bins bins(structure, periodic);
  for (std::size_t i = 0; i < structure.sites.size(); ++i) {
    if (structure.sites[i].z == 0) continue;
    const int other = bins.overlapping(i);
    if (other >= 0) {
      const auto text = [&](std::size_t atom) { return cat(atom + 1, " (", symbol(structure.sites[atom].z), ")"); };
      throw Error(Fault::input,
                  cat(name, ": atoms ", text(static_cast<std::size_t>(other)), " and ", text(i), " stand ",
                      rounded_text(bins.distance_A(i, static_cast<std::size_t>(other)), 2), " A apart (nearer than ",
                      least_distance_A, " A). Is an atom there twice, or the cell too small?"));
    }
    bins.add(i);
  }
}

}  // namespace twinmill::specimen

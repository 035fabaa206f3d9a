#include "cell.hpp"

#include <cmath>

#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::specimen {

double wrap(double x, double length) {
  if (x >= 0 && x < length) return x + 0.0;  // Turns -0 into 0.
  const double inside = x - length * std::floor(x / length);
  return inside > 0 && inside < length ? inside : 0.0;  // -1e-16 + length rounds to length.
}

std::array<double, 3> orthogonal_lengths(const Vectors& vectors, const std::array<std::string, 3>& places) {
  constexpr std::array<const char*, 3> vector_names = {"a", "b", "c"}, axis_names = {"x", "y", "z"};
  std::array<double, 3> lengths{};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto& v = vectors[i];
    const std::string what = cat(places[i], ": cell vector ", vector_names[i], " = ", number_text(v[0]), " ",
                                 number_text(v[1]), " ", number_text(v[2]));
    const double norm = std::hypot(v[0], v[1], v[2]);
    if (!std::isfinite(norm)) throw Error(Fault::input, cat(what, " (not finite)"));
    if (norm == 0)
      throw Error(Fault::input, cat(what, " (the cell is not periodic). Give it a length, with vacuum along z?"));
    for (std::size_t j = 0; j < 3; ++j) {
      if (j != i && std::abs(v[j]) > 1e-6 * norm)
        throw Error(Fault::input, cat(what, " (not along ", axis_names[i],
                                      "; the cell must be orthogonal). Use the rectangular cell, a x sqrt(3) a for a "
                                      "hexagonal lattice?"));
    }
    if (v[i] < 0) throw Error(Fault::input, cat(what, " (must point along +", axis_names[i], ")"));
    if (i < 2 && v[i] < 1)
      throw Error(Fault::input, cat(what, " (shorter than any bond). Are the lengths in Angstrom?"));
    lengths[i] = v[i];
  }
  return lengths;
}

}  // namespace twinmill::specimen

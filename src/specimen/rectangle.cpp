// Oblique cells. Of integer combinations u, v of the vectors a, b with an angle theta between them, the deformation F
// that makes a rectangle of the same area, with the sides |u| s and |v| s, s^2 = sin theta, is in a frame along u
//   F = ((s, -s cot theta), (0, 1/s)),
// whose larger singular value exceeds 1 by the strain.
#include "rectangle.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <tuple>

#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::specimen {
namespace {

using Vector2 = std::array<double, 2>;
using Vector3 = std::array<double, 3>;

constexpr int most_cells = 4;
constexpr double exact = 1e-7;          // A smaller strain is rounding.
constexpr double perpendicular = 1e-4;  // Cosine.

double dot(const Vector3& a, const Vector3& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
double norm(const Vector3& a) { return std::sqrt(dot(a, a)); }
Vector3 cross(const Vector3& a, const Vector3& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

// Nothing if u and v are not in this order counter-clockwise.
std::optional<Rectangle> rectangle_of(Vector2 a, Vector2 b, std::array<int, 2> n, std::array<int, 2> m) {
  const Vector2 u{n[0] * a[0] + n[1] * b[0], n[0] * a[1] + n[1] * b[1]};
  const Vector2 v{m[0] * a[0] + m[1] * b[0], m[0] * a[1] + m[1] * b[1]};
  const double lu = std::hypot(u[0], u[1]), lv = std::hypot(v[0], v[1]);
  const double area = u[0] * v[1] - u[1] * v[0];
  if (!(area > 1e-6 * lu * lv)) return std::nullopt;
  const double sine = area / (lu * lv), cotangent = (u[0] * v[0] + u[1] * v[1]) / area;
  const double trace = sine + sine * cotangent * cotangent + 1 / sine;  // Of F^T F.
  const double larger = std::sqrt((trace + std::sqrt(std::max(trace * trace - 4, 0.0))) / 2);
  const double strain = larger - 1;
  return Rectangle{
      .n = n, .m = m, .lengths_A = {lu * std::sqrt(sine), lv * std::sqrt(sine)}, .strain = strain < exact ? 0 : strain};
}

// Small first.
auto order(const Rectangle& r) {
  const int cells = std::abs(r.n[0] * r.m[1] - r.n[1] * r.m[0]);
  const int first = r.n[0] * r.n[0] + r.n[1] * r.n[1];
  const int simple = r.n[0] * r.n[0] + r.n[1] * r.n[1] + r.m[0] * r.m[0] + r.m[1] * r.m[1];
  return std::tuple(cells, std::llround(r.strain * 1e6), first, simple, -r.n[0], -r.n[1], -r.m[0], -r.m[1]);
}

int modulo(int a, int n) { return (a % n + n) % n; }

// Lattice points i a + j b of the rectangle, one of each class modulo u and v.
std::vector<std::array<int, 2>> points_of(const Rectangle& r) {
  const int cells = std::abs(r.n[0] * r.m[1] - r.n[1] * r.m[0]);
  std::vector<std::array<int, 2>> points;
  std::set<std::array<int, 2>> classes;
  for (int j = 0; j < cells; ++j) {
    for (int i = 0; i < cells; ++i) {
      const std::array<int, 2> place{modulo(i * r.m[1] - j * r.m[0], cells), modulo(j * r.n[0] - i * r.n[1], cells)};
      if (classes.insert(place).second) points.push_back({i, j});
    }
  }
  return points;
}

void check_vectors(const RawStructure& raw) {
  constexpr std::array<const char*, 3> names = {"a", "b", "c"};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto& v = raw.vectors[i];
    const std::string what = cat(raw.places[i], ": cell vector ", names[i], " = ", number_text(v[0]), " ",
                                 number_text(v[1]), " ", number_text(v[2]));
    const double length = norm(v);
    if (!std::isfinite(length)) throw Error(Fault::input, cat(what, " (not finite)"));
    if (length == 0)
      throw Error(Fault::input, cat(what, " (the cell is not periodic). Give it a length, with vacuum along z?"));
    if (length < 1) throw Error(Fault::input, cat(what, " (shorter than any bond). Are the lengths in Angstrom?"));
  }
  const auto& [a, b, c] = raw.vectors;
  if (std::abs(dot(a, c)) > perpendicular * norm(a) * norm(c) ||
      std::abs(dot(b, c)) > perpendicular * norm(b) * norm(c))
    throw Error(Fault::input, cat(raw.places[2], ": cell vector c (is not perpendicular to a and b)"));
  if (norm(cross(a, b)) < 1e-3 * norm(a) * norm(b))
    throw Error(Fault::input, cat(raw.places[1], ": cell vector b (is parallel to a)"));
}

// Positions in units of the vectors.
Vector3 fractions(const RawStructure& raw, const Vector3& r) {
  if (raw.direct) return r;
  const auto& [a, b, c] = raw.vectors;
  const double volume = dot(a, cross(b, c));
  return {dot(r, cross(b, c)) / volume, dot(r, cross(c, a)) / volume, dot(r, cross(a, b)) / volume};
}

}  // namespace

Rectangle find_rectangle(std::array<double, 2> a, std::array<double, 2> b, double most) {
  std::optional<Rectangle> best;
  constexpr int side = 2 * most_cells + 1;
  for (int k = 0; k < side * side * side * side; ++k) {
    const std::array<int, 2> n{k % side - most_cells, k / side % side - most_cells};
    const std::array<int, 2> m{k / (side * side) % side - most_cells, k / (side * side * side) - most_cells};
    const auto found = rectangle_of(a, b, n, m);
    if (found && found->strain <= most && (!best || order(*found) < order(*best))) best = found;
  }
  return best.value_or(Rectangle{});
}

RectangularCell rectangular(const RawStructure& raw, double most_strain) {
  check_vectors(raw);
  const auto& [a, b, c] = raw.vectors;
  const double la = norm(a), height = norm(c);
  const Vector2 b_in_plane{dot(a, b) / la, dot(cross(a, b), c) / (la * height)};
  const auto rectangle = find_rectangle({la, 0}, b_in_plane, most_strain);
  if (rectangle.lengths_A[0] == 0)
    throw Error(Fault::input, cat(raw.name, ": cell a = ", rounded_text(la, 5), " A, b = ", rounded_text(norm(b), 5),
                                  " A, gamma = ", rounded_text(std::acos(dot(a, b) / (la * norm(b))) * 180 / M_PI, 5),
                                  " degrees (no rectangle of its vectors comes within a strain of ",
                                  rounded_text(most_strain * 100, 2), " %). Give it a rectangular cell?"));
  const auto& [n, m] = std::tie(rectangle.n, rectangle.m);
  const int determinant = n[0] * m[1] - n[1] * m[0];
  RectangularCell cell{.structure = {.cell_A = {rectangle.lengths_A[0], rectangle.lengths_A[1], height}, .sites = {}},
                       .strain = rectangle.strain};
  for (const auto& [i, j] : points_of(rectangle)) {
    for (Site site : raw.sites) {
      const auto f = fractions(raw, site.r_A);
      const double fa = f[0] + i, fb = f[1] + j;
      const Vector3 g{(fa * m[1] - fb * m[0]) / determinant, (fb * n[0] - fa * n[1]) / determinant, f[2]};
      for (std::size_t axis = 0; axis < 3; ++axis) {
        const double length = cell.structure.cell_A[axis];
        site.r_A[axis] = raw.periodic[axis] ? wrap(g[axis] * length, length) : g[axis] * length;
      }
      site.index = static_cast<int>(cell.structure.sites.size());
      cell.structure.sites.push_back(site);
    }
  }
  refuse_overlaps(cell.structure, raw.name, raw.periodic);
  return cell;
}

}  // namespace twinmill::specimen

// Clusters of anion vacancies by their neighbours in a plane. Anions are neighbours when they stand, seen from above,
// at most 1.25 times as far apart as the nearest ones of the plane: six in H, T and their distortions (sqrt(3) comes
// next), two, in zigzag rows, in pentagonal sheets.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "motifs.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::specimen {
namespace {

using Vector = std::array<double, 2>;

constexpr double neighbour_factor = 1.25;
constexpr double straight_deg = 25;                  // A row of a distorted plane is no straighter.
constexpr std::array<double, 2> bent_deg{100, 140};  // Ideally 120; 60 and 180 are the next.
constexpr double same_distance = 0.02;               // A; coordinates of the tables are rounded.

// From an anion to a neighbour.
struct Step {
  Cell cell;
  int k = 0;
  Vector v{};
};

// Of two opposite vectors one is forward, so that each cluster is found once.
bool forward(const Vector& v) { return v[1] > 1e-6 || (v[1] > -1e-6 && v[0] > 0); }

double angle_deg(const Vector& a, const Vector& b) {
  const double cross = a[0] * b[1] - a[1] * b[0], dot = a[0] * b[0] + a[1] * b[1];
  return std::abs(std::atan2(cross, dot)) * 180 / std::numbers::pi;
}

// Cells that may hold an atom within `distance` of one in the first cell.
int reach(const Lattice& lattice, double distance) {
  const auto a1 = lattice.vector({.i = 1}), a2 = lattice.vector({.j = 1});
  const double height =
      std::abs(a1[0] * a2[1] - a1[1] * a2[0]) / std::max(std::hypot(a1[0], a1[1]), std::hypot(a2[0], a2[1]));
  return 2 + static_cast<int>(distance / height);
}

/// Calls see(cell, k', v) for all basis atoms in the cells around the first; v is the vector from atom k to it.
template <class See>
void for_each_around(const Lattice& lattice, int k, See see) {
  constexpr double farthest = 8;
  const int n = reach(lattice, farthest);
  const auto& basis = lattice.basis();
  const auto& here = basis[static_cast<std::size_t>(k)].r_A;
  for (int j = -n; j <= n; ++j) {
    for (int i = -n; i <= n; ++i) {
      const auto shift = lattice.vector({.i = i, .j = j});
      for (std::size_t other = 0; other < basis.size(); ++other) {
        const Vector v{basis[other].r_A[0] + shift[0] - here[0], basis[other].r_A[1] + shift[1] - here[1]};
        see(Cell{.i = i, .j = j}, static_cast<int>(other), v);
      }
    }
  }
}

class Plane {
 public:
  Plane(const Lattice& lattice, const Parent& host, Side side)
      : lattice_(lattice), anion_(atomic_number(host.anion)), side_(side), steps_(lattice.basis().size()) {
    for (int k = 0; k < static_cast<int>(lattice.basis().size()); ++k) {
      if (!is_member(k)) continue;
      members_.push_back(k);
      for_each_around(lattice_, k, [&](Cell, int other, const Vector& v) {
        const double d = std::hypot(v[0], v[1]);
        if (is_member(other) && d > same_distance) nearest_ = std::min(nearest_, d);
      });
    }
    for (const int k : members_) {
      for_each_around(lattice_, k, [&](Cell cell, int other, const Vector& v) {
        const double d = std::hypot(v[0], v[1]);
        if (is_member(other) && d > same_distance && d < neighbour_factor * nearest_)
          steps_[static_cast<std::size_t>(k)].push_back({.cell = cell, .k = other, .v = v});
      });
    }
  }

  const std::vector<int>& members() const { return members_; }
  const std::vector<Step>& steps(int k) const { return steps_[static_cast<std::size_t>(k)]; }

  // Whether a metal is below or above the point, given from anion k.
  bool over_metal(int k, const Vector& point) const {
    bool found = false;
    for_each_around(lattice_, k, [&](Cell, int other, const Vector& v) {
      found = found || (lattice_.basis()[static_cast<std::size_t>(other)].z != anion_ &&
                        std::hypot(v[0] - point[0], v[1] - point[1]) < 0.5 * nearest_ / std::numbers::sqrt3);
    });
    return found;
  }

  // Neighbourhoods among the places: in the infinite sheet and in the periodic supercell.
  std::array<int, 2> bonds(const std::vector<Motif::Place>& places) const {
    std::array<int, 2> count{};
    for (const auto& from : places) {
      for (const auto& step : steps(from.k)) {
        const Cell cell{.i = from.cell.i + step.cell.i, .j = from.cell.j + step.cell.j};
        for (const auto& to : places) {
          count[0] += to.k == step.k && to.cell.i == cell.i && to.cell.j == cell.j ? 1 : 0;
          count[1] += lattice_.site(to.cell, to.k) == lattice_.site(cell, step.k) ? 1 : 0;
        }
      }
    }
    return count;
  }

 private:
  bool is_member(int k) const {
    const auto& atom = lattice_.basis()[static_cast<std::size_t>(k)];
    return atom.z == anion_ && on_side(atom, side_);
  }

  const Lattice& lattice_;
  int anion_ = 0;
  Side side_;
  std::vector<int> members_;
  std::vector<std::vector<Step>> steps_;
  double nearest_ = std::numeric_limits<double>::infinity();
};

using Places = std::vector<Motif::Place>;

Motif::Place behind(const Motif::Place& from, const Step& step) {
  return {.cell = {.i = from.cell.i + step.cell.i, .j = from.cell.j + step.cell.j}, .k = step.k};
}

std::vector<Places> lines(const Plane& plane, int count) {
  std::vector<Places> found;
  for (const int k : plane.members()) {
    for (const auto& first : plane.steps(k)) {
      if (!forward(first.v)) continue;
      Places line{{.k = k}};
      const Step* step = &first;
      while (step != nullptr) {
        line.push_back(behind(line.back(), *step));
        if (static_cast<int>(line.size()) == count) break;
        const Vector before = step->v;
        const auto& next = plane.steps(step->k);
        const auto best = std::min_element(next.begin(), next.end(), [&](const Step& a, const Step& b) {
          return angle_deg(a.v, before) < angle_deg(b.v, before);
        });
        step = best != next.end() && angle_deg(best->v, before) < straight_deg ? &*best : nullptr;
      }
      if (static_cast<int>(line.size()) == count) found.push_back(line);
    }
  }
  return found;
}

std::vector<Places> bent_rows(const Plane& plane) {
  std::vector<Places> found;
  for (const int k : plane.members()) {
    const auto& steps = plane.steps(k);
    for (std::size_t a = 0; a < steps.size(); ++a) {
      for (std::size_t b = a + 1; b < steps.size(); ++b) {
        const double angle = angle_deg(steps[a].v, steps[b].v);
        if (angle < bent_deg[0] || angle > bent_deg[1]) continue;
        const Motif::Place middle{.k = k};
        found.push_back({behind(middle, steps[a]), middle, behind(middle, steps[b])});
      }
    }
  }
  return found;
}

std::vector<Places> triangles(const Plane& plane, bool around_metal) {
  std::vector<Places> found;
  for (const int k : plane.members()) {
    const auto& steps = plane.steps(k);
    for (std::size_t a = 0; a < steps.size(); ++a) {
      for (std::size_t b = a + 1; b < steps.size(); ++b) {
        if (!forward(steps[a].v) || !forward(steps[b].v)) continue;
        const Motif::Place corner{.k = k};
        const Places places{corner, behind(corner, steps[a]), behind(corner, steps[b])};
        const Vector centre{(steps[a].v[0] + steps[b].v[0]) / 3, (steps[a].v[1] + steps[b].v[1]) / 3};
        if (plane.bonds(places)[0] == 6 && plane.over_metal(k, centre) == around_metal) found.push_back(places);
      }
    }
  }
  return found;
}

std::vector<Places> shapes(const Plane& plane, Cluster shape, int count) {
  switch (shape) {
    case Cluster::pair:
    case Cluster::line:
      return lines(plane, count);
    case Cluster::bent:
      return bent_rows(plane);
    case Cluster::triangle_metal:
      return triangles(plane, true);
    case Cluster::triangle_hollow:
      return triangles(plane, false);
    case Cluster::random:
    case Cluster::column:
    case Cluster::count_:
      break;
  }
  throw Error(Fault::bug, "this cluster lies in no plane");
}

std::vector<Motif> columns(const Lattice& lattice, const Parent& host) {
  std::vector<Motif> motifs;
  for (int k = 0; k < static_cast<int>(lattice.basis().size()); ++k) {
    const auto& atom = lattice.basis()[static_cast<std::size_t>(k)];
    if (atom.z != atomic_number(host.anion) || !on_side(atom, Side::top)) continue;
    for (const auto& across : nearest_across(lattice, k))
      motifs.push_back({.places = {{.k = k}, across}, .label = SiteClass::anion_vacancy});
  }
  return motifs;
}

}  // namespace

std::vector<Motif::Place> nearest_across(const Lattice& lattice, int k) {
  const auto& here = lattice.basis()[static_cast<std::size_t>(k)];
  const Side other_side = on_side(here, Side::top) ? Side::bottom : Side::top;
  const auto distance = [&](int other, const Vector& v) {
    const auto& atom = lattice.basis()[static_cast<std::size_t>(other)];
    if (atom.z != here.z || !on_side(atom, other_side)) return std::numeric_limits<double>::infinity();
    return std::hypot(v[0], v[1], atom.r_A[2] - here.r_A[2]);
  };
  double nearest = std::numeric_limits<double>::infinity();
  for_each_around(lattice, k,
                  [&](Cell, int other, const Vector& v) { nearest = std::min(nearest, distance(other, v)); });
  std::vector<Motif::Place> places;
  for_each_around(lattice, k, [&](Cell cell, int other, const Vector& v) {
    if (distance(other, v) < nearest + same_distance) places.push_back({.cell = cell, .k = other});
  });
  return places;
}

Clusters clusters(const Lattice& lattice, const Parent& host, Cluster shape, int count, Side side) {
  if (shape == Cluster::column) return {.motifs = columns(lattice, host)};
  Clusters result;
  for (const Side s : {Side::top, Side::bottom}) {
    if (side != Side::any && side != s) continue;
    const Plane plane(lattice, host, s);
    for (const auto& places : shapes(plane, shape, count)) {
      const auto [sheet, supercell] = plane.bonds(places);
      if (sheet == supercell)
        result.motifs.push_back({.places = places, .label = SiteClass::anion_vacancy});
      else
        result.wrapped = true;
    }
  }
  if (!result.motifs.empty()) result.wrapped = false;
  return result;
}

}  // namespace twinmill::specimen

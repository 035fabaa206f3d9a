// The orthogonal supercell. The hexagonal lattice has a1 = a (1, 0) and a2 = a (1/2, sqrt(3)/2); row j of the supercell
// holds the points j a2 + i a1, brought back into [0, nx a). Each carries, relative to the metal at (0, 0, 0),
//   H: anions at ((a1 + a2)/3, +t/2) and ((a1 + a2)/3, -t/2)
//   T: anions at ((a1 + a2)/3, +t/2) and (2 (a1 + a2)/3, -t/2)
// so that every metal has six anions at d = sqrt(a^2/3 + t^2/4).
#include <cmath>
#include <cstdint>
#include <vector>

#include "cell.hpp"
#include "lattice.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/specimen/build.hpp"

namespace twinmill::specimen {
namespace {

constexpr std::int64_t most_atoms = 10'000'000;

bool is_hexagonal(const Parent& parent) { return parent.phase == Phase::H || parent.phase == Phase::T; }

void check_supercell(const Parent& parent, std::array<int, 2> supercell) {
  const auto [nx, ny] = supercell;
  const std::string what = cat("supercell = ", nx, "x", ny);
  if (nx < 1 || ny < 1) throw Error(Fault::input, cat(what, " (both numbers must be positive)"));
  if (is_hexagonal(parent) && ny % 2 != 0)
    throw Error(Fault::input,
                cat(what, " (the second number must be even for an orthogonal cell). Use ", nx, "x", ny + 1, "?"));
  const auto atoms = is_hexagonal(parent) ? std::int64_t{3} : static_cast<std::int64_t>(parent.basis.size());
  if (atoms * nx * ny > most_atoms)
    throw Error(Fault::input, cat(what, " (more than ", count_text(most_atoms), " atoms)"));
}

Structure hexagonal_supercell(const Parent& host, std::array<int, 2> supercell) {
  const auto [nx, ny] = supercell;
  const double a = host.a_A, row = a * std::sqrt(3.0) / 2;
  const auto basis = hexagonal_basis(host);
  Structure structure{.cell_A = {nx * a, ny * row, cell_height_A}, .sites = {}};
  structure.sites.reserve(std::size_t{3} * static_cast<std::size_t>(nx) * static_cast<std::size_t>(ny));
  for (int j = 0; j < ny; ++j) {
    for (int i = 0; i < nx; ++i) {
      const double x = (offset_x + i + 0.5 * (j % 2)) * a, y = offset_y * a + j * row;
      for (const auto& atom : basis)
        structure.sites.push_back({.z = atom.z,
                                   .r_A = {wrap(x + atom.r_A[0], structure.cell_A[0]),
                                           wrap(y + atom.r_A[1], structure.cell_A[1]), cell_height_A / 2 + atom.r_A[2]},
                                   .index = static_cast<int>(structure.sites.size())});
    }
  }
  return structure;
}

Structure rectangular_supercell(const Parent& host, std::array<int, 2> supercell) {
  const auto [nx, ny] = supercell;
  const auto [lx, ly] = host.unit_A;
  Structure structure{.cell_A = {nx * lx, ny * ly, cell_height_A}, .sites = {}};
  structure.sites.reserve(host.basis.size() * static_cast<std::size_t>(nx) * static_cast<std::size_t>(ny));
  for (int j = 0; j < ny; ++j) {
    for (int i = 0; i < nx; ++i) {
      for (const auto& atom : host.basis)
        structure.sites.push_back(
            {.z = atom.z,
             .r_A = {wrap(i * lx + atom.r_A[0], structure.cell_A[0]), wrap(j * ly + atom.r_A[1], structure.cell_A[1]),
                     cell_height_A / 2 + atom.r_A[2]},
             .index = static_cast<int>(structure.sites.size())});
    }
  }
  return structure;
}

int modulo(int a, int n) { return (a % n + n) % n; }

}  // namespace

std::array<BasisAtom, 3> hexagonal_basis(const Parent& parent) {
  const double a = parent.a_A, t = parent.thickness_A;
  const double hollow = a / (2 * std::sqrt(3.0));  // y of (a1 + a2)/3, whose x is a/2.
  const int metal = atomic_number(parent.metal), anion = atomic_number(parent.anion);
  const BasisAtom upper{.z = anion, .r_A = {a / 2, hollow, t / 2}};
  const BasisAtom lower = parent.phase == Phase::H ? BasisAtom{.z = anion, .r_A = {a / 2, hollow, -t / 2}}
                                                   : BasisAtom{.z = anion, .r_A = {a, 2 * hollow, -t / 2}};
  return {BasisAtom{.z = metal}, upper, lower};
}

Structure pristine(const Parent& parent, std::array<int, 2> supercell) {
  check_supercell(parent, supercell);
  return is_hexagonal(parent) ? hexagonal_supercell(parent, supercell) : rectangular_supercell(parent, supercell);
}

Lattice::Lattice(const Parent& parent, std::array<int, 2> supercell)
    : supercell_(supercell), hexagonal_(is_hexagonal(parent)) {
  check_supercell(parent, supercell);
  if (!hexagonal_) {
    a1_ = {parent.unit_A[0], 0};
    a2_ = {0, parent.unit_A[1]};
    basis_ = parent.basis;
    return;
  }
  const double a = parent.a_A;
  a1_ = {a, 0};
  a2_ = {a / 2, a * std::sqrt(3.0) / 2};
  for (auto atom : hexagonal_basis(parent)) {
    atom.r_A[0] += offset_x * a;
    atom.r_A[1] += offset_y * a;
    basis_.push_back(atom);
  }
}

std::array<double, 2> Lattice::vector(Cell cell) const {
  return {cell.i * a1_[0] + cell.j * a2_[0], cell.i * a1_[1] + cell.j * a2_[1]};
}

// Hexagonal: cell (i, j) is at x = (i + j/2) a, and place p of row q = j mod ny at (p + (q mod 2)/2) a. ny is even, so
// that ny rows are a whole number of a1.
int Lattice::site(Cell cell, int k) const {
  const auto [nx, ny] = supercell_;
  const int row = modulo(cell.j, ny);
  const int place = hexagonal_ ? modulo(cell.i + (cell.j - row % 2) / 2, nx) : modulo(cell.i, nx);
  return (row * nx + place) * static_cast<int>(basis_.size()) + k;
}

Cell Lattice::cell_of(int site) const {
  const int at = site / static_cast<int>(basis_.size());
  const int row = at / supercell_[0], place = at % supercell_[0];
  return {.i = hexagonal_ ? place - row / 2 : place, .j = row};
}

int Lattice::sites() const { return supercell_[0] * supercell_[1] * static_cast<int>(basis_.size()); }

}  // namespace twinmill::specimen

#include "potential.hpp"

#include <cmath>
#include <limits>
#include <map>
#include <numbers>

#include "constants.hpp"
#include "scattering_factors.hpp"
#include "structure_factor.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::imaging {
namespace {

using Complex = std::complex<double>;

constexpr int pairs_per_block = 4;  // Pairs of rows that are transformed together: eight rows fill cache lines.
constexpr int largest_oversampling = 16;

std::size_t area(int a, int b) { return static_cast<std::size_t>(a) * static_cast<std::size_t>(b); }

Grid finer(const Grid& grid, int factor) { return {grid.nx * factor, grid.ny * factor, grid.lx_A, grid.ly_A}; }

}  // namespace

Transmission::Transmission(const Grid& grid, const Multislice& m)
    : grid_(grid),
      fine_(finer(grid, m.oversampling)),
      sigma_(interaction(m.energy_kev)),
      scattering_(m.scattering),
      potential_limit_(m.oversampling > 1 ? fine_.band_limit() : std::numeric_limits<double>::infinity()),
      columns_back_(fine_.nx, 1, fft::Direction::backward),
      rows_back_(fine_.ny, pairs_per_block, fft::Direction::backward),
      rows_forward_(fine_.ny, 2 * pairs_per_block, fft::Direction::forward),
      columns_forward_(fine_.nx, 1, fft::Direction::forward) {}

// V is real: its columns ky = 0 .. ny/2 hold everything, and two rows x, x' go through one complex transform as
// V(x) + i V(x'). take(first row, count, values) gets blocks of rows, those of a pair as real and imaginary part.
template <class Take>
void Transmission::for_row_pairs(const std::vector<specimen::Site>& atoms, const Take& take) const {
  const int half = fine_.ny / 2;
  // By column, and within it by x.
  fft::Buffer<double> mixed(area(half + 1, fine_.nx)), column(static_cast<std::size_t>(fine_.nx));
  StructureFactor factor(atoms, fine_, scattering_, potential_limit_);
  const double scale = potential_constant / (fine_.lx_A * fine_.ly_A);
  fft::Buffer<double> done(static_cast<std::size_t>(fine_.nx));
  for (int iy = 0; iy <= half; ++iy) {
    factor.column(iy, scale, column.data());
    columns_back_.execute(column.data(), done.data());
    std::copy(done.begin(), done.end(), mixed.begin() + static_cast<std::ptrdiff_t>(area(iy, fine_.nx)));
  }
  constexpr int rows = 2 * pairs_per_block;
  fft::Buffer<double> packed(area(pairs_per_block, fine_.ny)), values(packed.size());
  for (int first = 0; first < fine_.nx; first += rows) {
    const int count = std::min(rows, fine_.nx - first);
    std::fill(packed.begin(), packed.end(), Complex());
    for (int iy = 0; iy <= half; ++iy) {
      const Complex* const at = mixed.data() + area(iy, fine_.nx) + first;
      for (int p = 0; 2 * p < count; ++p) {
        const Complex a = at[2 * p], b = 2 * p + 1 < count ? at[2 * p + 1] : Complex();
        Complex* const row = packed.data() + area(p, fine_.ny);
        if (iy == 0 || 2 * iy == fine_.ny) {
          row[iy] = {a.real(), b.real()};
        } else {
          row[iy] = {a.real() - b.imag(), a.imag() + b.real()};
          row[fine_.ny - iy] = {a.real() + b.imag(), b.real() - a.imag()};
        }
      }
    }
    rows_back_.execute(packed.data(), values.data());
    take(first, count, values);
  }
}

std::vector<double> Transmission::potential(const std::vector<specimen::Site>& atoms) const {
  std::vector<double> v(fine_.size());
  for_row_pairs(atoms, [&](int first, int count, const fft::Buffer<double>& values) {
    for (int r = 0; r < count; ++r) {
      for (int iy = 0; iy < fine_.ny; ++iy) {
        const Complex both = values[area(r / 2, fine_.ny) + static_cast<std::size_t>(iy)];
        v[area(first + r, fine_.ny) + static_cast<std::size_t>(iy)] = r % 2 == 0 ? both.real() : both.imag();
      }
    }
  });
  return v;
}

fft::Buffer<double> Transmission::spectrum(const std::vector<specimen::Site>& atoms) const {
  const double limit = grid_.band_limit();
  std::vector<int> band;  // Columns (on the grid) that hold frequencies inside the band.
  for (int iy = 0; iy < grid_.ny; ++iy) {
    if (std::abs(grid_.ky(iy)) < limit) band.push_back(iy);
  }
  const auto on_fine = [](int i, int n, int n_fine) { return Grid::index_of(Grid::harmonic(i, n), n_fine); };

  fft::Buffer<double> kept(area(static_cast<int>(band.size()), fine_.nx));  // By column, within it by x.
  constexpr int rows = 2 * pairs_per_block;
  fft::Buffer<double> t(area(rows, fine_.ny)), transformed(t.size());
  for_row_pairs(atoms, [&](int first, int count, const fft::Buffer<double>& values) {
    for (int r = 0; r < count; ++r) {
      const Complex* const both = values.data() + area(r / 2, fine_.ny);
      Complex* const row = t.data() + area(r, fine_.ny);
      for (int iy = 0; iy < fine_.ny; ++iy)
        row[iy] = std::polar(1.0, sigma_ * (r % 2 == 0 ? both[iy].real() : both[iy].imag()));
    }
    rows_forward_.execute(t.data(), transformed.data());
    for (std::size_t c = 0; c < band.size(); ++c) {
      const int iy = on_fine(band[c], grid_.ny, fine_.ny);
      for (int r = 0; r < count; ++r)
        kept[area(static_cast<int>(c), fine_.nx) + static_cast<std::size_t>(first + r)] =
            transformed[area(r, fine_.ny) + static_cast<std::size_t>(iy)];
    }
  });

  fft::Buffer<double> spectrum(grid_.size());
  fft::Buffer<double> column(static_cast<std::size_t>(fine_.nx)), done(column.size());
  const double scale = 1.0 / static_cast<double>(fine_.size());
  for (std::size_t c = 0; c < band.size(); ++c) {
    const auto from = kept.begin() + static_cast<std::ptrdiff_t>(area(static_cast<int>(c), fine_.nx));
    std::copy(from, from + fine_.nx, column.begin());
    columns_forward_.execute(column.data(), done.data());
    for (int ix = 0; ix < grid_.nx; ++ix) {
      if (std::hypot(grid_.kx(ix), grid_.ky(band[c])) < limit)
        spectrum[area(ix, grid_.ny) + static_cast<std::size_t>(band[c])] =
            scale * done[static_cast<std::size_t>(on_fine(ix, grid_.nx, fine_.nx))];
    }
  }
  return spectrum;
}

int slice_count(double height_A, double slice_thickness_A) {
  return std::max(1, static_cast<int>(std::ceil(height_A / slice_thickness_A - 1e-9)));
}

int slice_of(double z_A, double height_A, int slices) {
  double z = z_A - height_A * std::floor(z_A / height_A);
  if (z >= height_A * (1 - 1e-12)) z = 0;  // -1e-16 wraps to the top by rounding, but belongs to the bottom.
  return std::min(static_cast<int>(std::floor(z / height_A * slices + 1e-9)), slices - 1);
}

Stack build_stack(const specimen::Structure& structure, const Multislice& m) {
  const auto& cell = structure.cell_A;
  if (!(cell[0] > 0 && cell[1] > 0 && cell[2] > 0))
    throw Error(Fault::input, "the cell must have a positive length in x, y and z");
  if (m.grid[0] < 8 || m.grid[1] < 8)
    throw Error(Fault::input, cat("grid = ", m.grid[0], "x", m.grid[1], " (at least 8x8 is needed)"));
  if (!(m.slice_thickness_A > 0))
    throw Error(Fault::input, cat("slice thickness = ", m.slice_thickness_A, " A (must be positive)"));
  if (!(m.energy_kev > 0)) throw Error(Fault::input, cat("energy = ", m.energy_kev, " keV (must be positive)"));
  if (m.oversampling < 1 || m.oversampling > largest_oversampling)
    throw Error(Fault::input, cat("oversampling = ", m.oversampling, " (must be 1 to ", largest_oversampling, ")"));
  const int slices = slice_count(cell[2], m.slice_thickness_A);
  const double dz = cell[2] / slices;
  const std::array<double, 2> slope = {std::tan(m.specimen_tilt_mrad[0] * 1e-3),
                                       std::tan(m.specimen_tilt_mrad[1] * 1e-3)};
  std::map<int, std::vector<specimen::Site>> by_slice;
  for (auto site : structure.sites) {
    if (site.z == 0) continue;
    const int slice = slice_of(site.r_A[2], cell[2], slices);
    for (std::size_t axis = 0; axis < 2; ++axis) site.r_A[axis] += slice * dz * slope[axis];
    by_slice[slice].push_back(site);
  }
  if (by_slice.empty()) throw Error(Fault::input, "the structure has no atoms");
  Stack stack{
      .grid = {m.grid[0], m.grid[1], cell[0], cell[1]}, .slices = slices, .slice_thickness_A = dz, .planes = {}};
  for (auto& [slice, atoms] : by_slice) stack.planes.push_back({slice, std::move(atoms)});
  return stack;
}

}  // namespace twinmill::imaging

// Wavelength, grids, sizes and work: what follows from a cell and from the microscope.

#include <algorithm>
#include <cmath>
#include <numbers>

#include "plan_parts.hpp"
#include "twinmill/base/electron.hpp"
#include "twinmill/base/friendly_size.hpp"
#include "twinmill/base/random.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::campaign {
namespace {

constexpr int largest_grid = 16384;  // points a side; beyond, a field must be cut into windows
constexpr double largest_cell_A2 = 4000;
constexpr double tolerance = 1e-9;  // of a quotient that should be a whole number

double kmax(const MicroscopeSection& m) { return m.semiangle_mrad * 1e-3 / electron_wavelength_A(m.energy_kev); }

std::string cell_text(const Cell& c) {
  return cat(c.whose, " (cell ", rounded_text(c.lx_A, 3), " x ", rounded_text(c.ly_A, 3), " A)");
}

std::vector<Cell> cells_of(const Spec& spec, const std::vector<Structure>& structures) {
  std::vector<Cell> cells;
  if (makes_fields(spec.geometry)) cells.push_back(field_cell(spec));
  if (keeps_sheets(spec.geometry))
    for (const auto& s : structures) cells.push_back({s.lx_A, s.ly_A, s.label()});
  return cells;
}

}  // namespace

bool makes_fields(const GeometrySection& g) {
  return !g.boundary_rotations_deg.empty() || std::ranges::find(g.damage, "beam") != g.damage.end();
}

bool keeps_sheets(const GeometrySection& g) { return std::ranges::find(g.damage, "none") != g.damage.end(); }

Cell field_cell(const Spec& spec) {
  const double margin = 2 * spec.geometry.margin_A;
  return {spec.scan.field_A[0] + margin, spec.scan.field_A[1] + margin, "a field with boundary or damage"};
}

std::array<int, 2> potential_grid(double lx_A, double ly_A, double sampling_A) {
  return {friendly_size(lx_A / sampling_A), friendly_size(ly_A / sampling_A)};
}

double band_limit_mrad(const Cell& c, std::array<int, 2> grid, double energy_kev) {
  const double nyquist = std::min(grid[0] / (2 * c.lx_A), grid[1] / (2 * c.ly_A));
  return 2.0 / 3.0 * nyquist * electron_wavelength_A(energy_kev) * 1e3;
}

void check_grids(const Spec& spec, const std::vector<Structure>& structures, Problems& problems) {
  double limit = 0;
  bool any = false;
  for (const auto& c : cells_of(spec, structures)) {
    if (c.lx_A * c.ly_A > largest_cell_A2) {
      problems.add(
          cell_text(c),
          cat("is larger than the ", largest_cell_A2,
              " A^2 that a campaign images at once. Take a smaller supercell or field, or twinmill simulate --field, "
              "which cuts large fields into windows?"));
      return;
    }
    const double sides = std::max(c.lx_A, c.ly_A) / spec.imaging.sampling_A;
    if (sides > largest_grid) {
      problems.add(cat("imaging.sampling_A = ", number_text(spec.imaging.sampling_A)),
                   cat("needs a grid of more than ", count_text(largest_grid), " points a side for ", cell_text(c),
                       ". Take a smaller cell or a coarser sampling?"));
      return;
    }
    const auto grid = potential_grid(c.lx_A, c.ly_A, spec.imaging.sampling_A);
    const double held = band_limit_mrad(c, grid, spec.microscope.energy_kev);
    limit = any ? std::min(limit, held) : held;
    any = true;
  }
  if (!any) return;
  const auto must_hold = [&](const std::string& where, double angle) {
    if (angle <= limit * (1 + tolerance)) return;
    // n >= L / sampling, so every cell holds wavelength / (3 sampling).
    const double would_do = electron_wavelength_A(spec.microscope.energy_kev) * 1e3 / (3 * angle);
    const double rounded_down = std::floor(would_do * 1e3) / 1e3;
    problems.add(cat(where, " = ", number_text(angle)),
                 cat("reaches beyond the ", rounded_text(std::floor(limit), 6),
                     " mrad that the potential's grid holds at ", number_text(spec.microscope.energy_kev),
                     " keV with imaging.sampling_A = ", number_text(spec.imaging.sampling_A),
                     ". Write imaging.sampling_A = ", number_text(rounded_down), "?"));
  };
  must_hold("microscope.semiangle_mrad", spec.microscope.semiangle_mrad);
  for (std::size_t i = 0; i < spec.detectors.size(); ++i)
    must_hold(cat("detector[", i, "].outer_mrad (", spec.detectors[i].name, ")"), spec.detectors[i].outer_mrad);
}

int series_reach(const MicroscopeSection& m, double length_A) {
  // A beam belongs to the aperture when its reciprocal pixel touches it, so |h| < kmax L + 1/2; an image coefficient is
  // the difference of two beams.
  return static_cast<int>(std::floor(2 * (kmax(m) * length_A + 0.5)));
}

int max_sites_in_image(const Spec& spec, const Catalogue& catalogue, const Structure& s) {
  // Two grains that lie on each other hold the sites of one sheet each.
  const bool overlap = !spec.geometry.boundary_rotations_deg.empty() &&
                       std::ranges::any_of(spec.geometry.boundary_gaps_A, [](double gap) { return gap < 0; });
  const int sheets = overlap ? 2 : 1;
  // Whatever the displaced probe passes lies in the field widened by the drift and, along x, by the lines' jitter.
  const auto& drift = spec.acquisition.drift_A;
  const double jitter = RandomStream::largest_normal * spec.acquisition.jitter_A;
  const double field_x = spec.scan.field_A[0] + 2 * (std::abs(drift[0]) + jitter);
  const double field_y = spec.scan.field_A[1] + 2 * std::abs(drift[1]);
  if (s.parent >= 0) {
    // Lattice points in a region <= area of the region grown by the circumradius a / sqrt(3) of their Wigner-Seitz
    // cell, over the area of that cell.
    const auto& parent = catalogue.parents[static_cast<std::size_t>(s.parent)];
    const bool hexagonal = parent.unit_cells[1] == 2;
    const double radius =
        hexagonal ? parent.a_A / std::numbers::sqrt3 : std::hypot(parent.unit_A[0], parent.unit_A[1]) / 2;
    const double margin = std::max(4.0, 2 * radius);
    const double density = s.max_atoms / (s.lx_A * s.ly_A);
    return sheets * (static_cast<int>(std::ceil(density * (field_x + margin) * (field_y + margin))) + 8);
  }
  // A file may be dense here and empty there: atoms times the periodic copies of one point that an image can hold.
  double copies = 1;
  auto rotations = spec.geometry.rotations_deg;
  rotations.insert(rotations.end(), spec.geometry.boundary_rotations_deg.begin(),
                   spec.geometry.boundary_rotations_deg.end());
  rotations.push_back(0);
  for (const double degrees : rotations) {
    const double angle = degrees * std::numbers::pi / 180, c = std::abs(std::cos(angle)),
                 sn = std::abs(std::sin(angle));
    const double box_x = field_x * c + field_y * sn, box_y = field_x * sn + field_y * c;
    copies = std::max(copies, (std::floor(box_x / s.lx_A) + 1) * (std::floor(box_y / s.ly_A) + 1));
  }
  return static_cast<int>(copies * s.max_atoms) * sheets;
}

double simulation_flop(const Spec& spec, const Simulation& s) {
  // Per beam three planes of atoms with 1.5 transforms each (the first needs none forward, the last none back).
  constexpr double transforms_per_beam = 4.5;
  // The Hermitian product runs as a matrix product, about eight times faster per flop than the transforms.
  constexpr double product_weight = 1.0 / 8;
  const double area = s.lx_A * s.ly_A, lambda = electron_wavelength_A(spec.microscope.energy_kev);
  const double beams = std::numbers::pi * kmax(spec.microscope) * kmax(spec.microscope) * area;
  const double points = static_cast<double>(s.grid[0]) * s.grid[1];
  double flop = beams * transforms_per_beam * 5 * points * std::log2(points);
  for (const auto& d : spec.detectors) {
    const double outer = d.outer_mrad * 1e-3 / lambda, inner = d.inner_mrad * 1e-3 / lambda;
    const double detector_pixels = std::numbers::pi * (outer * outer - inner * inner) * area;
    flop += product_weight * 4 * beams * beams * detector_pixels;
  }
  return flop * std::max(1, spec.imaging.phonons);
}

}  // namespace twinmill::campaign

#include "twinmill/imaging/field.hpp"

#include <algorithm>
#include <cmath>
#include <span>

#include "twinmill/base/error.hpp"
#include "twinmill/base/friendly_size.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::imaging {
namespace {

using specimen::Structure;
using specimen::View;

constexpr std::array<double, 10> margins_A = {3, 4, 5, 6, 7, 8, 10, 12, 15, 20};
constexpr double reference_margin_A = 28;  // What is farther away is taken for infinitely far.
constexpr int estimate_points = 24;        // A side of the tile.
constexpr double margin_to_tile = 2;       // L^4 / (L - 2 m)^2, the cost per area of a window L, is least at L = 4 m.
constexpr double least_tile_A = 6;

double pixel(const View& view, std::size_t axis) { return view.field_A[axis] / view.pixels[axis]; }

// The part [first, first + count) of a view's pixels as a view of its own.
View part(const View& view, std::array<int, 2> first, std::array<int, 2> count) {
  const double px = pixel(view, 0), py = pixel(view, 1);
  View tile = view;
  tile.pixels = count;
  tile.field_A = {count[0] * px, count[1] * py};
  tile.origin_A = view.to_structure({(first[0] + 0.5 * count[0]) * px, (first[1] + 0.5 * count[1]) * py});
  return tile;
}

// A view of the cell that was cut for a tile with this margin: the same picture.
View inside_cut(const View& tile, const std::array<double, 3>& cell_A) {
  return {
      .field_A = tile.field_A, .pixels = tile.pixels, .rotation_deg = 0, .origin_A = {cell_A[0] / 2, cell_A[1] / 2}};
}

// Every window's cell has the size of the largest, so that all share one grid; a smaller tile has a wider margin.
Structure window_cell(const Structure& structure, const View& tile, std::array<double, 2> cell_A) {
  View widest = tile;
  widest.field_A = cell_A;
  return specimen::cut(structure, widest, 0);
}

// Relative rms over a tile of the linear image in a cell of its own against one in much more of the sheet.
double finite_cell_error(const Structure& structure, const View& tile, std::array<double, 2> cell_A, double energy_kev,
                         const Optics& optics, const Image<double>& reference) {
  View coarse = tile;
  coarse.pixels = {estimate_points, estimate_points};
  const Structure cell = window_cell(structure, tile, cell_A);
  const auto image = incoherent_image(cell, energy_kev, optics).on_view(inside_cut(coarse, cell.cell_A));
  double square = 0, mean = 0;
  for (std::size_t i = 0; i < image.size(); ++i) {
    square += std::pow(image.data[i] - reference.data[i], 2);
    mean += reference.data[i];
  }
  const auto n = static_cast<double>(image.size());
  return mean > 0 ? std::sqrt(square / n) / (mean / n) : 0;
}

Image<double> far_reference(const Structure& structure, const View& tile, double energy_kev, const Optics& optics) {
  View coarse = tile;
  coarse.pixels = {estimate_points, estimate_points};
  const Structure sheet = specimen::cut(structure, tile, reference_margin_A);
  return incoherent_image(sheet, energy_kev, optics).on_view(inside_cut(coarse, sheet.cell_A));
}

std::array<int, 2> tiles_for(const View& view, double margin_A, double whole_A2) {
  const double whole = (view.field_A[0] + 2 * margin_A) * (view.field_A[1] + 2 * margin_A);
  if (whole <= whole_A2) return {1, 1};
  std::array<int, 2> n{};
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const double widest = std::max(least_tile_A, margin_to_tile * margin_A);
    n[axis] = std::clamp(static_cast<int>(std::ceil(view.field_A[axis] / widest - 1e-9)), 1, view.pixels[axis]);
  }
  return n;
}

std::vector<Window> windows_of(const View& view, std::array<int, 2> tiles) {
  const auto edge = [&](int i, std::size_t axis) {
    return static_cast<int>(static_cast<std::int64_t>(view.pixels[axis]) * i / tiles[axis]);
  };
  std::vector<Window> windows;
  for (int j = 0; j < tiles[1]; ++j) {
    for (int i = 0; i < tiles[0]; ++i) {
      const std::array<int, 2> first = {edge(i, 0), edge(j, 1)};
      windows.push_back({first, part(view, first, {edge(i + 1, 0) - first[0], edge(j + 1, 1) - first[1]})});
    }
  }
  return windows;
}

std::array<double, 2> widest(const std::vector<Window>& windows, double margin_A) {
  std::array<double, 2> size{};
  for (const auto& w : windows)
    for (std::size_t axis = 0; axis < 2; ++axis) size[axis] = std::max(size[axis], w.view.field_A[axis]);
  return {size[0] + 2 * margin_A, size[1] + 2 * margin_A};
}

// One window's images: [optics][detector].
std::vector<std::vector<Image<double>>> image_window(const ScatteringMatrix& matrix, const View& view,
                                                     const std::vector<Optics>& optics, double source_fwhm_A) {
  std::vector<std::vector<Image<double>>> images;
  for (const auto& one : optics) {
    auto& row = images.emplace_back();
    for (const auto& series : matrix.series(one)) row.push_back(series.blurred(source_fwhm_A).on_view(view));
  }
  return images;
}

// What comes of one window.
struct Tile {
  std::vector<std::vector<Image<double>>> images;
  std::vector<double> phonon_error;
};

Tile blank(const Window& window, std::size_t optics, std::size_t detectors) {
  return {std::vector(optics, std::vector(detectors, Image<double>(window.view.pixels[0], window.view.pixels[1]))),
          std::vector<double>(detectors)};
}

void exchange(Tile& tile, int owner, const Team& team) {
  for (auto& row : tile.images)
    for (auto& image : row) team.broadcast(std::as_writable_bytes(std::span(image.data)), owner);
  team.broadcast(std::as_writable_bytes(std::span(tile.phonon_error)), owner);
}

void paste(const Image<double>& tile, std::array<int, 2> first, Image<double>& whole) {
  for (int j = 0; j < tile.height; ++j)
    for (int i = 0; i < tile.width; ++i) whole.at(first[0] + i, first[1] + j) = tile.at(i, j);
}

}  // namespace

FieldPlan plan_field(const Structure& structure, const View& view, const Multislice& multislice, const Optics& optics,
                     const FieldOptions& options) {
  if (!(options.max_error > 0))
    throw Error(Fault::input, cat("largest error = ", options.max_error, " (must be positive)"));
  if (!(options.sampling_A > 0))
    throw Error(Fault::input, cat("sampling = ", options.sampling_A, " A (must be positive)"));
  const std::vector<double> candidates =
      options.margin_A > 0 ? std::vector{options.margin_A} : std::vector(margins_A.begin(), margins_A.end());
  FieldPlan plan;
  View last_tile;
  Image<double> reference;
  for (const double margin : candidates) {
    plan.windows = windows_of(view, tiles_for(view, margin, options.whole_A2));
    plan.margin_A = margin;
    plan.cell_A = widest(plan.windows, margin);
    const View& tile = plan.windows[plan.windows.size() / 2].view;
    if (reference.size() == 0 || tile.field_A != last_tile.field_A || tile.origin_A != last_tile.origin_A)
      reference = far_reference(structure, tile, multislice.energy_kev, optics);
    last_tile = tile;
    plan.error = finite_cell_error(structure, tile, plan.cell_A, multislice.energy_kev, optics, reference);
    if (plan.error <= options.max_error) break;
  }
  if (plan.error > options.max_error && options.margin_A <= 0)
    throw Error(Fault::input,
                cat("the finite cell's error is ", rounded_text(100 * plan.error, 2), " % even with a margin of ",
                    plan.margin_A, " A (at most ", rounded_text(100 * options.max_error, 2),
                    " % is allowed; the probe has far tails). Allow more, or take a smaller defocus?"));
  for (std::size_t axis = 0; axis < 2; ++axis) plan.grid[axis] = friendly_size(plan.cell_A[axis] / options.sampling_A);
  return plan;
}

FieldImages image_field(const Structure& structure, const FieldPlan& plan, std::array<int, 2> pixels,
                        const Multislice& multislice, const std::vector<Optics>& optics,
                        const std::vector<Detector>& detectors, double source_fwhm_A, const Progress& progress,
                        const Team& team) {
  Multislice m = multislice;
  m.grid = plan.grid;
  Optics widest_optics = optics.at(0);
  for (const auto& o : optics)
    if (o.semiangle_mrad > widest_optics.semiangle_mrad) widest_optics = o;
  FieldImages field;
  field.images.assign(optics.size(), std::vector(detectors.size(), Image<double>(pixels[0], pixels[1])));
  field.phonon_error.resize(detectors.size());
  const bool share_beams = plan.windows.size() == 1;
  const auto members = static_cast<std::size_t>(share_beams ? 1 : team.size());
  const auto rank = static_cast<std::size_t>(share_beams ? 0 : team.rank());
  // Round after round every member images one window; then all exchange theirs.
  for (std::size_t round = 0; round < plan.windows.size(); round += members) {
    Tile mine;
    if (round + rank < plan.windows.size()) {
      const auto done = [&](double fraction) {
        if (progress)
          progress((static_cast<double>(round) + fraction * static_cast<double>(members)) /
                   static_cast<double>(plan.windows.size()));
      };
      const auto& window = plan.windows[round + rank];
      const Structure cell = window_cell(structure, window.view, plan.cell_A);
      const ScatteringMatrix matrix(cell, m, widest_optics, detectors, done, share_beams ? team : alone());
      mine = {image_window(matrix, inside_cut(window.view, cell.cell_A), optics, source_fwhm_A),
              matrix.phonon_error(optics[0])};
    }
    for (std::size_t w = round; w < std::min(round + members, plan.windows.size()); ++w) {
      Tile tile = w == round + rank ? mine : blank(plan.windows[w], optics.size(), detectors.size());
      if (!share_beams) exchange(tile, static_cast<int>(w - round), team);
      for (std::size_t o = 0; o < optics.size(); ++o)
        for (std::size_t d = 0; d < detectors.size(); ++d)
          paste(tile.images[o][d], plan.windows[w].first, field.images[o][d]);
      for (std::size_t d = 0; d < detectors.size(); ++d)
        field.phonon_error[d] = std::max(field.phonon_error[d], tile.phonon_error[d]);
    }
  }
  return field;
}

}  // namespace twinmill::imaging

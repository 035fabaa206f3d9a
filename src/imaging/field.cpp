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

constexpr double least_margin_A = 3, largest_margin_A = 20, margin_step_A = 0.5;
constexpr std::array<double, 6> tiles_per_margin = {1.25, 1.5, 2, 2.5, 3, 4};
constexpr double reference_margin_A = 28;  // What is farther away is taken for infinitely far.
constexpr int estimate_points = 24;        // A side of the tile.

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

// Estimates the error by the finite cell: the linear image of a tile in its cell against that in much more of the
// sheet.
class Estimate {
 public:
  Estimate(const Structure& structure, const View& around, double energy_kev, const Optics& optics)
      : structure_(structure), around_(around), energy_kev_(energy_kev), optics_(optics) {
    const Structure sheet = specimen::cut(structure, around, reference_margin_A);
    sheet_A_ = sheet.cell_A;
    far_ = incoherent_image(sheet, energy_kev, optics);
  }

  /// Relative rms over the tile, which lies inside the view that the estimate was made for.
  double operator()(const View& tile, std::array<double, 2> cell_A) const {
    View coarse = tile;
    coarse.pixels = {estimate_points, estimate_points};
    const Structure cell = window_cell(structure_, tile, cell_A);
    const auto near = incoherent_image(cell, energy_kev_, optics_).on_view(inside_cut(coarse, cell.cell_A));
    const auto centre = around_.to_image(tile.origin_A);
    View there = inside_cut(coarse, sheet_A_);
    there.origin_A = {centre[0] + reference_margin_A, centre[1] + reference_margin_A};
    const auto far = far_.on_view(there);
    double square = 0, mean = 0;
    for (std::size_t i = 0; i < near.size(); ++i) {
      square += std::pow(near.data[i] - far.data[i], 2);
      mean += far.data[i];
    }
    const auto n = static_cast<double>(near.size());
    return mean > 0 ? std::sqrt(square / n) / (mean / n) : 0;
  }

 private:
  const Structure& structure_;
  View around_;
  double energy_kev_;
  Optics optics_;
  std::array<double, 3> sheet_A_{};
  Series far_;
};

std::array<int, 2> grid_for(std::array<double, 2> cell_A, double sampling_A) {
  return {friendly_size(cell_A[0] / sampling_A), friendly_size(cell_A[1] / sampling_A)};
}

// What a window costs, up to a factor: potential, planes and product as measured on the paper's cell (docs/physics.md).
double window_cost(std::array<double, 2> cell_A, double sampling_A) {
  const auto grid = grid_for(cell_A, sampling_A);
  const double a = cell_A[0] * cell_A[1] / 562;
  const double points = static_cast<double>(grid[0]) * grid[1] * sampling_A * sampling_A / 562;
  return 0.4 * points + 2.5 * a * points + 0.5 * a * a * a;
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

FieldPlan with(const View& view, double margin_A, std::array<int, 2> tiles) {
  FieldPlan plan{.windows = windows_of(view, tiles), .margin_A = margin_A};
  plan.cell_A = widest(plan.windows, margin_A);
  return plan;
}

// Margins and cuts that the options allow: the view at once, then in windows, each from the cheapest on.
std::vector<FieldPlan> candidate_plans(const View& view, const FieldOptions& options) {
  std::vector<double> margins;
  if (options.margin_A > 0) margins = {options.margin_A};
  for (double m = least_margin_A; options.margin_A <= 0 && m <= largest_margin_A; m += margin_step_A)
    margins.push_back(m);
  std::vector<FieldPlan> whole, cut;
  for (const double margin : margins) {
    whole.push_back(with(view, margin, {1, 1}));
    if (whole.back().cell_A[0] * whole.back().cell_A[1] > options.whole_A2) whole.pop_back();
    for (const double factor : tiles_per_margin) {
      std::array<int, 2> tiles{};
      for (std::size_t axis = 0; axis < 2; ++axis)
        tiles[axis] = std::clamp(static_cast<int>(std::ceil(view.field_A[axis] / (factor * margin) - 1e-9)), 1,
                                 view.pixels[axis]);
      if (tiles[0] * tiles[1] > 1) cut.push_back(with(view, margin, tiles));
    }
  }
  const auto cost = [&](const FieldPlan& p) {
    return static_cast<double>(p.windows.size()) * window_cost(p.cell_A, options.sampling_A);
  };
  for (auto* plans : {&whole, &cut})
    std::stable_sort(plans->begin(), plans->end(),
                     [&](const FieldPlan& a, const FieldPlan& b) { return cost(a) < cost(b); });
  // At once where a margin fits that keeps the error, in windows otherwise.
  if (whole.empty() || options.margin_A <= 0) whole.insert(whole.end(), cut.begin(), cut.end());
  if (whole.empty()) whole.push_back(with(view, margins.front(), {1, 1}));
  return whole;
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
  auto candidates = candidate_plans(view, options);
  // The whole view, or room for the middle tile of every candidate.
  const auto& windows = candidates.front().windows;
  View around = windows.size() == 1 ? view : windows[windows.size() / 2].view;
  for (std::size_t axis = 0; axis < 2 && windows.size() > 1; ++axis)
    around.field_A[axis] = std::min(view.field_A[axis], 3 * largest_margin_A);
  const Estimate estimate(structure, around, multislice.energy_kev, optics);
  const auto error_of = [&](const FieldPlan& plan) {
    return estimate(plan.windows[plan.windows.size() / 2].view, plan.cell_A);
  };
  // Where the widest margin is not enough, there is no need to try the others.
  const auto widest_margin = std::max_element(candidates.begin(), candidates.end(),
                                              [](const auto& a, const auto& b) { return a.margin_A < b.margin_A; });
  if (options.margin_A <= 0 && (widest_margin->error = error_of(*widest_margin)) > options.max_error)
    throw Error(Fault::input, cat("the finite cell's error is ", rounded_text(100 * widest_margin->error, 2),
                                  " % even with a margin of ", widest_margin->margin_A, " A (at most ",
                                  rounded_text(100 * options.max_error, 2),
                                  " % is allowed; the probe has far tails). Allow more, or take a smaller defocus?"));
  auto best = widest_margin;
  for (auto plan = candidates.begin(); plan != candidates.end(); ++plan) {
    plan->error = error_of(*plan);
    if (plan == candidates.begin() || plan->error < best->error) best = plan;
    if (plan->error <= options.max_error) break;
  }
  best->grid = grid_for(best->cell_A, options.sampling_A);
  return *best;
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

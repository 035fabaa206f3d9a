// S(k, g): the exit wave's Fourier coefficient k of the incident plane wave g (beam_propagator.hpp), and per detector D
//
//   M(g, g') = sum_k D(k) S*(k, g) S(k, g')
#include <algorithm>
#include <cmath>

#include "aberrations.hpp"
#include "aperture.hpp"
#include "beam_propagator.hpp"
#include "constants.hpp"
#include "hermitian_product.hpp"
#include "potential.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::imaging {
namespace {

// Detector pixels of all detectors, sorted by angle, so that each annulus is a contiguous range.
struct Pixels {
  std::vector<int> index;                  // Into the grid.
  std::vector<std::pair<int, int>> range;  // Per detector: [first, last) into `index`.
};

Pixels detector_pixels(const Grid& grid, double lambda, const std::vector<Detector>& detectors) {
  struct Pixel {
    double mrad;
    int index;
  };
  std::vector<Pixel> all;
  const double limit = grid.band_limit();
  const auto wanted = [&](double mrad) {
    return std::any_of(detectors.begin(), detectors.end(),
                       [&](const Detector& d) { return mrad >= d.inner_mrad && mrad < d.outer_mrad; });
  };
  for (int ix = 0; ix < grid.nx; ++ix) {
    for (int iy = 0; iy < grid.ny; ++iy) {
      const double k = std::hypot(grid.kx(ix), grid.ky(iy));
      if (k < limit && wanted(k * lambda * 1e3)) all.push_back({k * lambda * 1e3, ix * grid.ny + iy});
    }
  }
  std::sort(all.begin(), all.end(),
            [](const Pixel& a, const Pixel& b) { return std::tie(a.mrad, a.index) < std::tie(b.mrad, b.index); });
  Pixels pixels;
  for (const auto& p : all) pixels.index.push_back(p.index);
  const auto below = [&](double mrad) {
    return static_cast<int>(
        std::lower_bound(all.begin(), all.end(), mrad, [](const Pixel& p, double v) { return p.mrad < v; }) -
        all.begin());
  };
  for (const auto& d : detectors) pixels.range.emplace_back(below(d.inner_mrad), below(d.outer_mrad));
  return pixels;
}

void check(const Grid& grid, double lambda, const std::vector<Detector>& detectors, const Optics& widest) {
  Problems problems;
  const double reach_mrad = grid.band_limit() * lambda * 1e3 * (1 + 1e-9);  // The limit itself may be asked for.
  const auto enough = [&](double mrad) {
    const double k = mrad * 1e-3 / lambda;  // k <= 2/3 n / (2 L)
    return cat(std::ceil(3 * k * grid.lx_A), "x", std::ceil(3 * k * grid.ly_A));
  };
  if (detectors.empty()) problems.add("detectors", "at least one is needed");
  for (const auto& d : detectors) {
    if (!(d.inner_mrad >= 0 && d.inner_mrad < d.outer_mrad))
      problems.add(cat("detector ", d.name, " = ", d.inner_mrad, " to ", d.outer_mrad, " mrad"),
                   "needs 0 <= inner < outer");
    else if (d.outer_mrad > reach_mrad)
      problems.add(cat("detector ", d.name, " = ", d.inner_mrad, " to ", d.outer_mrad, " mrad"),
                   cat("a grid of ", grid.nx, "x", grid.ny, " reaches ", rounded_text(reach_mrad, 4),
                       " mrad only. Use at least ", enough(d.outer_mrad), "?"));
  }
  if (!(widest.semiangle_mrad > 0))
    problems.add(cat("semiangle = ", widest.semiangle_mrad, " mrad"), "must be positive");
  else if (widest.semiangle_mrad > reach_mrad)
    problems.add(cat("semiangle = ", widest.semiangle_mrad, " mrad"),
                 cat("a grid of ", grid.nx, "x", grid.ny, " reaches ", rounded_text(reach_mrad, 4),
                     " mrad only. Use at least ", enough(widest.semiangle_mrad), "?"));
  problems.throw_if_any();
}

}  // namespace

struct ScatteringMatrix::State {
  Grid grid;
  double lambda = 0;
  Optics widest;
  std::vector<Beam> beams;
  std::vector<std::vector<std::complex<float>>> m;  // One per detector: beams x beams.
};

ScatteringMatrix::ScatteringMatrix(const specimen::Structure& structure, const Multislice& multislice,
                                   const Optics& widest, const std::vector<Detector>& detectors,
                                   const Progress& progress, const Team& /*team*/)
    : state_(std::make_unique<State>()) {
  State& s = *state_;
  s.grid = {multislice.grid[0], multislice.grid[1], structure.cell_A[0], structure.cell_A[1]};
  s.lambda = electron_wavelength_A(multislice.energy_kev);
  s.widest = widest;
  check(s.grid, s.lambda, detectors, widest);
  const Stack stack = build_stack(structure, multislice);
  s.beams = beams_inside(widest, s.grid, s.lambda);
  const Pixels pixels = detector_pixels(s.grid, s.lambda, detectors);

  SplitRows rows{
      .rows = static_cast<int>(s.beams.size()), .columns = static_cast<int>(pixels.index.size()), .re = {}, .im = {}};
  rows.re.resize(s.beams.size() * pixels.index.size());
  rows.im.resize(rows.re.size());
  BeamPropagator propagator(stack, s.lambda, pixels.index);
  for (std::size_t g = 0; g < s.beams.size(); ++g) {
    propagator.propagate(s.beams[g], rows.re.data() + g * pixels.index.size(),
                         rows.im.data() + g * pixels.index.size());
    if (progress && g % 16 == 0) progress(0.8 * static_cast<double>(g) / static_cast<double>(s.beams.size()));
  }
  for (const auto& [first, last] : pixels.range) {
    s.m.push_back(hermitian_product(rows, first, last));
    if (progress) progress(0.8 + 0.2 * static_cast<double>(s.m.size()) / static_cast<double>(detectors.size()));
  }
}

ScatteringMatrix::~ScatteringMatrix() = default;
ScatteringMatrix::ScatteringMatrix(ScatteringMatrix&&) noexcept = default;
int ScatteringMatrix::beams() const { return static_cast<int>(state_->beams.size()); }

// I(p) = sum_q exp(2 pi i q.p) sum_g a*(g) a(g - q) M(g, g - q),  a = A exp(-i chi), sum |a|^2 = 1.
std::vector<Series> ScatteringMatrix::series(const Optics& optics) const {
  const State& s = *state_;
  const AberrationFunction chi(optics.aberrations, s.lambda);
  const auto needed = beams_inside(optics, s.grid, s.lambda);
  const auto held = [&](const Beam& b) {
    return std::any_of(s.beams.begin(), s.beams.end(), [&](const Beam& h) { return h.hx == b.hx && h.hy == b.hy; });
  };
  if (needed.empty() || !std::all_of(needed.begin(), needed.end(), held))
    throw Error(Fault::input,
                cat("an aperture of ", optics.semiangle_mrad, " mrad needs beams that were not propagated (up to ",
                    s.widest.semiangle_mrad, " mrad, ", name(s.widest.edge), " edge)"));
  std::vector<std::complex<double>> a;
  double intensity = 0;
  int mx = 0, my = 0;
  for (const auto& b : s.beams) {
    const double weight = aperture_weight(optics, s.grid, s.lambda, b.hx, b.hy);
    const double ax = s.lambda * b.hx / s.grid.lx_A, ay = s.lambda * b.hy / s.grid.ly_A;
    a.push_back(std::polar(weight, -chi(ax, ay)));
    intensity += weight * weight;
    if (weight > 0) {
      mx = std::max(mx, std::abs(b.hx));
      my = std::max(my, std::abs(b.hy));
    }
  }
  for (auto& v : a) v /= std::sqrt(intensity);
  std::vector<Series> all;
  for (const auto& m : s.m) {
    Series series{.cell_A = {s.grid.lx_A, s.grid.ly_A}, .nx = 2 * mx, .ny = 2 * my, .c = {}};
    const int columns = 2 * series.ny + 1;
    std::vector<std::complex<double>> c(static_cast<std::size_t>(2 * series.nx + 1) *
                                        static_cast<std::size_t>(columns));
    for (std::size_t i = 0; i < s.beams.size(); ++i) {
      if (a[i] == 0.0) continue;
      for (std::size_t j = 0; j < s.beams.size(); ++j) {
        if (a[j] == 0.0) continue;
        const auto at =
            static_cast<std::size_t>(s.beams[i].hx - s.beams[j].hx + series.nx) * static_cast<std::size_t>(columns) +
            static_cast<std::size_t>(s.beams[i].hy - s.beams[j].hy + series.ny);
        c[at] += std::conj(a[i]) * a[j] * std::complex<double>(m[i * s.beams.size() + j]);
      }
    }
    series.c.assign(c.begin(), c.end());
    all.push_back(std::move(series));
  }
  return all;
}

}  // namespace twinmill::imaging

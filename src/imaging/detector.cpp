#include "detector.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::imaging {
namespace {

struct Pixel {
  double mrad;
  int index;
};

bool full_circle(const Detector& d) { return d.to_deg - d.from_deg >= 360 - 1e-9; }

bool in_annulus(const Detector& d, double mrad) { return mrad >= d.inner_mrad && mrad < d.outer_mrad; }

float weight(const Detector& d, double kx, double ky, double wavelength_A) {
  if (!full_circle(d)) {
    const double azimuth = std::atan2(ky, kx) * 180 / std::numbers::pi;
    const double behind = azimuth - d.from_deg;
    if (!(behind - 360 * std::floor(behind / 360) < d.to_deg - d.from_deg)) return 0;
  }
  switch (d.signal) {
    case Signal::intensity:
      return 1;
    case Signal::moment_x:
      return static_cast<float>(kx * wavelength_A * 1e3);
    case Signal::moment_y:
      return static_cast<float>(ky * wavelength_A * 1e3);
    case Signal::count_:
      break;
  }
  throw Error(Fault::bug, "detector: no such signal");
}

// What is wrong with an angle that the grid must hold, or nothing.
class Reach {
 public:
  Reach(const Grid& grid, double wavelength_A) : grid_(grid), wavelength_(wavelength_A) {}

  void check(Problems& problems, const std::string& what, double mrad) const {
    const double reach = grid_.band_limit() * wavelength_ * 1e3;
    if (mrad <= reach * (1 + 1e-9)) return;      // The limit itself may be asked for.
    const double k = mrad * 1e-3 / wavelength_;  // k <= 2/3 n / (2 L)
    problems.add(what, cat("a grid of ", grid_.nx, "x", grid_.ny, " over ", rounded_text(grid_.lx_A, 4), " x ",
                           rounded_text(grid_.ly_A, 4), " A reaches ", rounded_text(reach, 4),
                           " mrad at this energy. Use at least ", std::ceil(3 * k * grid_.lx_A), "x",
                           std::ceil(3 * k * grid_.ly_A), "?"));
  }

 private:
  const Grid& grid_;
  double wavelength_;
};

void check_aperture(const Grid& grid, double wavelength_A, const Optics& optics, Problems& problems) {
  const std::string what = cat("semiangle = ", optics.semiangle_mrad, " mrad");
  if (!(optics.semiangle_mrad > 0)) return problems.add(what, "must be positive");
  const double tilt = std::hypot(optics.beam_tilt_mrad[0], optics.beam_tilt_mrad[1]);
  Reach(grid, wavelength_A)
      .check(problems, tilt > 0 ? cat(what, " tilted by ", rounded_text(tilt, 4), " mrad") : what,
             optics.semiangle_mrad + tilt);
}

}  // namespace

Pixels detector_pixels(const Grid& grid, double wavelength_A, const std::vector<Detector>& detectors) {
  std::vector<Pixel> all;
  const double limit = grid.band_limit();
  for (int ix = 0; ix < grid.nx; ++ix) {
    for (int iy = 0; iy < grid.ny; ++iy) {
      const double k = std::hypot(grid.kx(ix), grid.ky(iy));
      const double mrad = k * wavelength_A * 1e3;
      if (k < limit &&
          std::any_of(detectors.begin(), detectors.end(), [&](const Detector& d) { return in_annulus(d, mrad); }))
        all.push_back({mrad, ix * grid.ny + iy});
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
  for (const auto& d : detectors) {
    const auto [first, last] = pixels.range.emplace_back(below(d.inner_mrad), below(d.outer_mrad));
    auto& weights = pixels.weights.emplace_back();
    if (full_circle(d) && d.signal == Signal::intensity) continue;
    for (int i = first; i < last; ++i) {
      const int at = pixels.index[static_cast<std::size_t>(i)];
      weights.push_back(weight(d, grid.kx(at / grid.ny), grid.ky(at % grid.ny), wavelength_A));
    }
  }
  return pixels;
}

void check_aperture(const Grid& grid, double wavelength_A, const Optics& optics) {
  Problems problems;
  check_aperture(grid, wavelength_A, optics, problems);
  problems.throw_if_any();
}

void check_angles(const Grid& grid, double wavelength_A, const std::vector<Detector>& detectors, const Optics& widest) {
  Problems problems;
  if (detectors.empty()) problems.add("detectors", "at least one is needed");
  for (const auto& d : detectors) {
    const std::string what = cat("detector ", d.name, " = ", d.inner_mrad, " to ", d.outer_mrad, " mrad");
    if (!(d.inner_mrad >= 0 && d.inner_mrad < d.outer_mrad))
      problems.add(what, "needs 0 <= inner < outer");
    else
      Reach(grid, wavelength_A).check(problems, what, d.outer_mrad);
    if (!(std::isfinite(d.from_deg) && d.from_deg < d.to_deg && d.to_deg <= d.from_deg + 360))
      problems.add(cat("detector ", d.name, " = ", d.from_deg, " to ", d.to_deg, " deg"),
                   "needs from < to, at most 360 further");
  }
  check_aperture(grid, wavelength_A, widest, problems);
  problems.throw_if_any();
}

Detector rotated(const Detector& detector, double rotation_deg) {
  if (full_circle(detector) && detector.signal == Signal::intensity) return detector;
  if (detector.signal != Signal::intensity)
    throw Error(Fault::input, cat("detector ", detector.name, " adds up a moment, which does not turn with the scan"));
  Detector turned = detector;
  turned.from_deg -= rotation_deg;
  turned.to_deg -= rotation_deg;
  return turned;
}

}  // namespace twinmill::imaging

#pragma once
// F1 against dose as one saturating exponential, D(B) = D0 + A exp(-B/alpha): F1 (Dice) D, dose B in e/A^2. D0 is what
// more dose cannot better, A < 0 what is missing without any, alpha the dose on which it depends.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace twinmill::report {

struct DosePoint {
  double dose = 0;  ///< e/A^2; infinity: no noise.
  double f1 = 0;    ///< NaN: left out.
};

/// A parameter of the fit.
struct Fitted {
  double value = 0;  ///< NaN when the data do not determine the fit.
  double error = 0;  ///< One standard deviation, from the covariance at the minimum.
};

struct DoseFit {
  Fitted d0, a, alpha;
  double residual = 0;         ///< Standard deviation of the points around the curve.
  std::string not_determined;  ///< Why there is no fit, in words; empty when there is one.
  bool determined() const { return not_determined.empty(); }
  /// D at a dose. NaN when not determined.
  double at(double dose) const;
};

/// Least squares by variable projection (Golub & Pereyra, SIAM J. Numer. Anal. 10, 1973): for a given alpha, D0 and A
/// follow from linear equations, so that only log alpha is searched. Says that the data do not determine the fit when
/// there are fewer than four doses, when F1 does not change by more than 0.001 or falls with dose, when the best alpha
/// lies outside the doses (they show no bend), or when alpha's standard deviation exceeds alpha; for this, residuals
/// count as 0.001 at least.
DoseFit fit_dose(std::span<const DosePoint> points);

/// Pixels by class of one structure at one dose.
struct StructureDose {
  std::int32_t structure = 0;
  double dose = 0;  ///< e/A^2
  std::vector<std::int64_t> true_pixels, predicted_pixels, hit_pixels;
};

/// Mean F1 over the defect classes that occur, by ascending dose, of all structures together.
std::vector<DosePoint> dose_points(std::span<const StructureDose> counts);

struct Interval {
  double low = 0, high = 0;  ///< NaN when unknown.
};

struct BootstrapOptions {
  int resamples = 200;
  std::uint64_t seed = 1;
};

/// 95 % of the fits to structures drawn anew, with replacement (Efron's percentiles).
struct DoseBootstrap {
  int resamples = 0, determined = 0;
  Interval d0, a, alpha;
  std::string not_determined;  ///< Why there are no intervals: one structure, or less than 80 % of the fits determined.
};
DoseBootstrap bootstrap_dose_fit(std::span<const StructureDose> counts, const BootstrapOptions& options = {});

}  // namespace twinmill::report

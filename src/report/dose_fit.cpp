#include "twinmill/report/dose_fit.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>

#include "format.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/random.hpp"

namespace twinmill::report {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t fewest_doses = 4;  // three parameters, and one more to contradict them
constexpr double least_change = 1e-3;    // of F1; smaller ones mean nothing
constexpr double beyond = 30;            // alpha is searched from the lowest dose / 30 to the highest * 30
constexpr int steps = 400;               // of log alpha before the search is refined
constexpr double golden = 0.6180339887498949;

/// exp(-B/alpha), also for B = infinity.
double decay(double dose, double alpha) { return std::exp(-dose / alpha); }

/// The best D0 and A for one alpha, and the sum of squared residuals that they leave.
struct Linear {
  double d0 = 0, a = 0, squares = 0;
};

// With e_i = exp(-B_i/alpha): A = cov(e, D)/var(e), D0 = mean(D) - A mean(e).
Linear project(std::span<const DosePoint> points, double alpha) {
  const auto n = static_cast<double>(points.size());
  double mean_e = 0, mean_d = 0;
  for (const auto& p : points) {
    mean_e += decay(p.dose, alpha) / n;
    mean_d += p.f1 / n;
  }
  double var = 0, cov = 0;
  for (const auto& p : points) {
    const double e = decay(p.dose, alpha) - mean_e;
    var += e * e;
    cov += e * (p.f1 - mean_d);
  }
  Linear best;
  best.a = var > 0 ? cov / var : 0;
  best.d0 = mean_d - best.a * mean_e;
  for (const auto& p : points) {
    const double rest = p.f1 - best.d0 - best.a * decay(p.dose, alpha);
    best.squares += rest * rest;
  }
  return best;
}

struct Search {
  double alpha = 0;
  bool at_end = false;  // Of the range that was searched.
};

Search search_alpha(std::span<const DosePoint> points, double lowest, double highest) {
  const double from = std::log(lowest / beyond), to = std::log(highest * beyond);
  const double step = (to - from) / steps;
  const auto squares = [&](double log_alpha) { return project(points, std::exp(log_alpha)).squares; };
  int best = 0;
  double least = std::numeric_limits<double>::infinity();
  for (int i = 0; i <= steps; ++i) {
    const double here = squares(from + i * step);
    if (here < least) {
      least = here;
      best = i;
    }
  }
  double low = from + (best - 1) * step, high = from + (best + 1) * step;
  for (int i = 0; i < 60; ++i) {  // golden section
    const double left = high - golden * (high - low), right = low + golden * (high - low);
    (squares(left) < squares(right) ? high : low) = squares(left) < squares(right) ? right : left;
  }
  return {.alpha = std::exp((low + high) / 2), .at_end = best == 0 || best == steps};
}

using Matrix = std::array<std::array<double, 3>, 3>;

/// Diagonal of the inverse of a symmetric matrix; not finite when it has none.
std::array<double, 3> inverse_diagonal(const Matrix& m) {
  const auto minor = [&](std::size_t i) {
    const std::size_t p = i == 0 ? 1 : 0, q = i == 2 ? 1 : 2;
    return m[p][p] * m[q][q] - m[p][q] * m[q][p];
  };
  const double determinant = m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) -
                             m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
                             m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
  return {minor(0) / determinant, minor(1) / determinant, minor(2) / determinant};
}

// Derivatives of D: dD/dD0 = 1, dD/dA = e, dD/d(log alpha) = A e B/alpha. The covariance is s^2 (J^T J)^-1.
std::array<double, 3> relative_variances(std::span<const DosePoint> points, double a, double alpha) {
  Matrix normal{};
  for (const auto& p : points) {
    const double e = decay(p.dose, alpha);
    const std::array<double, 3> row = {1, e, std::isinf(p.dose) ? 0 : a * e * p.dose / alpha};
    for (std::size_t i = 0; i < 3; ++i)
      for (std::size_t j = 0; j < 3; ++j) normal[i][j] += row[i] * row[j];
  }
  return inverse_diagonal(normal);
}

DoseFit without(const std::string& reason) {
  const Fitted none{.value = nan, .error = nan};
  return {.d0 = none, .a = none, .alpha = none, .residual = nan, .not_determined = reason};
}

}  // namespace

double DoseFit::at(double dose) const { return determined() ? d0.value + a.value * decay(dose, alpha.value) : nan; }

DoseFit fit_dose(std::span<const DosePoint> given) {
  std::vector<DosePoint> points;
  std::set<double> doses;
  Interval range{.low = std::numeric_limits<double>::infinity(), .high = -std::numeric_limits<double>::infinity()};
  for (const auto& p : given) {
    if (!std::isfinite(p.f1) || !(p.dose > 0)) continue;
    points.push_back(p);
    doses.insert(p.dose);
    range = {.low = std::min(range.low, p.f1), .high = std::max(range.high, p.f1)};
  }
  if (doses.size() < fewest_doses) {
    return without(
        cat(plural(static_cast<std::int64_t>(doses.size()), "dose"), "; the three parameters need ", fewest_doses));
  }
  if (range.high - range.low <= least_change) return without("F1 does not change with dose");
  const double lowest = *doses.begin();
  const double highest = std::isinf(*doses.rbegin()) ? *std::prev(doses.end(), 2) : *doses.rbegin();
  const Search found = search_alpha(points, lowest, highest);
  const Linear linear = project(points, found.alpha);
  if (linear.a > 0) return without("F1 does not rise with dose");
  if (found.at_end || found.alpha < lowest / 10 || found.alpha > highest * 10)
    return without("the doses show no bend of the curve");
  const auto n = static_cast<double>(points.size());
  const double deviation = std::sqrt(linear.squares / (n - 3));
  const auto variances = relative_variances(points, linear.a, found.alpha);
  const double least_error = std::max(deviation, least_change) * std::sqrt(variances[2]);
  if (!(least_error <= 1)) return without("alpha is as uncertain as it is large");
  return {.d0 = {.value = linear.d0, .error = deviation * std::sqrt(variances[0])},
          .a = {.value = linear.a, .error = deviation * std::sqrt(variances[1])},
          .alpha = {.value = found.alpha, .error = found.alpha * deviation * std::sqrt(variances[2])},
          .residual = deviation,
          .not_determined = {}};
}

namespace {

/// Counts by class, of many structures at one dose.
struct Sums {
  std::vector<std::int64_t> truth, predicted, hit;
  void add(const StructureDose& counts) {
    const std::size_t classes = counts.true_pixels.size();
    truth.resize(classes);
    predicted.resize(classes);
    hit.resize(classes);
    for (std::size_t c = 0; c < classes; ++c) {
      truth[c] += counts.true_pixels[c];
      predicted[c] += counts.predicted_pixels.at(c);
      hit[c] += counts.hit_pixels.at(c);
    }
  }
  double macro_f1() const {
    double sum = 0;
    int present = 0;
    for (std::size_t c = 1; c < truth.size(); ++c) {
      if (truth[c] == 0) continue;
      sum += 2 * static_cast<double>(hit[c]) / static_cast<double>(truth[c] + predicted[c]);
      ++present;
    }
    return present > 0 ? sum / present : nan;
  }
};

std::vector<DosePoint> points_of(const std::map<double, Sums>& by_dose) {
  std::vector<DosePoint> points;
  for (const auto& [dose, sums] : by_dose) points.push_back({.dose = dose, .f1 = sums.macro_f1()});
  return points;
}

// Percentiles by rank, half of what is left out on either side.
Interval central(std::vector<double> values) {
  if (values.empty()) return {.low = nan, .high = nan};
  std::sort(values.begin(), values.end());
  const auto last = static_cast<double>(values.size() - 1);
  return {.low = values[static_cast<std::size_t>(std::floor(0.025 * last))],
          .high = values[static_cast<std::size_t>(std::ceil(0.975 * last))]};
}

}  // namespace

std::vector<DosePoint> dose_points(std::span<const StructureDose> counts) {
  std::map<double, Sums> by_dose;
  for (const auto& c : counts) by_dose[c.dose].add(c);
  return points_of(by_dose);
}

DoseBootstrap bootstrap_dose_fit(std::span<const StructureDose> counts, const BootstrapOptions& options) {
  const Interval unknown{.low = nan, .high = nan};
  DoseBootstrap result{.resamples = options.resamples,
                       .determined = 0,
                       .d0 = unknown,
                       .a = unknown,
                       .alpha = unknown,
                       .not_determined = {}};
  std::map<std::int32_t, std::vector<const StructureDose*>> by_structure;
  for (const auto& c : counts) by_structure[c.structure].push_back(&c);
  if (by_structure.size() < 2) {
    result.not_determined = "there are no two structures to draw from";
    return result;
  }
  std::vector<const std::vector<const StructureDose*>*> structures;
  for (const auto& [structure, doses] : by_structure) structures.push_back(&doses);
  RandomStream random(Hasher().add(options.seed).digest(), "dose bootstrap");
  std::vector<double> d0, a, alpha;
  for (int i = 0; i < options.resamples; ++i) {
    std::map<double, Sums> by_dose;
    for (std::size_t s = 0; s < structures.size(); ++s)
      for (const auto* c : *structures[random.below(structures.size())]) by_dose[c->dose].add(*c);
    const DoseFit fit = fit_dose(points_of(by_dose));
    if (!fit.determined()) continue;
    ++result.determined;
    d0.push_back(fit.d0.value);
    a.push_back(fit.a.value);
    alpha.push_back(fit.alpha.value);
  }
  if (result.determined < 0.8 * result.resamples) {
    result.not_determined = cat("only ", result.determined, " of ", result.resamples, " resamples determine the fit");
    return result;
  }
  result.d0 = central(d0);
  result.a = central(a);
  result.alpha = central(alpha);
  return result;
}

}  // namespace twinmill::report

#include "twinmill/report/dose_fit.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "twinmill/base/random.hpp"

namespace twinmill::report {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

std::vector<DosePoint> curve(const std::vector<double>& doses, double d0, double a, double alpha) {
  std::vector<DosePoint> points;
  for (const double dose : doses) points.push_back({.dose = dose, .f1 = d0 + a * std::exp(-dose / alpha)});
  return points;
}

TEST(DoseFit, FindsTheCurveThatMadeThePoints) {
  for (const double alpha : {300.0, 2500.0, 20000.0}) {
    const auto fit = fit_dose(curve({100, 1000, 3000, 10000, 100000}, 0.9, -0.6, alpha));
    ASSERT_TRUE(fit.determined()) << fit.not_determined;
    EXPECT_NEAR(fit.d0.value, 0.9, 1e-6);
    EXPECT_NEAR(fit.a.value, -0.6, 1e-6);
    EXPECT_NEAR(fit.alpha.value / alpha, 1, 1e-5);
    EXPECT_LT(fit.residual, 1e-6);
    EXPECT_NEAR(fit.at(alpha), 0.9 - 0.6 / std::exp(1.0), 1e-6);
  }
}

TEST(DoseFit, AnImageWithoutNoiseGivesTheUpperEnd) {
  const auto fit = fit_dose(curve({300, 1000, 3000, infinity}, 0.8, -0.7, 1500));
  ASSERT_TRUE(fit.determined()) << fit.not_determined;
  EXPECT_NEAR(fit.d0.value, 0.8, 1e-6);
  EXPECT_NEAR(fit.alpha.value, 1500, 0.1);
  EXPECT_DOUBLE_EQ(fit.at(infinity), fit.d0.value);
}

TEST(DoseFit, TheErrorsAreThoseOfRepeatedMeasurements) {
  // Twelve doses with normal errors of 0.02, five hundred times.
  const std::vector<double> doses = {100, 300, 600, 1000, 1500, 2000, 3000, 4000, 6000, 10000, 20000, 50000};
  RandomStream random(Hash128{}, "errors of F1");
  double sum = 0, squares = 0, said = 0;
  int count = 0;
  for (int i = 0; i < 500; ++i) {
    auto points = curve(doses, 0.9, -0.7, 2000);
    for (auto& p : points) p.f1 += 0.02 * random.normal();
    const auto fit = fit_dose(points);
    ASSERT_TRUE(fit.determined()) << fit.not_determined;
    sum += fit.alpha.value;
    squares += fit.alpha.value * fit.alpha.value;
    said += fit.alpha.error * fit.alpha.error;
    ++count;
  }
  const double mean = sum / count, spread = std::sqrt(squares / count - mean * mean);
  EXPECT_NEAR(mean / 2000, 1, 0.03);
  EXPECT_NEAR(std::sqrt(said / count) / spread, 1, 0.15);
}

TEST(DoseFit, SaysWhyItIsNotDetermined) {
  EXPECT_EQ(fit_dose(curve({100, 1000, 10000}, 0.9, -0.6, 900)).not_determined, "3 doses; the three parameters need 4");
  EXPECT_EQ(fit_dose({}).not_determined, "0 doses; the three parameters need 4");
  EXPECT_EQ(fit_dose(curve({100, 1000, 10000, 1e5}, 0.9, 0, 900)).not_determined, "F1 does not change with dose");
  EXPECT_EQ(fit_dose(curve({100, 1000, 10000, 1e5}, 0.2, 0.6, 900)).not_determined, "F1 does not rise with dose");
  // A straight line, and a jump before the second dose.
  EXPECT_EQ(fit_dose(std::vector<DosePoint>{{100, 0.1}, {200, 0.2}, {300, 0.3}, {400, 0.4}, {500, 0.5}}).not_determined,
            "the doses show no bend of the curve");
  EXPECT_FALSE(fit_dose(std::vector<DosePoint>{{100, 0.2}, {1e4, 0.8}, {1e5, 0.8}, {1e6, 0.8}}).determined());
  const auto none = fit_dose({});
  EXPECT_TRUE(std::isnan(none.alpha.value) && std::isnan(none.alpha.error) && std::isnan(none.at(100)));
}

TEST(DoseFit, UndefinedScoresAreNoPoints) {
  auto points = curve({100, 1000, 3000, 10000, 30000}, 0.9, -0.6, 2500);
  points[1].f1 = std::nan("");
  EXPECT_NEAR(fit_dose(points).alpha.value, 2500, 0.1);
  points[2].f1 = std::nan("");
  EXPECT_EQ(fit_dose(points).not_determined, "3 doses; the three parameters need 4");
}

/// Structures whose F1 follows the curve, each a little off in its own way.
std::vector<StructureDose> structures(int count, double spread) {
  RandomStream random(Hash128{}, "structures");
  std::vector<StructureDose> result;
  for (int s = 0; s < count; ++s) {
    const double own = 1 + spread * random.normal();
    for (const double dose : {300.0, 1000.0, 3000.0, 10000.0, 100000.0}) {
      // hits = F1 * (true + predicted)/2 with 1000 true and 1000 predicted pixels.
      const auto hits = static_cast<std::int64_t>(std::llround(1000 * (0.9 - 0.7 * own * std::exp(-dose / 2000))));
      result.push_back({.structure = s,
                        .dose = dose,
                        .true_pixels = {9000, 1000, 0},
                        .predicted_pixels = {9000, 1000, 0},
                        .hit_pixels = {8000, hits, 0}});
    }
  }
  return result;
}

TEST(DosePoints, AreMeansOverDefectsThatOccur) {
  const auto points = dose_points(structures(1, 0));
  ASSERT_EQ(points.size(), 5U);
  EXPECT_EQ(points[0].dose, 300);
  EXPECT_DOUBLE_EQ(points[4].f1, 0.9) << "neither the lattice nor a class without pixels counts";
}

TEST(DoseBootstrap, CoversTheTruthAndRepeats) {
  const auto counts = structures(30, 0.2);
  const auto first = bootstrap_dose_fit(counts), again = bootstrap_dose_fit(counts);
  EXPECT_EQ(first.not_determined, "");
  EXPECT_EQ(first.determined, 200);
  EXPECT_LT(first.a.low, -0.7);
  EXPECT_GT(first.a.high, -0.7);
  EXPECT_GT(first.a.high - first.a.low, 0.01);
  EXPECT_EQ(first.a.low, again.a.low);
  EXPECT_NE(bootstrap_dose_fit(counts, {.resamples = 200, .seed = 2}).a.low, first.a.low);
  // Structures that are all alike leave nothing but rounding.
  const auto alike = bootstrap_dose_fit(structures(5, 0));
  EXPECT_NEAR(alike.alpha.low, alike.alpha.high, 1e-9);
}

TEST(DoseBootstrap, SaysWhyItIsNotDetermined) {
  EXPECT_EQ(bootstrap_dose_fit(structures(1, 0)).not_determined, "there are no two structures to draw from");
  auto few = structures(4, 0.1);
  std::erase_if(few, [](const auto& c) { return c.dose > 5000; });
  const auto result = bootstrap_dose_fit(few);
  EXPECT_EQ(result.not_determined, "only 0 of 200 resamples determine the fit");
  EXPECT_TRUE(std::isnan(result.alpha.low));
}

}  // namespace
}  // namespace twinmill::report

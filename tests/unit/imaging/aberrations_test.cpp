#include "aberrations.hpp"

#include <gtest/gtest.h>

#include <numbers>

#include "twinmill/base/error.hpp"

namespace twinmill::imaging {
namespace {

using std::numbers::pi;

TEST(Aberrations, FormulaOfEachOrder) {
  const double lambda = 0.04, a = 0.02, phi = 0.3;
  const double ax = a * std::cos(phi), ay = a * std::sin(phi);
  const auto chi = [&](std::vector<AberrationTerm> terms) {
    return AberrationFunction(terms, lambda)(ax, ay) * lambda / (2 * pi);
  };
  EXPECT_NEAR(chi({{"C10", -40}}), -40 * a * a / 2, 1e-12);
  EXPECT_NEAR(chi({{"defocus", 40}}), -40 * a * a / 2, 1e-12);
  EXPECT_NEAR(chi({{"Cs", 4e5}}), 4e5 * std::pow(a, 4) / 4, 1e-12);
  EXPECT_NEAR(chi({{"C12", 15}, {"phi12", 0.6}}), 15 * a * a * std::cos(2 * (phi - 0.6)) / 2, 1e-12);
  EXPECT_NEAR(chi({{"C21", 300}, {"phi21", 1.1}}), 300 * a * a * a * std::cos(phi - 1.1) / 3, 1e-12);
  EXPECT_NEAR(chi({{"C56", 1e7}, {"phi56", 0.2}}), 1e7 * std::pow(a, 6) * std::cos(6 * (phi - 0.2)) / 6, 1e-12);
}

TEST(Aberrations, MistakesAreNamed) {
  EXPECT_THROW(AberrationFunction({{"C11", 1}}, 0.04), Error);
  EXPECT_THROW(AberrationFunction({{"phi10", 1}}, 0.04), Error);
  EXPECT_THROW(AberrationFunction({{"C10", 1}, {"defocus", 1}}, 0.04), Error);
  EXPECT_THROW(AberrationFunction({{"C30", 1}, {"Cs", 1}}, 0.04), Error);
  try {
    AberrationFunction({{"defokus", 1}}, 0.04);
    FAIL();
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find("Did you mean defocus?"), std::string::npos) << e.what();
  }
}

TEST(Aberrations, TurnedLens) {
  const Optics optics{.semiangle_mrad = 20,
                      .edge = ApertureEdge::area,
                      .aberrations = {{"C10", -30}, {"C12", 15}, {"phi12", 0.6}, {"C21", 200}}};
  const double turn = 25;
  const AberrationFunction before(optics.aberrations, 0.04), after(rotated(optics, turn).aberrations, 0.04);
  const double t = turn * pi / 180;
  for (double phi = 0; phi < 6; phi += 0.5) {
    const double ax = 0.02 * std::cos(phi), ay = 0.02 * std::sin(phi);
    // A beam at azimuth phi of the specimen's frame stands at phi + turn in the microscope's.
    EXPECT_NEAR(after(ax, ay), before(0.02 * std::cos(phi + t), 0.02 * std::sin(phi + t)), 1e-9);
  }
}

}  // namespace
}  // namespace twinmill::imaging

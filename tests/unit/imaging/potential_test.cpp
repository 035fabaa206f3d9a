#include "potential.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <numeric>

#include "constants.hpp"
#include "scattering_factors.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::imaging {
namespace {

using specimen::Site;

TEST(Potential, SumIsConservedWhereverTheAtomsStand) {
  const Grid grid{48, 40, 6, 5};
  const double expected = potential_constant *
                          (scattering_factor(Scattering::lobato, 42, 0) + scattering_factor(Scattering::lobato, 16, 0));
  for (const double x : {0.0, -1e-16, 0.0625, 3.3, 6.0 - 1e-15, 6.0}) {
    const auto v =
        Transmission(grid, {}).potential({Site{.z = 42, .r_A = {x, 0, 0}}, Site{.z = 16, .r_A = {1.1, x, 0}}});
    const double integral =
        std::accumulate(v.begin(), v.end(), 0.0) * grid.lx_A * grid.ly_A / static_cast<double>(grid.size());
    EXPECT_NEAR(integral / expected, 1, 1e-12) << x;
  }
}

TEST(Potential, AtomHasTheProjectedPotentialOfItsParametrization) {
  const Grid grid{400, 400, 10, 10};
  const auto v = Transmission(grid, {}).potential({Site{.z = 16, .r_A = {5, 5, 0}}});
  // Against a numerical inverse Hankel transform: v(r) = C 2 pi int f_e(q) J0(2 pi q r) q dq. The periodic images are
  // neutral atoms 9 A away or more.
  const double r = 1.0;
  double sum = 0;
  constexpr double dq = 0.0005;
  for (double q = dq / 2; q < 20; q += dq)
    sum +=
        scattering_factor(Scattering::lobato, 16, q * q) * std::cyl_bessel_j(0, 2 * std::numbers::pi * q * r) * q * dq;
  const double expected = potential_constant * 2 * std::numbers::pi * sum;
  EXPECT_NEAR(v[240UL * 400 + 200] / expected, 1, 2e-2);
}

TEST(Slices, AtomsOnFacesAndBoundariesBelongSomewhere) {
  EXPECT_EQ(slice_count(12, 0.5), 24);
  EXPECT_EQ(slice_count(38.403, 1.0), 39);
  EXPECT_EQ(slice_count(12.0000000001, 0.5), 24);
  EXPECT_EQ(slice_of(0, 12, 24), 0);
  EXPECT_EQ(slice_of(-1e-16, 12, 24), 0);
  EXPECT_EQ(slice_of(12, 12, 24), 0);
  EXPECT_EQ(slice_of(12 - 1e-9, 12, 24), 23);
  EXPECT_EQ(slice_of(3.0, 12, 24), 6);
  EXPECT_EQ(slice_of(std::nextafter(3.0, 0.0), 12, 24), 6);
  EXPECT_EQ(slice_of(2.99, 12, 24), 5);
  EXPECT_EQ(slice_of(-0.25, 12, 24), 23);
}

TEST(Stack, NeedsAtomsAndACell) {
  specimen::Structure empty{.cell_A = {5, 5, 5}, .sites = {}};
  EXPECT_THROW(build_stack(empty, {}), Error);
  empty.sites.push_back(Site{.z = 0});
  EXPECT_THROW(build_stack(empty, {}), Error);  // Only a vacancy.
  specimen::Structure flat{.cell_A = {5, 5, 0}, .sites = {Site{.z = 6}}};
  EXPECT_THROW(build_stack(flat, {}), Error);
}

TEST(Stack, AllAtomsAreInSomePlane) {
  specimen::Structure s{.cell_A = {6, 5, 12}, .sites = {}};
  double x = 0.5;
  for (const double z : {0.0, 0.5, 4.4, 4.45, 11.999, 12.0}) s.sites.push_back(Site{.z = 16, .r_A = {x += 0.8, 2, z}});
  const Multislice m{.grid = {48, 40}};
  const Stack stack = build_stack(s, m);
  std::vector<int> slices;
  for (const auto& p : stack.planes) slices.push_back(p.slice);
  EXPECT_EQ(slices, (std::vector<int>{0, 1, 8, 23}));
  EXPECT_EQ(stack.slices, 24);
}

}  // namespace
}  // namespace twinmill::imaging

#include "twinmill/imaging/hrtem_slab.hpp"

#include <gtest/gtest.h>

#include "twinmill/base/error.hpp"
#include "twinmill/fft/slab.hpp"
#include "twinmill/mpi/mpi.hpp"

namespace twinmill::imaging {
namespace {

// Three planes, two elements in one of them, and empty slices behind the last.
specimen::Structure specimen_of() {
  specimen::Structure s;
  s.cell_A = {12, 11, 9};
  s.sites = {{.z = 42, .r_A = {3.1, 2.2, 1.0}},
             {.z = 16, .r_A = {8.7, 9.9, 1.1}},
             {.z = 16, .r_A = {0, 5.5, 2.6}},
             {.z = 79, .r_A = {6.4, 0.3, 5.2}},
             {.z = 42, .r_A = {11.9, 10.9, 5.2}}};
  return s;
}

Optics lens() {
  return {.semiangle_mrad = 18, .edge = ApertureEdge::area, .aberrations = {{"C10", -60}, {"C12", 20}, {"phi12", 0.4}}};
}

TEST(HrtemSlab, EqualsOneRank) {
  const auto world = mpi::Communicator::world();
  for (const std::array<int, 2> grid : {std::array{64, 60}, std::array{81, 75}, std::array{17, 64}}) {
    for (const auto table : {Scattering::lobato, Scattering::kirkland}) {
      Multislice multislice{.energy_kev = 80, .grid = grid, .slice_thickness_A = 0.5, .scattering = table};
      Optics optics = lens();
      if (table == Scattering::kirkland) {  // All that can be switched on.
        multislice.phonons = {.configurations = 2, .rms_A = {}, .key = {1, 2}};
        multislice.specimen_tilt_mrad = {5, -8};
        optics.focal_spread_A = 40;
        optics.beam_tilt_mrad = {1.5, 0.5};
        optics.semiangle_mrad = 15;
      }
      const auto expected = hrtem(specimen_of(), multislice, optics);
      const fft::Slab slab(world, grid[0], grid[1]);
      const auto mine = hrtem(specimen_of(), multislice, optics, slab);
      ASSERT_EQ(mine.rows, slab.rows());
      ASSERT_EQ(mine.wave.size(), static_cast<std::size_t>(mine.rows) * static_cast<std::size_t>(grid[1]));
      ASSERT_EQ(mine.image.size(), mine.wave.size());
      const auto begin = static_cast<std::size_t>(mine.first) * static_cast<std::size_t>(grid[1]);
      for (std::size_t i = 0; i < mine.wave.size(); ++i) {
        ASSERT_LT(std::abs(mine.wave[i] - expected.wave[begin + i]), 1e-10) << grid[0] << " " << i;
        ASSERT_NEAR(mine.image[i], expected.image[begin + i], 1e-10) << grid[0] << " " << i;
      }
    }
  }
}

TEST(HrtemSlab, MistakesAreRefusedOnAllMembersAsOnOneRank) {
  const fft::Slab slab(mpi::Communicator::world(), 64, 64);
  const auto words = [](const auto& work) {
    try {
      work();
    } catch (const Error& e) {
      return cat(name(e.fault()), ": ", e.what());
    }
    return std::string("nothing was thrown");
  };
  auto empty = specimen_of();
  empty.sites.clear();
  auto flat = specimen_of();
  flat.cell_A[2] = 0;
  for (const auto& s : {empty, flat}) {
    const std::string said = words([&] { hrtem(s, {.grid = {64, 64}}, lens(), slab); });
    EXPECT_EQ(said, words([&] { hrtem(s, {.grid = {64, 64}}, lens()); }));
    EXPECT_TRUE(said.starts_with("input")) << said;
  }
}

}  // namespace
}  // namespace twinmill::imaging

#include "twinmill/fft/slab.hpp"

#include <gtest/gtest.h>

#include <array>

#include "twinmill/base/error.hpp"
#include "twinmill/mpi/mpi.hpp"

namespace twinmill::fft {
namespace {

using Complex = std::complex<double>;

// 9 rows on 4 ranks leave the last one without any.
constexpr std::array<std::array<int, 2>, 4> sizes = {{{32, 40}, {45, 27}, {9, 64}, {64, 9}}};

Complex value(int ix, int iy) { return {1.0 / (1 + ix + 3 * iy), 0.1 * ((ix * 7 + iy * 3) % 11)}; }

TEST(Slab, MembersShareAllRowsAndAllColumns) {
  const auto world = mpi::Communicator::world();
  for (const auto& [nx, ny] : sizes) {
    const Slab slab(world, nx, ny);
    EXPECT_EQ(world.sum(std::int64_t{slab.rows()}), nx);
    EXPECT_EQ(world.sum(std::int64_t{slab.columns()}), ny);
    EXPECT_GE(slab.buffer().size(), static_cast<std::size_t>(slab.rows()) * static_cast<std::size_t>(ny));
    EXPECT_LE(slab.rows(), (nx + world.size() - 1) / world.size());
  }
}

TEST(Slab, TransformsAsOneRankDoes) {
  for (const auto& [nx, ny] : sizes) {
    Buffer<double> whole(static_cast<std::size_t>(nx) * static_cast<std::size_t>(ny));
    for (int ix = 0; ix < nx; ++ix)
      for (int iy = 0; iy < ny; ++iy) whole[static_cast<std::size_t>(ix * ny + iy)] = value(ix, iy);
    Plan2d<double>(nx, ny, Direction::forward).execute(whole);

    const Slab slab(mpi::Communicator::world(), nx, ny);
    auto mine = slab.buffer();
    for (int r = 0; r < slab.rows(); ++r)
      for (int iy = 0; iy < ny; ++iy) mine[static_cast<std::size_t>(r * ny + iy)] = value(slab.first_row() + r, iy);
    slab.forward(mine);
    for (int c = 0; c < slab.columns(); ++c)
      for (int ix = 0; ix < nx; ++ix)
        EXPECT_LT(std::abs(mine[static_cast<std::size_t>(c * nx + ix)] -
                           whole[static_cast<std::size_t>(ix * ny + slab.first_column() + c)]),
                  1e-10)
            << nx << "x" << ny << " at " << ix << ", " << slab.first_column() + c;
    slab.backward(mine);
    for (int r = 0; r < slab.rows(); ++r)
      for (int iy = 0; iy < ny; ++iy)
        EXPECT_LT(std::abs(mine[static_cast<std::size_t>(r * ny + iy)] / static_cast<double>(nx * ny) -
                           value(slab.first_row() + r, iy)),
                  1e-12);
  }
}

TEST(Slab, RefusesAForeignBuffer) {
  const Slab slab(mpi::Communicator::world(), 32, 32);
  Buffer<double> foreign(7);
  EXPECT_THROW(slab.forward(foreign), Error);
  EXPECT_THROW(slab.backward(foreign), Error);
}

}  // namespace
}  // namespace twinmill::fft

// The module as it is in a build without MPI (TWINMILL_MPI=OFF).
#include <gmock/gmock.h>

#include <array>
#include <complex>
#include <filesystem>
#include <fstream>
#include <numbers>

#include "twinmill/base/scratch_folder.hpp"
#include "twinmill/fft/slab.hpp"
#include "twinmill/mpi/kind.hpp"
#include "twinmill/mpi/mpi.hpp"
#include "twinmill/mpi/raw_file.hpp"

namespace twinmill::mpi {
namespace {

using ::testing::ElementsAre;

TEST(OneProcess, IsAllThereIs) {
  EXPECT_FALSE(has_mpi());
  EXPECT_FALSE(launched());
  const auto world = Communicator::world();
  EXPECT_EQ(world.rank(), 0);
  EXPECT_EQ(world.size(), 1);
  EXPECT_EQ(world.split(3).size(), 1);
  world.barrier();
  EXPECT_EQ(world.broadcast("text"), "text");
  EXPECT_THAT(world.gather("mine"), ElementsAre("mine"));
  EXPECT_EQ(world.sum(2.5), 2.5);
  EXPECT_EQ(world.sum(std::int64_t{7}), 7);
  EXPECT_EQ(world.max(-1.0), -1);
  std::array<float, 2> values = {1, 2};
  world.sum_in_place(values);
  PendingSum sum(world, values);
  EXPECT_TRUE(sum.test());
  EXPECT_THAT(values, ElementsAre(1, 2));
}

TEST(OneProcess, FinishesCollectivesAtOnce) {
  const auto world = Communicator::world();
  PendingBroadcast word(world, {std::byte{42}}, 0);
  EXPECT_TRUE(wait_politely(word));
  EXPECT_EQ(word.bytes().front(), std::byte{42});
  PendingMax largest(world, std::array<std::int64_t, 2>{-3, 9});
  EXPECT_TRUE(largest.test());
  EXPECT_THAT(largest.values(), ElementsAre(-3, 9));
}

TEST(OneProcess, WritesToItself) {
  Mailbox box(Communicator::world());
  EXPECT_EQ(box.try_receive(), std::nullopt);
  box.send(0, 4, "first");
  box.send(0, 5, "second");
  const auto first = box.try_receive();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->tag, 4);
  EXPECT_EQ(first->bytes, "first");
  EXPECT_EQ(box.try_receive()->bytes, "second");
  EXPECT_TRUE(box.flush(0));
}

TEST(OneProcess, FailsAsARankWould) {
  const auto world = Communicator::world();
  together(world, [] {});
  try {
    together(world, [] { throw Error(Fault::input, "a mistake"); });
    ADD_FAILURE();
  } catch (const SharedError& e) {
    EXPECT_EQ(e.fault(), Fault::input);
    EXPECT_STREQ(e.what(), "a mistake");
  }
}

TEST(OneProcess, WritesPlainFiles) {
  const ScratchFolder folder(std::filesystem::temp_directory_path(), "one-process");
  const auto path = folder.path() / "file";
  RawFile file(path);
  const std::string text = "hello";
  file.write_at(3, std::as_bytes(std::span(text)));
  file.sync();
  file.close();
  std::ifstream in(path, std::ios::binary);
  std::string all((std::istreambuf_iterator<char>(in)), {});
  EXPECT_EQ(all, std::string(3, '\0') + "hello");
  EXPECT_THROW(RawFile(folder.path() / "nowhere" / "file"), Error);
}

TEST(OneProcess, HoldsTheWholeSlab) {
  constexpr int nx = 6, ny = 10;
  const fft::Slab slab(Communicator::world(), nx, ny);
  EXPECT_EQ(slab.rows(), nx);
  EXPECT_EQ(slab.columns(), ny);
  auto data = slab.buffer();
  ASSERT_EQ(data.size(), std::size_t{nx * ny});
  // One plane wave: all of it in one frequency.
  for (int ix = 0; ix < nx; ++ix)
    for (int iy = 0; iy < ny; ++iy)
      data[static_cast<std::size_t>(ix * ny + iy)] =
          std::polar(1.0, 2 * std::numbers::pi * (2.0 * ix / nx + 3.0 * iy / ny));
  const auto before = data;
  slab.forward(data);
  for (int iy = 0; iy < ny; ++iy)
    for (int ix = 0; ix < nx; ++ix)
      EXPECT_NEAR(std::abs(data[static_cast<std::size_t>(iy * nx + ix)]), ix == 2 && iy == 3 ? nx * ny : 0, 1e-9);
  slab.backward(data);
  for (std::size_t i = 0; i < data.size(); ++i) EXPECT_NEAR(std::abs(data[i] / double(nx * ny) - before[i]), 0, 1e-12);
}

}  // namespace
}  // namespace twinmill::mpi

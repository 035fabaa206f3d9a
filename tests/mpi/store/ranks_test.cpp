// Several ranks, one store, no collective call but those of the test itself.
#include <gtest/gtest.h>

#include "small_store.hpp"
#include "temp_folder.hpp"
#include "twinmill/mpi/mpi.hpp"

namespace twinmill::store {
namespace {

using testing::same;
using testing::SmallStore;

class Ranks : public ::testing::Test {
 protected:
  mpi::Communicator world = mpi::Communicator::world();
  twinmill::testing::TempFolder folder;
  std::filesystem::path path = world.broadcast((folder / "store.h5").string());
  SmallStore small{60};

  void SetUp() override {
    mpi::together(world, [&] {
      if (world.rank() == 0) small.create(path);
    });
  }
  void TearDown() override { world.barrier(); }  // Rank 0's folder is in use by all.

  void write(Writer& writer, std::int64_t i) const {
    writer.write_sample(i, small.samples[static_cast<std::size_t>(i)].key, 1, small.sample(i));
  }
};

TEST_F(Ranks, WriteDisjointSlotsAtOnce) {
  {
    Writer writer(path);
    for (std::int64_t i = world.rank(); i < 60; i += world.size()) write(writer, i);
    writer.sync();
    writer.close();
  }
  world.barrier();
  const Reader reader(path);
  const Damage found = verify(reader);
  EXPECT_EQ(found.done, 60);
  EXPECT_TRUE(found.bad_samples.empty());
  for (std::int64_t i = 0; i < 60; ++i) EXPECT_TRUE(same(reader.sample(i), small.sample(i))) << i;
  EXPECT_EQ(world.broadcast(digest(reader)), digest(reader));
}

TEST_F(Ranks, NoCallWaitsForAnotherRank) {
  // Each rank opens, writes, syncs and closes while all others wait elsewhere: a hidden collective call would hang.
  for (int turn = 0; turn < world.size(); ++turn) {
    if (turn == world.rank()) {
      Writer writer(path);
      write(writer, turn);
      writer.sync();
      writer.close();
    }
    world.barrier();
  }
  EXPECT_EQ(verify(Reader(path)).done, world.size());
}

TEST_F(Ranks, TheSameSlotFromTwoAttemptsStaysDone) {
  // A lease that ran out while its worker was alive: both write the same content, and the slot is done at every moment.
  {
    Writer writer(path);
    write(writer, 7);
    world.barrier();
    const Reader reader(path);
    for (int n = 0; n < 50; ++n) {
      write(writer, 7);
      EXPECT_EQ(reader.sample_slots()[7].state, 1);
      EXPECT_TRUE(same(reader.sample(7), small.sample(7)));
    }
  }
  world.barrier();
  EXPECT_TRUE(verify(Reader(path)).bad_samples.empty());
}

}  // namespace
}  // namespace twinmill::store

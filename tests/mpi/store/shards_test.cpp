// A store in several files: for readers the same as one file; for writers no more than another place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "small_store.hpp"
#include "temp_folder.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/mpi/mpi.hpp"

namespace twinmill::store {
namespace {

using ::testing::ElementsAre;
using testing::same;
using testing::SmallStore;
using ::testing::UnorderedElementsAre;

/// Five simulations of 1, 2, 3, 4 and 5 samples, each with one exposure, in order.
struct OrderedStore : SmallStore {
  OrderedStore() : SmallStore(15) {
    header.shapes.exposures = header.shapes.simulations = 5;
    exposures.clear();
    simulations.clear();
    std::int64_t sample = 0;
    for (std::int64_t s = 0; s < 5; ++s) {
      exposures.push_back({.simulation = s, .rotation_deg = 15.0 * double(s)});
      simulations.push_back({.key = testing::key_of("simulation", s),
                             .structure = "MoS2-H",
                             .first_sample = sample,
                             .sample_count = s + 1,
                             .first_exposure = s,
                             .exposure_count = 1});
      for (std::int64_t i = 0; i <= s; ++i, ++sample)
        samples[static_cast<std::size_t>(sample)].simulation = samples[static_cast<std::size_t>(sample)].exposure = s;
    }
  }
  void create(const std::filesystem::path& path, int shards) const {
    store::create(path, header, samples, exposures, simulations, {.shards = shards});
  }
};

class Shards : public ::testing::Test {
 protected:
  mpi::Communicator world = mpi::Communicator::world();
  twinmill::testing::TempFolder folder;
  OrderedStore small;
  std::filesystem::path path = world.broadcast((folder / "store.h5").string());

  void create(int shards) const {
    mpi::together(world, [&] {
      if (world.rank() == 0) small.create(path, shards);
    });
  }
  /// Every rank writes its part of everything.
  void write_all() const {
    {
      Writer writer(path);
      for (std::int64_t i = world.rank(); i < 15; i += world.size())
        writer.write_sample(i, small.samples[static_cast<std::size_t>(i)].key, 1, small.sample(i));
      for (std::int64_t e = world.rank(); e < 5; e += world.size())
        writer.write_exposure(e, small.simulations[static_cast<std::size_t>(e)].key, 1, small.exposure(e));
      writer.sync();
      writer.close();
    }
    world.barrier();
  }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(path.parent_path()))
      all.push_back(entry.path().filename());
    return all;
  }
  void TearDown() override { world.barrier(); }  // Rank 0's folder is in use by all.
};

std::string message_of(const std::function<void()>& work, Fault fault) {
  try {
    work();
  } catch (const Error& e) {
    EXPECT_EQ(e.fault(), fault);
    return e.what();
  }
  return "nothing was thrown";
}

TEST_F(Shards, AreReadLikeOneFile) {
  small.header.further_splits = {std::vector<std::uint8_t>(15, 2)};
  small.header.further_splits[0][7] = 1;
  create(3);
  write_all();
  const Reader three(path);
  path += ".whole.h5";
  create(1);
  write_all();
  const Reader one(path);
  EXPECT_EQ(digest(one), digest(three));
  EXPECT_EQ(three.split_draws(), 2);
  EXPECT_EQ(three.splits(1), one.splits(1));
  EXPECT_EQ(three.splits(2), small.header.further_splits[0]);
  EXPECT_EQ(three.header().shapes, small.header.shapes);
  EXPECT_EQ(three.sample_slots(), one.sample_slots());
  EXPECT_EQ(three.exposure_slots(), one.exposure_slots());
  const auto samples = three.samples();
  for (std::int64_t i = 0; i < 15; ++i) {
    const auto& row = samples[static_cast<std::size_t>(i)];
    EXPECT_EQ(row.key, small.samples[static_cast<std::size_t>(i)].key);
    EXPECT_EQ(row.simulation, small.samples[static_cast<std::size_t>(i)].simulation);
    EXPECT_TRUE(same(three.sample(i), small.sample(i))) << i;
  }
  for (std::int64_t e = 0; e < 5; ++e) EXPECT_EQ(three.exposure(e).series, small.exposure(e).series) << e;
  const Damage found = verify(three);
  EXPECT_EQ(found.done, 15);
  EXPECT_THAT(found.bad_samples, ElementsAre());
  EXPECT_THAT(found.bad_exposures, ElementsAre());
}

TEST_F(Shards, LieBesideTheStoreAndHoldAboutAsMuch) {
  create(3);
  if (world.rank() == 0) {
    EXPECT_THAT(names(), UnorderedElementsAre("store.h5", "store-000.h5", "store-001.h5", "store-002.h5"));
    EXPECT_THAT(files(path),
                ElementsAre(path, folder / "store-000.h5", folder / "store-001.h5", folder / "store-002.h5"));
    // 1 + 2 + 3 of 15 samples are more than a third, 4 more than another one.
    EXPECT_EQ(Reader(folder / "store-000.h5").header().shapes.samples, 6);
    EXPECT_EQ(Reader(folder / "store-001.h5").header().shapes.samples, 4);
    EXPECT_EQ(Reader(folder / "store-002.h5").header().shapes.samples, 5);
  }
}

TEST_F(Shards, AreStoresByThemselvesWithNumbersFromZero) {
  create(3);
  write_all();
  const Reader shard(path.parent_path() / "store-001.h5");
  EXPECT_EQ(verify(shard).done, 4);
  const auto rows = shard.samples();
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[0].key, small.samples[6].key);
  EXPECT_EQ(rows[0].simulation, 0);
  EXPECT_EQ(rows[0].exposure, 0);
  EXPECT_EQ(shard.simulations()[0].first_sample, 0);
  EXPECT_TRUE(same(shard.sample(3), small.sample(9)));
}

TEST_F(Shards, ThereAreNoMoreThanSimulations) {
  create(40);
  write_all();
  EXPECT_EQ(files(path).size(), 6U);
  EXPECT_EQ(verify(Reader(path)).done, 15);
}

TEST_F(Shards, AnOpenReaderSeesWhatIsWritten) {
  create(3);
  const Reader reader(path);
  EXPECT_EQ(verify(reader).empty, 15);
  world.barrier();  // Nobody writes before all have looked.
  write_all();
  EXPECT_EQ(verify(reader).done, 15);
  EXPECT_TRUE(same(reader.sample(11), small.sample(11)));
}

TEST_F(Shards, ABadSampleIsBadInTheStore) {
  create(3);
  write_all();
  if (world.rank() == 0) {
    Writer writer(path);
    writer.mark_bad(12);
    writer.sync();
    writer.close();
    EXPECT_EQ(verify(Reader(path)).bad, 1);
    EXPECT_EQ(Reader(path).sample_slots()[12].state, static_cast<std::uint8_t>(SlotState::bad));
  }
}

TEST_F(Shards, AMissingOneIsDamageAndNotEmptiness) {
  create(3);
  if (world.rank() != 0) return;
  std::filesystem::remove(folder / "store-001.h5");
  EXPECT_EQ(
      message_of([&] { const Reader reader(path); }, Fault::input),
      "the store " + path.string() +
          " is damaged (its shard store-001.h5 beside it is missing or no readable HDF5 file). Copied completely?");
}

TEST_F(Shards, CreationReplacesWhatAKilledOneLeft) {
  if (world.rank() != 0) return;
  for (const char* name : {"store-000.h5", "store-001.h5", "store-002.h5", "store-003.h5", "store.h5.new"})
    std::ofstream(folder / name) << "half a store";
  small.create(path, 3);
  EXPECT_THAT(names(), UnorderedElementsAre("store.h5", "store-000.h5", "store-001.h5", "store-002.h5"));
  EXPECT_EQ(verify(Reader(path)).empty, 15);
}

TEST_F(Shards, AFailedCreationLeavesNothing) {
  if (world.rank() != 0) return;
  // What cannot be replaced by a file stands in for a disk that refuses.
  std::filesystem::create_directories(folder / "store-001.h5" / "inside");
  EXPECT_NE(message_of([&] { small.create(path, 3); }, Fault::system), "nothing was thrown");
  EXPECT_THAT(names(), ElementsAre("store-001.h5"));
}

}  // namespace
}  // namespace twinmill::store

// From one store into another one: by key, checked, under the old attempt.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "small_store.hpp"
#include "temp_folder.hpp"
#include "twinmill/h5/h5.hpp"

namespace twinmill::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::same;
using testing::SmallStore;
using twinmill::testing::TempFolder;

class CopyTest : public ::testing::Test {
 protected:
  CopyTest() {
    for (std::size_t i = 0; i < old.samples.size(); ++i) old.samples[i].simulation = old.exposures[i % 3].simulation;
    fresh = old;
    old.create(from);
    Writer writer(from);
    for (int e = 0; e < 3; ++e) write_exposure(writer, e);
    for (int i = 0; i < 6; ++i)
      if (i != 4)
        writer.write_sample(i, old.samples[static_cast<std::size_t>(i)].key, static_cast<std::uint32_t>(i + 1),
                            old.sample(i));
    writer.sync();
    writer.close();
  }
  void write_exposure(Writer& writer, int e) {
    const auto simulation = static_cast<std::size_t>(old.exposures[static_cast<std::size_t>(e)].simulation);
    writer.write_exposure(e, old.simulations[simulation].key, 9, old.exposure(e));
  }
  /// The store `fresh` describes, with what the old one has of it.
  Copied copy() {
    fresh.create(to);
    const Reader reader(from);
    Writer writer(to);
    auto copied = copy_content(reader, writer, fresh.samples, fresh.simulations);
    writer.close();
    return copied;
  }
  static std::vector<std::int64_t> numbers(const Copied& copied) {
    std::vector<std::int64_t> all;
    for (const auto& [id, slot] : copied.samples) all.push_back(id);
    std::ranges::sort(all);
    return all;
  }
  void damage(const char* dataset, std::uint64_t byte) const {
    const std::uint64_t place = h5::File::open_to_read(from).dataset(dataset).file_offset() + byte;
    std::fstream file(from, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(place));
    file.put('\x7f');
  }

  TempFolder folder;
  std::filesystem::path from = folder / "store.h5", to = folder / "next.h5";
  SmallStore old, fresh;
};

TEST_F(CopyTest, EverythingThatBothHave) {
  // The other way round, and one more in front.
  fresh = SmallStore(7);
  fresh.samples[0].key = testing::key_of("new", 0);
  for (std::size_t i = 0; i < 6; ++i) {
    fresh.samples[6 - i] = old.samples[i];
  }
  fresh.samples[0].simulation = old.exposures[0].simulation;
  fresh.samples[0].exposure = 0;
  const auto copied = copy();
  EXPECT_THAT(numbers(copied), ElementsAre(1, 3, 4, 5, 6));  // Sample 4 was not there.
  EXPECT_EQ(copied.exposures, 3);
  EXPECT_EQ(copied.refused, 0);
  const Reader reader(to);
  EXPECT_TRUE(same(reader.sample(1), old.sample(5)));
  EXPECT_EQ(reader.sample_slots()[1].attempt, 6u);
  EXPECT_EQ(reader.sample_slots()[2], SlotRow{});
  EXPECT_EQ(reader.exposure(2).series, old.exposure(2).series);
  EXPECT_EQ(reader.exposure_slots(), Reader(from).exposure_slots());
  const auto damage = verify(reader);
  EXPECT_EQ(damage.done, 5);
  EXPECT_THAT(damage.bad_samples, IsEmpty());
  EXPECT_THAT(damage.bad_exposures, IsEmpty());
}

TEST_F(CopyTest, NothingOfAnotherCampaign) {
  for (auto& row : fresh.samples) row.key = testing::key_of("new", &row - fresh.samples.data());
  const auto copied = copy();
  EXPECT_THAT(copied.samples, IsEmpty());
  EXPECT_EQ(copied.exposures, 0);
  EXPECT_EQ(copied.refused, 0);
}

TEST_F(CopyTest, DamagedContentIsRefused) {
  damage(names::sample_image, 2 * 12 * 10 * 2 * 4 + 5);
  const auto found = verify(Reader(from));
  EXPECT_THAT(found.bad_samples, ElementsAre(2));
  EXPECT_THAT(found.bad_exposures, IsEmpty());
  const auto copied = copy();
  EXPECT_THAT(numbers(copied), ElementsAre(0, 1, 3, 5));
  EXPECT_EQ(copied.refused, 1);
}

TEST_F(CopyTest, ADamagedSeriesKeepsItsImagesBack) {
  damage(names::exposure_series, 1 * 2 * 15 * 8 + 5);
  const auto copied = copy();
  EXPECT_THAT(numbers(copied), ElementsAre(0, 2, 3, 5));  // Sample 1 is of exposure 1, and 4 was not there.
  EXPECT_EQ(copied.refused, 1);
  EXPECT_EQ(copied.exposures, 2);
}

TEST_F(CopyTest, SeriesMoveIntoALargerBox) {
  fresh.header.shapes.series_x = 7;
  fresh.header.shapes.series_y = 5;
  EXPECT_EQ(copy().exposures, 3);
  const auto small = old.exposure(1).series[1], large = Reader(to).exposure(1).series[1];
  for (int x = 0; x < 7; ++x) {
    for (int y = 0; y < 5; ++y) {
      const bool inside = x >= 1 && x < 6 && y >= 1 && y < 4;
      const auto expected = inside ? small[static_cast<std::size_t>((x - 1) * 3 + y - 1)] : std::complex<float>();
      EXPECT_EQ(large[static_cast<std::size_t>(x * 5 + y)], expected) << x << " " << y;
    }
  }
  EXPECT_THAT(verify(Reader(to)).bad_exposures, IsEmpty());
}

TEST_F(CopyTest, SeriesThatDoNotFitASmallerBoxAreMadeAgain) {
  fresh.header.shapes.series_x = 3;
  const auto copied = copy();
  EXPECT_THAT(copied.samples, IsEmpty());
  EXPECT_EQ(copied.refused, 5);
}

TEST_F(CopyTest, SamplesWithoutTheirExposureAreRedone) {
  damage(names::exposure_series, 5);
  damage(names::sample_image, 1 * 12 * 10 * 2 * 4 + 5);
  {
    const Reader reader(from);
    EXPECT_THAT(samples_to_redo(reader, verify(reader)), ElementsAre(0, 1, 3));
  }
  Writer writer(from);
  writer.mark_bad_exposure(0);
  writer.close();
  const Reader reader(from);
  const auto damage = verify(reader);
  EXPECT_THAT(damage.bad_exposures, IsEmpty());  // Known to be bad.
  EXPECT_THAT(samples_to_redo(reader, damage), ElementsAre(0, 1, 3));
}

}  // namespace
}  // namespace twinmill::store

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>

#include "small_store.hpp"
#include "temp_folder.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/version.hpp"
#include "twinmill/h5/h5.hpp"

namespace twinmill::store {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::same;
using testing::SmallStore;
using twinmill::testing::TempFolder;

/// What `work` throws, and with which fault.
template <class Work>
std::pair<Fault, std::string> failure_of(const Work& work) {
  try {
    work();
  } catch (const Error& e) {
    return {e.fault(), e.what()};
  }
  return {Fault::count_, "nothing was thrown"};
}

std::vector<std::string> files_in(const TempFolder& folder) {
  std::vector<std::string> all;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) all.push_back(entry.path().filename());
  return all;
}

class Store : public ::testing::Test {
 protected:
  TempFolder folder;
  std::filesystem::path path = folder / "store.h5";
  SmallStore small;

  SlotRow write(Writer& writer, std::int64_t i, std::uint32_t attempt = 1, int variant = 0) const {
    return writer.write_sample(i, small.samples[static_cast<std::size_t>(i)].key, attempt, small.sample(i, variant));
  }
  void write_all(std::uint32_t attempt = 1) const {
    Writer writer(path);
    for (std::int64_t i = 0; i < small.header.shapes.samples; ++i) write(writer, i, attempt);
    writer.sync();
    writer.close();
  }
  /// Changes one byte of the file.
  void damage(const char* dataset, std::uint64_t byte) const {
    const std::uint64_t place = h5::File::open_to_read(path).dataset(dataset).file_offset() + byte;
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(place));
    const char old = static_cast<char>(file.get());
    file.seekp(static_cast<std::streamoff>(place));
    file.put(static_cast<char>(old ^ 0x10));
  }
};

TEST_F(Store, IsCompleteAndEmptyAfterCreation) {
  small.create(path);
  EXPECT_THAT(files_in(folder), ElementsAre("store.h5"));
  const Reader reader(path);
  const Header& h = reader.header();
  EXPECT_EQ(h.shapes, small.header.shapes);
  EXPECT_EQ(h.campaign_name, "small");
  EXPECT_EQ(h.campaign_toml, small.header.campaign_toml);
  EXPECT_EQ(h.plan_key, small.header.plan_key);
  EXPECT_EQ(h.detectors, small.header.detectors);
  EXPECT_EQ(h.classes, small.header.classes);
  EXPECT_EQ(h.detector_inner_mrad, small.header.detector_inner_mrad);
  EXPECT_EQ(h.detector_outer_mrad, small.header.detector_outer_mrad);
  EXPECT_EQ(h.acquisition, small.header.acquisition);
  EXPECT_EQ(reader.sample_slots(), std::vector<SlotRow>(6));
  EXPECT_EQ(reader.exposure_slots(), std::vector<SlotRow>(3));
  EXPECT_EQ(verify(reader).empty, 6);
  // The blocks are taken: the disk cannot run full later.
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_GE(status.st_blocks * 512, status.st_size);
}

TEST_F(Store, KeepsEveryColumnOfItsTables) {
  small.create(path);
  const Reader reader(path);
  const auto samples = reader.samples();
  ASSERT_EQ(samples.size(), 6U);
  for (std::size_t i = 0; i < 6; ++i) {
    const auto &a = samples[i], &b = small.samples[i];
    EXPECT_EQ(std::tie(a.key, a.simulation, a.exposure, a.parent, a.formula, a.phase, a.defect, a.variant),
              std::tie(b.key, b.simulation, b.exposure, b.parent, b.formula, b.phase, b.defect, b.variant));
    EXPECT_EQ(
        std::tie(a.structure, a.structure_replicate, a.noise_replicate, a.split, a.rotation_deg, a.dose_e_per_A2),
        std::tie(b.structure, b.structure_replicate, b.noise_replicate, b.split, b.rotation_deg, b.dose_e_per_A2));
    EXPECT_EQ(std::tie(a.pixel_x_A, a.pixel_y_A, a.origin_x_A, a.origin_y_A, a.seed),
              std::tie(b.pixel_x_A, b.pixel_y_A, b.origin_x_A, b.origin_y_A, b.seed));
  }
  const auto some = reader.samples(4, 2);
  ASSERT_EQ(some.size(), 2U);
  EXPECT_EQ(some[1].key, small.samples[5].key);
  EXPECT_THROW(reader.samples(5, 2), Error);

  const auto exposures = reader.exposures();
  ASSERT_EQ(exposures.size(), 3U);
  EXPECT_EQ(exposures[2].rotation_deg, 30);
  EXPECT_EQ(exposures[1].simulation, 1);
  EXPECT_EQ(exposures[1].lx_A, 12.5);
  const auto simulations = reader.simulations();
  ASSERT_EQ(simulations.size(), 2U);
  EXPECT_EQ(simulations[1].key, small.simulations[1].key);
  EXPECT_EQ(simulations[1].structure, "MoS2-H anion_vacancy #1");
  EXPECT_EQ(simulations[1].grid_y, 224);
  EXPECT_EQ(simulations[1].first_exposure, 1);
}

TEST_F(Store, HasOneDrawOfTheSplitOrAll) {
  small.samples[1].split = "test";
  small.samples[2].split = "validation";
  small.create(path);
  EXPECT_EQ(Reader(path).split_draws(), 1);
  EXPECT_EQ(Reader(path).splits(1)[1], 2);
  EXPECT_EQ(Reader(path).splits(1)[2], 1);
  small.header.further_splits = {{0, 1, 2, 0, 1, 2}, {2, 2, 2, 0, 0, 0}};
  const auto drawn = folder / "drawn.h5";
  small.create(drawn);
  const Reader reader(drawn);
  EXPECT_EQ(reader.split_draws(), 3);
  EXPECT_EQ(reader.splits(1), Reader(path).splits(1));
  EXPECT_THAT(reader.splits(2), ElementsAre(0, 1, 2, 0, 1, 2));
  EXPECT_THAT(reader.splits(3), ElementsAre(2, 2, 2, 0, 0, 0));
}

TEST_F(Store, GivesBackWhatWasWritten) {
  small.create(path);
  Writer writer(path);
  EXPECT_EQ(writer.shapes(), small.header.shapes);
  const SlotRow slot = write(writer, 5, 3);
  writer.write_exposure(2, small.simulations[0].key, 1, small.exposure(2));
  writer.close();

  const Reader reader(path);
  EXPECT_TRUE(same(reader.sample(5), small.sample(5)));
  EXPECT_EQ(reader.image(5, 1), small.sample(5).images[1]);
  EXPECT_EQ(reader.mask(5), small.sample(5).mask);
  EXPECT_EQ(reader.exposure(2).series, small.exposure(2).series);
  EXPECT_EQ(reader.sample_slots()[5], slot);
  EXPECT_EQ(slot, (SlotRow{1, 3, 5, checksum(small.samples[5].key, small.sample(5))}));
  EXPECT_EQ(reader.sample_slots()[4], SlotRow{});
  EXPECT_EQ(reader.exposure_slots()[2].state, 1);
  EXPECT_EQ(verify(reader).done, 1);
}

TEST_F(Store, ShowsAnOpenReaderWhatIsWrittenLater) {
  small.create(path);
  const Reader reader(path);
  EXPECT_EQ(reader.sample_slots()[1].state, 0);
  Writer writer(path);
  for (std::int64_t i = 0; i < 6; ++i) {
    write(writer, i);
    EXPECT_EQ(reader.sample_slots()[static_cast<std::size_t>(i)].state, 1);
    EXPECT_TRUE(same(reader.sample(i), small.sample(i))) << i;
  }
  write(writer, 1, 2, 1);
  EXPECT_TRUE(same(reader.sample(1), small.sample(1, 1)));
  EXPECT_EQ(reader.sample_slots()[1].attempt, 2U);
}

TEST_F(Store, VerifyFindsEveryKindOfDamage) {
  small.create(path);
  write_all();
  {
    Writer writer(path);
    for (int i = 0; i < 3; ++i) writer.write_exposure(i, small.simulations[i % 2].key, 1, small.exposure(i));
    writer.mark_bad(0);
  }
  EXPECT_THAT(verify(Reader(path)).bad_samples, IsEmpty());
  EXPECT_THAT(verify(Reader(path)).bad_exposures, IsEmpty());

  const std::uint64_t pixels = 12 * 10;
  damage(names::sample_image, (1 * 2 + 1) * pixels * 4 + 7);  // Sample 1, second detector.
  damage(names::sample_mask, 2 * pixels + 119);
  damage(names::sample_atoms, 3 * 7 * 22 + 2 * 22);  // Sample 3 has three atoms.
  damage(names::sample_slot, 4 * 17 + 5);            // Its count of atoms.
  damage(names::exposure_series, 1 * 2 * 15 * 8 + 3);
  const Damage found = verify(Reader(path));
  EXPECT_THAT(found.bad_samples, ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(found.bad_exposures, ElementsAre(1));
  EXPECT_EQ(found.done, 5);
  EXPECT_EQ(found.bad, 1);
  EXPECT_EQ(found.empty, 0);

  damage(names::sample_atoms, 3 * 7 * 22 + 3 * 22);  // Beyond the atoms of sample 3: nobody's content.
  EXPECT_THAT(verify(Reader(path)).bad_samples, ElementsAre(1, 2, 3, 4));
}

TEST_F(Store, DamageIsHealedByWritingAgain) {
  small.create(path);
  write_all();
  damage(names::sample_image, 0);
  EXPECT_THAT(verify(Reader(path)).bad_samples, ElementsAre(0));
  Writer writer(path);
  write(writer, 0, 2);
  EXPECT_THAT(verify(Reader(path)).bad_samples, IsEmpty());
}

TEST_F(Store, DigestDependsOnContentAlone) {
  small.create(path);
  write_all(1);
  const std::string digest_of_all = digest(Reader(path));
  EXPECT_EQ(digest_of_all.size(), 32U);

  // Other attempts, another order of writing, and another order of the samples in the plan.
  SmallStore shuffled;
  std::reverse(shuffled.samples.begin(), shuffled.samples.end());
  const auto other = folder / "other.h5";
  shuffled.create(other);
  {
    Writer writer(other);
    for (const std::int64_t i : {3, 0, 5, 1, 4, 2})
      writer.write_sample(i, shuffled.samples[i].key, 7, small.sample(5 - i));
  }
  EXPECT_EQ(digest(Reader(other)), digest_of_all);

  Writer writer(other);
  writer.mark_bad(2);
  EXPECT_NE(digest(Reader(other)), digest_of_all);  // One sample less.
  writer.write_sample(2, shuffled.samples[2].key, 8, small.sample(3, 1));
  EXPECT_NE(digest(Reader(other)), digest_of_all);  // One sample is different.
  writer.write_sample(2, shuffled.samples[2].key, 9, small.sample(3));
  EXPECT_EQ(digest(Reader(other)), digest_of_all);
}

TEST_F(Store, RefusesContentThatIsNotTheSlots) {
  small.create(path);
  Writer writer(path);
  EXPECT_THAT(failure_of([&] { writer.write_sample(1, small.samples[0].key, 1, small.sample(1)); }).second,
              HasSubstr("the slot of another one"));
  EXPECT_THAT(failure_of([&] { writer.write_sample(6, "", 1, small.sample(1)); }).second, HasSubstr("has no slot"));
  auto data = small.sample(1);
  data.images.pop_back();
  EXPECT_THAT(failure_of([&] { writer.write_sample(1, small.samples[1].key, 1, data); }).second,
              HasSubstr("does not fit its slot"));
  data = small.sample(1);
  data.atoms.resize(8);
  EXPECT_EQ(failure_of([&] { writer.write_sample(1, small.samples[1].key, 1, data); }).first, Fault::bug);
  EXPECT_EQ(Reader(path).sample_slots()[1], SlotRow{});
}

TEST_F(Store, CreationRefusesAFullDiskAndLeavesNothing) {
  small.header.shapes.width = small.header.shapes.height = 1 << 24;  // 10 PB
  const auto [fault, message] = failure_of([&] { small.create(path); });
  EXPECT_EQ(fault, Fault::system);
  EXPECT_THAT(message, AllOf(HasSubstr(path.string() + " needs 1"), HasSubstr("(only "), HasSubstr("are free there)")));
  EXPECT_THAT(files_in(folder), IsEmpty());
}

TEST_F(Store, CreationNeverOverwrites) {
  small.create(path);
  write_all();
  EXPECT_EQ(failure_of([&] { small.create(path); }),
            std::pair(Fault::input, "the store " + path.string() + " exists (it would be overwritten). Resume?"));
  EXPECT_EQ(verify(Reader(path)).done, 6);
}

TEST_F(Store, CreationFailsWithAReasonInAFolderThatIsMissing) {
  EXPECT_EQ(failure_of([&] { small.create(folder / "missing/store.h5"); }),
            std::pair(Fault::system, "creating " + (folder / "missing/store.h5.new").string() +
                                         " failed (No such file or directory)"));
}

TEST_F(Store, CreationReplacesWhatAKilledOneLeft) {
  std::ofstream(folder / "store.h5.new") << "half a store";
  small.create(path);
  EXPECT_THAT(files_in(folder), ElementsAre("store.h5"));
}

/// While it lives, files cannot grow or be written beyond a size: what a full disk does to a program.
class SizeLimit {
 public:
  explicit SizeLimit(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit{bytes, old_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~SizeLimit() { ::setrlimit(RLIMIT_FSIZE, &old_); }
  SizeLimit(const SizeLimit&) = delete;
  SizeLimit& operator=(const SizeLimit&) = delete;

 private:
  rlimit old_{};
};

TEST_F(Store, AFailedWriteLeavesTheSlotEmptyAndSaysWhy) {
  small.create(path);
  Writer writer(path);
  write(writer, 1);
  {
    const SizeLimit limit(10);
    const auto [fault, message] = failure_of([&] { write(writer, 0); });
    EXPECT_EQ(fault, Fault::system);
    EXPECT_THAT(message,
                AllOf(HasSubstr("writing to the dataset /samples/image failed (HDF5: "), HasSubstr("File too large")));
  }
  EXPECT_EQ(Reader(path).sample_slots()[0].state, 0);
  EXPECT_EQ(Reader(path).sample_slots()[1].state, 1);
  write(writer, 0);  // The writer still works when there is room again.
  writer.close();
  EXPECT_EQ(verify(Reader(path)).done, 2);
  EXPECT_THAT(verify(Reader(path)).bad_samples, IsEmpty());
}

TEST_F(Store, ASlotWhoseContentChangesIsEmptyMeanwhile) {
  small.create(path);
  Writer writer(path);
  write(writer, 1);
  const std::uint64_t content = h5::File::open_to_read(path).dataset(names::sample_image).file_offset();
  const std::uint64_t slots = h5::File::open_to_read(path).dataset(names::sample_slot).file_offset();
  ASSERT_LT(slots + 6 * 17, content);
  {
    const SizeLimit limit(content);  // Slots can be written, content cannot.
    EXPECT_EQ(failure_of([&] { write(writer, 1, 2, 0); }).first, Fault::system);
    EXPECT_EQ(Reader(path).sample_slots()[1].state, 1);  // The same content once more.
    EXPECT_EQ(failure_of([&] { write(writer, 1, 2, 1); }).first, Fault::system);
    EXPECT_EQ(Reader(path).sample_slots()[1], SlotRow{});  // Other content.
  }
  EXPECT_THAT(verify(Reader(path)).bad_samples, IsEmpty());
}

TEST_F(Store, AFailedCreationLeavesNothing) {
  for (const rlim_t bytes : {10, 20'000, 8'000'000}) {
    const SizeLimit limit(bytes);
    SmallStore big(30'000);
    const auto [fault, message] = failure_of([&] { big.create(path); });
    EXPECT_EQ(fault, Fault::system) << bytes;
    EXPECT_THAT(message, AllOf(HasSubstr(path.string() + ".new cannot get its "), HasSubstr("(File too large)")))
        << bytes;
    EXPECT_THAT(files_in(folder), IsEmpty()) << bytes;
  }
  small.create(path);
  EXPECT_EQ(verify(Reader(path)).empty, 6);
}

TEST_F(Store, AWriterRefusesAnotherFormatVersion) {
  {
    auto file = h5::File::create(folder / "future.h5");
    file.set_text("/", "format", format_name);
    file.set_integer("/", "format_version", format_version + 1);
  }
  EXPECT_EQ(failure_of([&] { Writer writer(folder / "future.h5"); }),
            std::pair(Fault::input, "the store " + (folder / "future.h5").string() +
                                        " has format version 3 (this program reads version 2). A newer twinmill?"));
}

TEST_F(Store, AnEmptyCampaignIsAStore) {
  SmallStore none(0);
  none.create(path);
  const Reader reader(path);
  EXPECT_THAT(reader.samples(), IsEmpty());
  EXPECT_EQ(verify(reader).done, 0);
  EXPECT_EQ(digest(reader).size(), 32U);
}

TEST_F(Store, ManySamplesAreWrittenInPieces) {
  SmallStore many(40000);  // More rows than are encoded or decoded at a time.
  many.create(path);
  Writer writer(path);
  for (const std::int64_t i : {0, 16383, 16384, 39999}) writer.write_sample(i, many.samples[i].key, 1, many.sample(i));
  const Reader reader(path);
  const auto rows = reader.samples();
  for (const std::size_t i : {0, 16383, 16384, 32768, 39999}) EXPECT_EQ(rows[i].key, many.samples[i].key) << i;
  const Damage found = verify(reader);
  EXPECT_EQ(found.done, 4);
  EXPECT_EQ(found.empty, 39996);
  EXPECT_THAT(found.bad_samples, IsEmpty());
}

}  // namespace
}  // namespace twinmill::store

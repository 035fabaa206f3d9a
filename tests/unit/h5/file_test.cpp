#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "temp_folder.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/hash.hpp"
#include "twinmill/h5/h5.hpp"

namespace twinmill::h5 {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class H5 : public ::testing::Test {
 protected:
  testing::TempFolder folder;
  std::filesystem::path path = folder / "a.h5";
};

template <class Work>
std::string message_of(const Work& work) {
  try {
    work();
  } catch (const Error& e) {
    EXPECT_EQ(e.fault(), Fault::system);
    return e.what();
  }
  return "nothing was thrown";
}

TEST_F(H5, AttributesOfEveryKindRoundTrip) {
  const std::string long_text(200'000, 'x');  // Above the 64 KiB of an ordinary attribute.
  {
    auto file = File::create(path);
    file.create_group("/g");
    file.set_text("/g", "text", "Ångström");
    file.set_text("/", "long", long_text);
    file.set_text("/", "empty", "");
    file.set_integer("/", "integer", -(std::int64_t{1} << 60));
    file.set_number("/", "number", 0.1);
    file.set_texts("/", "texts", {"a", "", "longer"});
    file.set_texts("/", "none", {});
    file.set_numbers("/", "numbers", {1.5, -2});
    file.close();
  }
  const auto file = File::open_to_read(path);
  EXPECT_EQ(file.text("/g", "text"), "Ångström");
  EXPECT_EQ(file.text("/", "long"), long_text);
  EXPECT_EQ(file.text("/", "empty"), "");
  EXPECT_EQ(file.integer("/", "integer"), -(std::int64_t{1} << 60));
  EXPECT_EQ(file.number("/", "number"), 0.1);
  EXPECT_THAT(file.texts("/", "texts"), ElementsAre("a", "", "longer"));
  EXPECT_THAT(file.texts("/", "none"), IsEmpty());
  EXPECT_THAT(file.numbers("/", "numbers"), ElementsAre(1.5, -2));
  EXPECT_TRUE(file.has_attribute("/", "long"));
  EXPECT_FALSE(file.has_attribute("/", "short"));
  EXPECT_FALSE(file.has_attribute("/nowhere", "long"));
  EXPECT_TRUE(file.has("/g"));
  EXPECT_FALSE(file.has("/g/x"));
  EXPECT_FALSE(file.has("/x/y/z"));
  EXPECT_THAT(message_of([&] { file.text("/", "number"); }), HasSubstr("it is no text"));
  EXPECT_THAT(message_of([&] { file.number("/", "numbers"); }), HasSubstr("it holds 2 values"));
}

TEST_F(H5, SlabsLieWhereTheyShould) {
  auto file = File::create(path);
  auto data = file.create_dataset("/d", Type::i32(), {4, 3, 2});
  EXPECT_EQ(data.row_bytes(), 24U);
  std::vector<std::int32_t> all(24);
  for (int i = 0; i < 24; ++i) all[static_cast<std::size_t>(i)] = i;
  data.write_rows(0, bytes_of(all));
  const std::vector<std::int32_t> block = {-1, -2};
  data.write({{1, 1, 1}, {1, 2, 1}}, bytes_of(block));
  std::vector<std::int32_t> row(6);
  data.read_rows(1, std::as_writable_bytes(std::span(row)));
  EXPECT_THAT(row, ElementsAre(6, 7, 8, -1, 10, -2));
  std::vector<std::int32_t> column(4);
  data.read({{0, 2, 1}, {4, 1, 1}}, std::as_writable_bytes(std::span(column)));
  EXPECT_THAT(column, ElementsAre(5, -2, 17, 23));

  EXPECT_THROW(data.write_rows(0, bytes_of(block)), Error);                          // Not whole rows.
  EXPECT_THROW(data.write({{0, 0}, {1, 2}}, bytes_of(block)), Error);                // Dimensions.
  EXPECT_THROW(data.write_rows(3, bytes_of(std::vector<std::int32_t>(12))), Error);  // Beyond the end.
}

TEST_F(H5, ContentIsContiguousAndAligned) {
  const std::vector<double> values = {1.25, -7};
  std::uint64_t place = 0;
  {
    auto file = File::create(path, {.alignment = 4096});
    file.create_dataset("/small", Type::u8(), {3});
    auto data = file.create_dataset("/d", Type::f64(), {1000});
    data.write_rows(998, bytes_of(values));
    place = data.file_offset();
  }
  EXPECT_EQ(place % 4096, 0U);
  std::ifstream in(path, std::ios::binary);
  in.seekg(static_cast<std::streamoff>(place + 998 * 8));
  double found[2];
  in.read(reinterpret_cast<char*>(found), sizeof found);
  EXPECT_EQ(found[0], 1.25);
  EXPECT_EQ(found[1], -7);
}

TEST_F(H5, CompressedContentTakesLessRoomAndReadsBack) {
  constexpr std::uint64_t rows = 10, columns = 20'000;
  std::vector<float> values(rows * columns);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i / 100);
  const auto second_half = std::span(values).subspan(values.size() / 2);
  {
    auto file = File::create(path);
    auto data = file.create_compressed_dataset("d", Type::f32(), {rows, columns}, {.chunk = {3, columns}, .level = 9});
    data.write_rows(rows / 2, bytes_of(second_half));
    EXPECT_EQ(file.create_compressed_dataset("none", Type::u8(), {0, 4}, {.chunk = {1, 4}}).shape()[0], 0U);
    EXPECT_THAT(message_of([&] { data.file_offset(); }), HasSubstr("place of the dataset"));
  }
  const auto file = File::open_to_read(path);
  std::vector<float> read(values.size(), -1);
  file.dataset("d").read_rows(0, std::as_writable_bytes(std::span(read)));
  EXPECT_TRUE(std::equal(second_half.begin(), second_half.end(), read.begin() + rows / 2 * columns));
  EXPECT_TRUE(std::all_of(read.begin(), read.begin() + rows / 2 * columns, [](float v) { return v == 0; }));
  EXPECT_LT(std::filesystem::file_size(path), second_half.size_bytes() / 4);
}

TEST_F(H5, DatasetsAboveFourGigabytes) {
  // Sparse: only what is written takes space.
  const std::uint64_t rows = 9'000'000'000;
  const std::vector<std::uint8_t> values = {1, 2, 3};
  auto file = File::create(path);
  auto data = file.create_dataset("/d", Type::u8(), {rows});
  for (const std::uint64_t first : {std::uint64_t{0}, (std::uint64_t{1} << 32) - 1, rows - 3}) {
    data.write_rows(first, bytes_of(values));
    std::vector<std::uint8_t> back(3);
    data.read_rows(first, std::as_writable_bytes(std::span(back)));
    EXPECT_EQ(back, values) << first;
  }
}

TEST_F(H5, CompoundTypesArePackedAndTellTheirMembers) {
  std::vector<Member> members;
  members.push_back({"a", 0, Type::u8()});
  members.push_back({"b", 0, Type::f64()});
  members.push_back({"name", 0, Type::text(5)});
  const Type type = Type::compound(members);
  EXPECT_EQ(type.size(), 14U);
  const auto found = type.members();
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[1].name, "b");
  EXPECT_EQ(found[1].offset, 1U);
  EXPECT_TRUE(found[1].type.same_as(Type::f64()));
  EXPECT_FALSE(found[1].type.same_as(Type::i64()));
  EXPECT_TRUE(found[2].type.is_text());
  EXPECT_EQ(found[2].type.size(), 5U);
  EXPECT_EQ(Type::complex64().size(), 8U);
  EXPECT_THAT(Type::u8().members(), IsEmpty());
}

TEST_F(H5, EmptyDatasets) {
  auto file = File::create(path);
  auto data = file.create_dataset("/none", Type::f32(), {0, 5});
  data.write_rows(0, {});
  EXPECT_EQ(data.shape()[0], 0U);
}

TEST_F(H5, ErrorsCarryTheInnermostReason) {
  EXPECT_EQ(message_of([&] { File::open_to_read(path); }),
            "opening " + path.string() + " failed (HDF5: No such file or directory)");
  EXPECT_EQ(message_of([&] { File::create(folder / "none/a.h5"); }),
            "creating " + (folder / "none/a.h5").string() + " failed (HDF5: No such file or directory)");
  auto file = File::create(path);
  EXPECT_THAT(message_of([&] { file.dataset("/missing"); }), HasSubstr("opening the dataset /missing failed (HDF5: "));
  EXPECT_FALSE(is_hdf5(folder / "none"));
}

TEST_F(H5, ClosingAFileWithOpenDatasetsIsAnError) {
  auto file = File::create(path);
  auto data = file.create_dataset("/d", Type::u8(), {1});
  EXPECT_THAT(message_of([&] { file.close(); }), HasSubstr("closing a file failed"));
  data = Dataset();
  file.close();
  file.close();  // Closed already: nothing to do.
}

}  // namespace
}  // namespace twinmill::h5

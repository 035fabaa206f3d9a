// The table of columns and its encoding: what reaches the disk.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "row_codec.hpp"
#include "temp_folder.hpp"

namespace twinmill::store {
namespace {

using ::testing::ElementsAre;

template <class Row>
std::vector<std::string> column_names() {
  std::vector<std::string> all;
  for (const auto& column : columns<Row>()) all.emplace_back(column.name);
  return all;
}

TEST(Layout, RowsOfFixedSizeHaveTheBytesOfFormatVersion2) {
  EXPECT_EQ(format_version, 2);
  EXPECT_THAT(column_names<AtomRow>(), ElementsAre("x_px", "y_px", "z_A", "site", "z", "label", "column"));
  EXPECT_THAT(column_names<SlotRow>(), ElementsAre("state", "attempt", "atoms", "checksum"));
  EXPECT_EQ(RowCodec<AtomRow>::for_rows({}).row_bytes(), 22U);
  EXPECT_EQ(RowCodec<SlotRow>::for_rows({}).row_bytes(), 17U);

  const SlotRow slot{1, 0x01020304, 5, 0x1112131415161718};
  const auto bytes = RowCodec<SlotRow>::for_rows({}).encode({&slot, 1});
  const std::vector<int> expected = {1, 4, 3, 2, 1, 5, 0, 0, 0, 0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11};
  ASSERT_EQ(bytes.size(), expected.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) EXPECT_EQ(std::to_integer<int>(bytes[i]), expected[i]) << i;
}

TEST(Layout, EveryColumnSurvivesEncoding) {
  const std::vector<AtomRow> atoms = {{1.5F, -2.5F, 3.25F, -7, 42, 3, 5}, {0, 0, 0, 0, 0, 0, -1}};
  const auto codec = RowCodec<AtomRow>::for_rows(atoms);
  EXPECT_EQ(codec.decode(codec.encode(atoms)), atoms);

  std::vector<SimulationRow> rows(2);
  rows[0] = {"key", "label", 1.5, 2.5, 3, 4, 5, 6, 7, 8};
  const auto simulations = RowCodec<SimulationRow>::for_rows(rows);
  const auto back = simulations.decode(simulations.encode(rows)).front();
  EXPECT_EQ(std::tie(back.key, back.structure, back.lx_A, back.ly_A, back.grid_x, back.grid_y),
            std::tie(rows[0].key, rows[0].structure, rows[0].lx_A, rows[0].ly_A, rows[0].grid_x, rows[0].grid_y));
  EXPECT_THAT((std::vector{back.first_sample, back.sample_count, back.first_exposure, back.exposure_count}),
              ElementsAre(5, 6, 7, 8));
}

/// Gives every field another value, so that a column that is missing or listed twice shows.
template <class Row>
std::vector<Row> one_row_per_column() {
  const auto list = columns<Row>();
  std::vector<Row> rows(list.size());
  for (std::size_t i = 0; i < list.size(); ++i)
    std::visit(
        [&]<class Value>(Value Row::*field) {
          if constexpr (std::is_same_v<Value, std::string>) rows[i].*field = "text";
          if constexpr (!std::is_same_v<Value, std::string>) rows[i].*field = 1;
        },
        list[i].field);
  return rows;
}

template <class Row>
void expect_columns_to_be_distinct() {
  const auto rows = one_row_per_column<Row>();
  const auto codec = RowCodec<Row>::for_rows(rows);
  const auto bytes = codec.encode(rows);
  std::set<std::string> encodings, names;
  for (const auto& column : columns<Row>()) names.insert(column.name);
  for (std::size_t i = 0; i < rows.size(); ++i)
    encodings.emplace(reinterpret_cast<const char*>(bytes.data()) + i * codec.row_bytes(), codec.row_bytes());
  EXPECT_EQ(names.size(), rows.size());
  EXPECT_EQ(encodings.size(), rows.size());
}

TEST(Layout, ColumnsHaveDistinctNamesAndFields) {
  expect_columns_to_be_distinct<SampleRow>();
  expect_columns_to_be_distinct<SimulationRow>();
  expect_columns_to_be_distinct<ExposureRow>();
  expect_columns_to_be_distinct<AtomRow>();
  expect_columns_to_be_distinct<SlotRow>();
  EXPECT_EQ(columns<SampleRow>().size(), 35U);
  EXPECT_EQ(columns<SimulationRow>().size(), 10U);
  EXPECT_EQ(columns<ExposureRow>().size(), 5U);
}

TEST(Layout, TextsTakeTheLengthOfTheLongest) {
  std::vector<SampleRow> rows(2);
  rows[0].key = std::string(32, 'a');
  rows[1].parent = "a structure file with a long name.extxyz";
  const auto codec = RowCodec<SampleRow>::for_rows(rows);
  const auto back = codec.decode(codec.encode(rows));
  EXPECT_EQ(back[0].key, rows[0].key);
  EXPECT_EQ(back[0].parent, "");
  EXPECT_EQ(back[1].parent, rows[1].parent);
  EXPECT_EQ(back[1].key, "");
}

TEST(Layout, AColumnMoreIsIgnoredAndOneLessIsAnError) {
  const testing::TempFolder folder;
  auto file = h5::File::create(folder / "t.h5");
  const auto table = [&](const std::string& name, std::vector<std::pair<std::string, h5::Type>> list) {
    std::vector<h5::Member> members;
    for (auto& [column, type] : list) members.push_back({column, 0, std::move(type)});
    return file.create_dataset(name, h5::Type::compound(members), {1});
  };
  std::vector<std::pair<std::string, h5::Type>> list;
  list.emplace_back("instrument", h5::Type::text(9));
  list.emplace_back("checksum", h5::Type::u64());
  list.emplace_back("atoms", h5::Type::u32());
  list.emplace_back("attempt", h5::Type::u32());
  list.emplace_back("state", h5::Type::u8());
  auto more = table("/more", std::move(list));
  std::vector<std::byte> bytes(26, std::byte{0});
  bytes[9] = std::byte{7};
  bytes[25] = std::byte{2};
  more.write_rows(0, bytes);
  const auto codec = RowCodec<SlotRow>::for_table(more, "/more");
  EXPECT_EQ(codec.decode(bytes).front(), (SlotRow{2, 0, 0, 7}));

  std::vector<std::pair<std::string, h5::Type>> short_list;
  short_list.emplace_back("state", h5::Type::u8());
  const auto less = table("/less", std::move(short_list));
  try {
    RowCodec<SlotRow>::for_table(less, "/less");
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "the table /less is not of this store format (its column attempt is missing)");
    EXPECT_EQ(e.fault(), Fault::input);
  }
}

}  // namespace
}  // namespace twinmill::store

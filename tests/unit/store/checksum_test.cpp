#include <gtest/gtest.h>

#include "twinmill/base/hash.hpp"
#include "twinmill/store/store.hpp"

namespace twinmill::store {
namespace {

SampleData sample() {
  SampleData data;
  data.images = {Image<float>(3, 2, 0.5F), Image<float>(3, 2, 0.25F)};
  data.mask = Image<std::uint8_t>(3, 2);
  data.atoms = {{1, 2, 3, 4, 42, 0}, {5, 6, 7, 8, 16, 1}};
  return data;
}

TEST(Checksum, IsThatOfTheBytesInTheirOrderOnDisk) {
  // As docs/store-format.md says: the key's characters, images, mask, atoms of 18 bytes.
  SampleData data;
  data.images = {Image<float>(1, 1, 1.0F)};
  data.mask = Image<std::uint8_t>(1, 1, 7);
  data.atoms = {{1, 1, 1, 2, 3, 4, 5}};
  const unsigned char bytes[] = {'k',  'e', 'y',  0,    0, 0x80, 0x3f, 7,  //
                                 0,    0,   0x80, 0x3f, 0, 0,    0x80, 0x3f, 0, 0, 0x80,
                                 0x3f, 2,   0,    0,    0, 3,    4,    5,    0, 0, 0};
  EXPECT_EQ(checksum("key", data), twinmill::checksum(std::as_bytes(std::span(bytes))));
  // The empty input of XXH3-64 without a seed, from the reference implementation.
  EXPECT_EQ(checksum("", SampleData{}), 0x2d06800538d394c2U);
}

TEST(Checksum, ChangesWithEveryPart) {
  const auto all = checksum("key", sample());
  EXPECT_NE(checksum("kez", sample()), all);
  auto changed = sample();
  changed.images[1].at(2, 1) += 1e-6F;
  EXPECT_NE(checksum("key", changed), all);
  changed = sample();
  changed.mask.at(0, 0) = 1;
  EXPECT_NE(checksum("key", changed), all);
  changed = sample();
  changed.atoms[1].label = 2;
  EXPECT_NE(checksum("key", changed), all);
  changed = sample();
  changed.atoms.pop_back();
  EXPECT_NE(checksum("key", changed), all);
  EXPECT_EQ(checksum("key", sample()), all);
}

TEST(Checksum, OfAnExposure) {
  ExposureData data;
  data.series = {{{1, 2}, {3, 4}}};
  const float numbers[] = {1, 2, 3, 4};
  EXPECT_EQ(checksum("", data), twinmill::checksum(std::as_bytes(std::span(numbers))));
  EXPECT_NE(checksum("k", data), checksum("", data));
}

}  // namespace
}  // namespace twinmill::store

#include "twinmill/base/hash.hpp"

#include <gtest/gtest.h>

#include "twinmill/base/error.hpp"

namespace twinmill {
namespace {

TEST(Hash, PublishedValuesOfXxh3) {
  // XXH3 of the empty input (xxHash specification).
  EXPECT_EQ(checksum({}), 0x2D06800538D394C2ULL);
  EXPECT_EQ(Hasher().digest().hex(), "99aa06d3014798d86001c324468d497f");
}

TEST(Hash, HexReadsBackAndRefusesOtherText) {
  const Hash128 h{0x0123456789abcdef, 0x00000000000000ff};
  EXPECT_EQ(h.hex(), "0123456789abcdef00000000000000ff");
  EXPECT_EQ(Hash128::from_hex(h.hex()), h);
  EXPECT_THROW(Hash128::from_hex("0123"), Error);
  EXPECT_THROW(Hash128::from_hex("0123456789abcdefX0000000000000ff"), Error);
}

TEST(Hash, StringsCannotRunIntoEachOther) {
  EXPECT_NE(Hasher().add("ab").add("c").digest(), Hasher().add("a").add("bc").digest());
  EXPECT_NE(Hasher().add("").add("a").digest(), Hasher().add("a").add("").digest());
}

TEST(Hash, SignOfZeroDoesNotCount) {
  EXPECT_EQ(Hasher().add(-0.0).digest(), Hasher().add(0.0).digest());
  EXPECT_NE(Hasher().add(0.1).digest(), Hasher().add(0.2).digest());
}

TEST(Hash, ValuesAreTheSameOnEveryMachine) {
  EXPECT_EQ(Hasher().add("MoS2").add(std::int64_t{-3}).add(0.25).digest().hex(),
            Hasher().add("MoS2").add(-3).add(0.25).digest().hex());
  EXPECT_EQ(Hasher().add(std::uint64_t{1}).digest(),
            Hasher().bytes(std::as_bytes(std::span("\1\0\0\0\0\0\0", 8))).digest());
}

}  // namespace
}  // namespace twinmill

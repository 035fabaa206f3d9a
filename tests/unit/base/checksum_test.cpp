#include "twinmill/base/checksum.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "twinmill/base/hash.hpp"

namespace twinmill {
namespace {

TEST(Checksum, OfPiecesIsThatOfTheWhole) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += static_cast<char>(i * 37);
  const auto whole = bytes_of(text);
  for (const std::size_t piece : {1U, 7U, 256U, 1000U, 5000U}) {
    Checksum sum;
    for (std::size_t at = 0; at < whole.size(); at += piece)
      sum.add(whole.subspan(at, std::min(piece, whole.size() - at)));
    EXPECT_EQ(sum.value(), checksum(whole)) << piece;
  }
  EXPECT_EQ(Checksum().value(), checksum({}));
}

}  // namespace
}  // namespace twinmill

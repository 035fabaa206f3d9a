#include <cstdlib>

#include "support.hpp"
#include "twinmill/base/files.hpp"

namespace twinmill::campaign {
namespace {

constexpr const char* document = TWINMILL_TEST_DATA "/../docs/campaign-file.md";
constexpr std::string_view begin_mark =
    "<!-- fields: begin (generated, see tests/unit/campaign/reference_test.cpp) -->\n";
constexpr std::string_view end_mark = "<!-- fields: end -->\n";

// TWINMILL_UPDATE=1 writes the generated part anew.
TEST(FieldReference, IsWhatTheDocumentSays) {
  const std::string text = read_text(document);
  const auto begin = text.find(begin_mark), end = text.find(end_mark);
  ASSERT_NE(begin, std::string::npos);
  ASSERT_NE(end, std::string::npos);
  const auto body = begin + begin_mark.size();
  const std::string expected = text.substr(0, body) + field_reference() + text.substr(end);
  if (std::getenv("TWINMILL_UPDATE") != nullptr && text != expected) {
    write_atomic(document, expected);
    GTEST_SKIP() << "docs/campaign-file.md was rewritten";
  }
  EXPECT_EQ(text.substr(body, end - body), field_reference()) << "run with TWINMILL_UPDATE=1 to write it anew";
}

TEST(FieldReference, HasARowForEachKey) {
  const std::string text = field_reference();
  EXPECT_NE(text.find("### `[microscope]`"), std::string::npos);
  EXPECT_NE(text.find("### `[[detector]]`"), std::string::npos);
  EXPECT_NE(text.find("| `energy_kev` | number | keV | `80` | 10 to 1000 | Energy of the beam. |\n"), std::string::npos)
      << text;
  EXPECT_NE(text.find("| `pixels` | list of integers | pixels | `[128, 128]` | 2 of: 8 to 8192 | "), std::string::npos);
  EXPECT_NE(text.find("| `aperture_edge` | text |  | `\"area\"` | `area`, `hard` | "), std::string::npos);
  EXPECT_NE(text.find("| `e_per_A2` | list of numbers | e/A^2 | `[10000]` | above 0 (or inf) | "), std::string::npos);
}

}  // namespace
}  // namespace twinmill::campaign

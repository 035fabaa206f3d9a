#include <cstdlib>

#include "support.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/campaign/site.hpp"

namespace twinmill::campaign {
namespace {

// A page and the generated part of it, between two marks.
void expect_in_document(const std::string& document, const std::string& what, const std::string& reference) {
  const std::string begin_mark =
      "<!-- " + what + ": begin (generated, see tests/unit/campaign/reference_test.cpp) -->\n";
  const std::string end_mark = "<!-- " + what + ": end -->\n";
  const std::string path = TWINMILL_TEST_DATA "/../docs/" + document, text = read_text(path);
  const auto begin = text.find(begin_mark), end = text.find(end_mark);
  ASSERT_NE(begin, std::string::npos);
  ASSERT_NE(end, std::string::npos);
  const auto body = begin + begin_mark.size();
  const std::string expected = text.substr(0, body) + reference + text.substr(end);
  if (std::getenv("TWINMILL_UPDATE") != nullptr && text != expected) {
    write_atomic(path, expected);
    GTEST_SKIP() << "docs/" << document << " was rewritten";
  }
  EXPECT_EQ(text.substr(body, end - body), reference) << "run with TWINMILL_UPDATE=1 to write it anew";
}

// TWINMILL_UPDATE=1 writes the generated parts anew.
TEST(FieldReference, IsWhatTheDocumentSays) { expect_in_document("campaign-file.md", "fields", field_reference()); }
TEST(SiteReference, IsWhatTheDocumentSays) { expect_in_document("cluster.md", "sites", site_reference()); }

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

#include "overlaps.hpp"

#include <gtest/gtest.h>

#include "small.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::imaging {
namespace {

std::string message(const specimen::Structure& s) {
  try {
    refuse_overlaps(s);
  } catch (const Error& e) {
    EXPECT_EQ(e.fault(), Fault::input);
    return e.what();
  }
  return "";
}

TEST(Overlaps, AreFoundAlsoThroughTheCellsFacesAndSayHowFar) {
  EXPECT_EQ(message(small()), "");
  auto s = small();
  s.sites.push_back(s.sites[1]);
  EXPECT_NE(message(s).find("atoms 2 (S) and 5 (S): stand 0 A apart; at least 0.3 A is needed"), std::string::npos)
      << message(s);
  s.sites.back() = {.z = 8, .r_A = {0.02, 5.45, 4}};
  EXPECT_EQ(message(s), "");
  s.sites.push_back({.z = 8, .r_A = {6.35, 0.05, 4.1}});  // Across two faces at once.
  EXPECT_NE(message(s).find("atoms 5 (O) and 6 (O)"), std::string::npos) << message(s);
  s.sites.back().z = 0;  // A vacancy overlaps with nothing.
  EXPECT_EQ(message(s), "");
}

TEST(Overlaps, OfWholeStructuresAreCountedNotListed) {
  specimen::Structure s{.cell_A = {3, 3, 3}, .sites = {}};
  for (int i = 0; i < 8; ++i) s.sites.push_back({.z = 6, .r_A = {1, 1, 1 + 0.001 * i}});
  EXPECT_NE(message(s).find("23 more pairs"), std::string::npos) << message(s);
}

TEST(Overlaps, RefuseTheImage) {
  auto s = small();
  s.sites.push_back(s.sites[1]);
  EXPECT_THROW(ScatteringMatrix(s, coarse, lens, haadf), Error);
  EXPECT_THROW(hrtem(s, coarse, lens), Error);
}

}  // namespace
}  // namespace twinmill::imaging

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "twinmill/specimen/build.hpp"
#include "twinmill/specimen/view.hpp"

namespace twinmill::specimen {
namespace {

Structure sheet() { return pristine(parent("MoS2-H"), {4, 4}); }

TEST(Cut, ShowsWhatTheViewShows) {
  const View view{.field_A = {14, 9}, .pixels = {140, 90}, .rotation_deg = 37, .origin_A = {2, 5}};
  const auto piece = cut(sheet(), view, 3);
  EXPECT_EQ(piece.cell_A, (std::array<double, 3>{20, 15, sheet().cell_A[2]}));
  const View same{.field_A = {14, 9}, .pixels = {140, 90}, .rotation_deg = 0, .origin_A = {10, 7.5}};
  auto expected = seen_sites(sheet(), view), seen = seen_sites(piece, same);
  ASSERT_EQ(seen.size(), expected.size());
  const auto by_place = [](const SeenSite& a, const SeenSite& b) {
    return std::tuple(std::lround(a.y_px * 100), std::lround(a.x_px * 100), a.z_A) <
           std::tuple(std::lround(b.y_px * 100), std::lround(b.x_px * 100), b.z_A);
  };
  std::sort(expected.begin(), expected.end(), by_place);
  std::sort(seen.begin(), seen.end(), by_place);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    EXPECT_NEAR(seen[i].x_px, expected[i].x_px, 1e-6);
    EXPECT_NEAR(seen[i].y_px, expected[i].y_px, 1e-6);
    EXPECT_EQ(seen[i].z, expected[i].z);
    EXPECT_EQ(seen[i].index, expected[i].index);
  }
}

TEST(Cut, HasRealAtomsUpToItsFacesAndNoneInOneAnother) {
  for (const double angle : {0.0, 11.0, 30.0, 45.0}) {
    const auto piece = cut(sheet(), {.field_A = {21, 17}, .pixels = {10, 10}, .rotation_deg = angle}, 4);
    // As dense as the sheet, but for what the seam left out.
    const double density = static_cast<double>(sheet().atoms()) / (sheet().cell_A[0] * sheet().cell_A[1]);
    const double area = piece.cell_A[0] * piece.cell_A[1], rim = 2 * (piece.cell_A[0] + piece.cell_A[1]);
    EXPECT_LE(static_cast<double>(piece.atoms()), density * (area + 2 * rim));
    EXPECT_GE(static_cast<double>(piece.atoms()), density * (area - 1.0 * rim));
    for (std::size_t i = 0; i < piece.sites.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        double square = 0;
        for (std::size_t axis = 0; axis < 3; ++axis) {
          double d = piece.sites[i].r_A[axis] - piece.sites[j].r_A[axis];
          if (axis < 2) d -= piece.cell_A[axis] * std::round(d / piece.cell_A[axis]);
          square += d * d;
        }
        EXPECT_GE(std::sqrt(square), seam_distance_A) << angle;
      }
    }
  }
}

TEST(Cut, TellsImagesOfOneAtomApart) {
  const auto piece = cut(sheet(), {.field_A = {30, 30}, .pixels = {10, 10}, .rotation_deg = 20}, 0);
  std::vector<std::tuple<int, int, int>> names;
  for (const auto& site : piece.sites) names.emplace_back(site.index, site.image[0], site.image[1]);
  std::sort(names.begin(), names.end());
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
}

}  // namespace
}  // namespace twinmill::specimen

// Table of atoms, labels and masks lie where the images show them.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "small.hpp"
#include "twinmill/specimen/build.hpp"
#include "twinmill/specimen/field.hpp"
#include "twinmill/specimen/view.hpp"

namespace twinmill::imaging {
namespace {

using specimen::Boundary;
using specimen::FieldRecipe;
using specimen::SeenSite;
using specimen::SiteClass;
using specimen::Structure;
using specimen::View;

constexpr double pixel_A = 0.1, margin_A = 3.5;
// Of a pixel. Measured: 0.08 for columns (the cell's far side is no lattice), 0.04 for vacancies.
constexpr double tolerance_px = 0.15;

Series image_of(const Structure& field) {
  const auto points = [&](std::size_t axis) { return 2 * static_cast<int>(std::ceil(field.cell_A[axis] / 0.2)); };
  const Optics round{.semiangle_mrad = 25, .edge = ApertureEdge::area, .aberrations = {}};
  const Multislice coarse_slices{.energy_kev = 80, .grid = {points(0), points(1)}, .slice_thickness_A = 1};
  const ScatteringMatrix matrix(field, coarse_slices, round, {{"haadf", 50, 120}});
  return matrix.series(round)[0];
}

View whole_view(const Structure& field) {
  const double x = field.cell_A[0] - 2 * margin_A, y = field.cell_A[1] - 2 * margin_A;
  return {.field_A = {x, y},
          .pixels = {static_cast<int>(std::lround(x / pixel_A)), static_cast<int>(std::lround(y / pixel_A))},
          .origin_A = {field.cell_A[0] / 2, field.cell_A[1] / 2}};
}

// Part of the field beside its middle, turned.
View crop(const Structure& field, double rotation) {
  return {.field_A = {7, 6},
          .pixels = {70, 60},
          .rotation_deg = rotation,
          .origin_A = {field.cell_A[0] / 2 + 0.9, field.cell_A[1] / 2 - 0.5}};
}

// The metals carry a label that marks, in the composed field, those that stand in an intact piece of lattice.
Structure marked_sheet(const std::string& id) {
  auto s = specimen::pristine(specimen::parent(id), {4, 4});
  const int metal = s.sites[0].z;
  for (auto& site : s.sites)
    if (site.z == metal) site.label = SiteClass::dopant;
  return s;
}

// Vertex of the paraboloid c0 + c1 x + c2 y + c3 x^2 + c4 xy + c5 y^2 that fits an image best in a disc, in pixels.
std::array<double, 2> vertex(const Image<double>& image, double x_px, double y_px, double radius_px) {
  std::array<std::array<double, 7>, 6> m{};
  for (int iy = 0; iy < image.height; ++iy) {
    for (int ix = 0; ix < image.width; ++ix) {
      const double x = ix - x_px, y = iy - y_px;
      if (std::hypot(x, y) > radius_px) continue;
      const std::array<double, 6> f = {1, x, y, x * x, x * y, y * y};
      for (std::size_t i = 0; i < 6; ++i) {
        for (std::size_t j = 0; j < 6; ++j) m[i][j] += f[i] * f[j];
        m[i][6] += f[i] * image.at(ix, iy);
      }
    }
  }
  for (std::size_t i = 0; i < 6; ++i) {  // Gauss and Jordan; the matrix is positive definite.
    for (std::size_t k = 0; k < 6; ++k) {
      if (k == i) continue;
      const double factor = m[k][i] / m[i][i];
      for (std::size_t j = 0; j < 7; ++j) m[k][j] -= factor * m[i][j];
    }
  }
  std::array<double, 6> c{};
  for (std::size_t i = 0; i < 6; ++i) c[i] = m[i][6] / m[i][i];
  const double determinant = 4 * c[3] * c[5] - c[4] * c[4];
  return {x_px + (c[4] * c[2] - 2 * c[5] * c[1]) / determinant, y_px + (c[4] * c[1] - 2 * c[3] * c[2]) / determinant};
}

bool well_inside(const SeenSite& s, const View& view, double rim_px) {
  return s.x_px > rim_px && s.y_px > rim_px && s.x_px < view.pixels[0] - 1 - rim_px &&
         s.y_px < view.pixels[1] - 1 - rim_px;
}

// Is this pixel the brightest around, or with sign = -1 the darkest?
bool is_peak(const Image<double>& image, const SeenSite& s, double sign) {
  const int cx = static_cast<int>(std::lround(s.x_px)), cy = static_cast<int>(std::lround(s.y_px));
  for (int iy = cy - 6; iy <= cy + 6; ++iy)
    for (int ix = cx - 6; ix <= cx + 6; ++ix)
      if (std::hypot(ix - s.x_px, iy - s.y_px) > 1.5 && sign * image.at(ix, iy) >= sign * image.at(cx, cy))
        return false;
  return true;
}

// Farthest distance of a marked atom from its maximum, in pixels.
double worst_place(const Structure& field, const Series& series, const View& view, int& columns) {
  const auto image = series.on_view(view);
  double worst = 0;
  for (const auto& s : specimen::seen_sites(field, view)) {
    if (s.label != SiteClass::dopant || !well_inside(s, view, 7)) continue;
    ++columns;
    EXPECT_TRUE(is_peak(image, s, 1));
    const auto [x, y] = vertex(image, s.x_px, s.y_px, 3.5);
    worst = std::max(worst, std::hypot(x - s.x_px, y - s.y_px));
  }
  return worst;
}

TEST(LabelsInImages, ColumnsStandAtTheirMaxima) {
  for (const char* id : {"WS2-H", "PtSe2-T"}) {
    for (const double rotation : {0.0, 30.0, 45.0}) {
      const auto field = specimen::compose(marked_sheet(id), {1.7, 2.2},
                                           {.field_A = {10, 9}, .margin_A = margin_A, .rotation_deg = rotation});
      const auto series = image_of(field);
      for (const auto& view : {whole_view(field), crop(field, 0), crop(field, 30)}) {
        int columns = 0;
        EXPECT_LT(worst_place(field, series, view, columns), tolerance_px) << id << " " << rotation;
        EXPECT_GE(columns, 1);
      }
    }
  }
}

TEST(LabelsInImages, ColumnsOfBothGrainsStandAtTheirMaxima) {
  struct Case {
    double rotation, gap;
  };
  for (const auto& [rotation, gap] : {Case{0, -1}, {30, 0}, {45, 1.5}, {30, -3}}) {
    const FieldRecipe recipe{
        .field_A = {15, 13},
        .margin_A = margin_A,
        .rotation_deg = rotation,
        .boundary = Boundary{.rotation_deg = 19, .gap_A = gap, .angle_deg = rotation + 20, .offset_A = 0.5},
        .key = {3, 3}};
    const auto field = specimen::compose(marked_sheet("WS2-H"), {1.7, 2.2}, recipe);
    int columns = 0;
    EXPECT_LT(worst_place(field, image_of(field), whole_view(field), columns), tolerance_px) << rotation << " " << gap;
    EXPECT_GE(columns, 4);
  }
}

// The one disc of a mask, all of it inside.
void expect_disc(const Image<std::uint8_t>& mask, const SeenSite& site) {
  double n = 0, x = 0, y = 0;
  for (int iy = 0; iy < mask.height; ++iy) {
    for (int ix = 0; ix < mask.width; ++ix) {
      if (mask.at(ix, iy) == 0) continue;
      EXPECT_EQ(mask.at(ix, iy), static_cast<int>(site.label));
      ++n;
      x += ix;
      y += iy;
    }
  }
  EXPECT_NEAR(n * pixel_A * pixel_A, std::numbers::pi, 0.1);
  EXPECT_LT(std::hypot(x / n - site.x_px, y / n - site.y_px), 0.25);
}

TEST(LabelsInImages, VacanciesAreWhereTheImageIsDarkerThanThePristineOne) {
  const auto pristine = specimen::pristine(specimen::parent("MoS2-H"), {6, 6});
  const std::size_t metal = 3 * (6 * 2 + 3);
  const auto at = pristine.sites[metal].r_A;
  for (const double rotation : {0.0, 30.0, 45.0}) {
    const FieldRecipe recipe{.field_A = {10, 9}, .margin_A = margin_A, .rotation_deg = rotation};
    const std::array<double, 2> origin = {at[0] + 0.7, at[1] + 0.4};
    const auto before = image_of(specimen::compose(pristine, origin, recipe));
    for (const std::size_t missing : {metal, metal + 1}) {
      auto spoilt = pristine;
      spoilt.sites[missing].z = 0;
      spoilt.sites[missing].label = missing == metal ? SiteClass::metal_vacancy : SiteClass::anion_vacancy;
      const auto field = specimen::compose(spoilt, origin, recipe);
      const auto series = image_of(field);
      for (const auto& view : {whole_view(field), crop(field, 30)}) {
        auto change = series.on_view(view);
        const auto intact = before.on_view(view);
        for (std::size_t i = 0; i < change.size(); ++i) change.data[i] -= intact.data[i];
        int found = 0;
        for (const auto& s : specimen::seen_sites(field, view)) {
          if (s.label == SiteClass::lattice) continue;
          ++found;
          EXPECT_TRUE(is_peak(change, s, -1));
          const auto [x, y] = vertex(change, s.x_px, s.y_px, 3.5);
          EXPECT_LT(std::hypot(x - s.x_px, y - s.y_px), tolerance_px);
          expect_disc(specimen::mask(field, view, 1.0), s);
        }
        EXPECT_EQ(found, 1);
      }
    }
  }
}

}  // namespace
}  // namespace twinmill::imaging

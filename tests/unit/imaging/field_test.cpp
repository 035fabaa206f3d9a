// Views of structures that do not repeat with them.
#include "twinmill/imaging/field.hpp"

#include <gtest/gtest.h>

#include "small.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/specimen/build.hpp"

namespace twinmill::imaging {
namespace {

const Optics probe{.semiangle_mrad = 25, .edge = ApertureEdge::area, .aberrations = {{"C10", -40}, {"C30", 4e5}}};
const std::vector<Detector> ring = {{"haadf", 50, 120}};

specimen::Structure sheet() {
  return specimen::build(
      {.parent = "MoS2-H", .supercell = {4, 4}, .defects = {{.kind = specimen::SiteClass::metal_vacancy}}});
}

specimen::View view(std::array<double, 2> field, double rotation, std::array<int, 2> pixels) {
  return {.field_A = field, .pixels = pixels, .rotation_deg = rotation, .origin_A = {5.1, 4.3}};
}

FieldImages images(const specimen::View& v, const FieldPlan& plan) {
  return image_field(sheet(), plan, v.pixels, {.energy_kev = 80, .slice_thickness_A = 0.5, .oversampling = 2}, {probe},
                     ring);
}

FieldPlan plan_for(const specimen::View& v, const FieldOptions& options) {
  return plan_field(sheet(), v, {.energy_kev = 80}, probe, options);
}

TEST(Field, IsThePeriodicImageToWithinTheStatedError) {
  // The sheet repeats, so its exact image is known; the field does not know that.
  const auto v = view({6, 5}, 23, {24, 20});
  const Multislice whole{.energy_kev = 80, .grid = {180, 150}, .slice_thickness_A = 0.5, .oversampling = 2};
  const auto turned = rotated(probe, 23);
  const auto exact = ScatteringMatrix(sheet(), whole, turned, ring).series(turned)[0].on_view(v);
  double last = 1;
  for (const double margin : {2.0, 4.0, 7.0}) {
    const auto plan = plan_for(v, {.sampling_A = 0.08, .margin_A = margin, .max_error = 0.01});
    const auto image = images(v, plan).images[0][0];
    const double error = difference(image, exact);
    // The periodic cell of 12.7 x 11.0 A is itself finite: what it lacks is in the comparison too.
    EXPECT_LT(error, 1.5 * plan.error + 0.04) << margin;
    EXPECT_LT(plan.error, last) << margin;
    last = plan.error;
  }
  EXPECT_LT(last, 0.02);
}

TEST(Field, WindowsAgreeWithTheWholeFieldToWithinTheirErrors) {
  const auto v = view({16, 14}, 30, {48, 42});
  const auto whole = plan_for(v, {.sampling_A = 0.09, .max_error = 0.02});
  const auto tiles = plan_for(v, {.sampling_A = 0.09, .max_error = 0.02, .whole_A2 = 100});
  ASSERT_EQ(whole.windows.size(), 1U);
  ASSERT_GT(tiles.windows.size(), 1U);
  EXPECT_LE(whole.error, 0.02);
  EXPECT_LE(tiles.error, 0.02);
  EXPECT_LT(tiles.cell_A[0], whole.cell_A[0]);
  const double error = difference(images(v, tiles).images[0][0], images(v, whole).images[0][0]);
  EXPECT_LT(error, 0.03);
  EXPECT_GT(error, 1e-5);
}

TEST(Field, WindowsTileTheImageWithoutGaps) {
  const auto v = view({50, 61}, 10, {37, 53});
  const auto plan = plan_for(v, {.sampling_A = 0.09, .margin_A = 5, .whole_A2 = 600});
  Image<int> seen(37, 53);
  for (const auto& w : plan.windows)
    for (int j = 0; j < w.view.pixels[1]; ++j)
      for (int i = 0; i < w.view.pixels[0]; ++i) ++seen.at(w.first[0] + i, w.first[1] + j);
  for (const int n : seen.data) EXPECT_EQ(n, 1);
  const auto& last = plan.windows.back();
  const auto here = last.view.to_structure({0, 0});
  const auto there = v.to_structure({last.first[0] * 50.0 / 37, last.first[1] * 61.0 / 53});
  EXPECT_NEAR(here[0], there[0], 1e-9);
  EXPECT_NEAR(here[1], there[1], 1e-9);
}

TEST(Field, WhatFitsOnlyWithTooLittleMarginIsCutIntoWindows) {
  const auto v = view({16, 14}, 30, {32, 28});
  // 3 A around it fit at once and leave 2 % or so; more do not fit.
  const auto plan = plan_for(v, {.sampling_A = 0.09, .max_error = 0.012, .whole_A2 = 23 * 21});
  EXPECT_GT(plan.windows.size(), 1U);
  EXPECT_LE(plan.error, 0.012);
  const auto given = plan_for(v, {.sampling_A = 0.09, .margin_A = 3, .max_error = 0.012, .whole_A2 = 23 * 21});
  EXPECT_EQ(given.windows.size(), 1U);
  EXPECT_GT(given.error, 0.012);
}

TEST(Field, FarTailsOfTheProbeAreNoticed) {
  const auto v = view({6, 6}, 0, {16, 16});
  const FieldOptions options{.sampling_A = 0.09, .margin_A = 4, .max_error = 0.5};
  auto blurred = probe;
  blurred.aberrations[0].value = -400;  // Spreads over 400 A x 25 mrad = 10 A.
  const double near = plan_field(sheet(), v, {.energy_kev = 80}, probe, options).error;
  const double far = plan_field(sheet(), v, {.energy_kev = 80}, blurred, options).error;
  EXPECT_GT(far, 2 * near);
}

TEST(Field, PhononsMoveAnAtomAlikeInEveryWindow) {
  const auto v = view({15, 8}, 0, {30, 16});
  Multislice m{.energy_kev = 80, .slice_thickness_A = 0.5, .oversampling = 1};
  m.phonons = {.configurations = 1, .rms_A = {{42, 0.3}, {16, 0.3}}, .key = {3, 4}};
  const FieldOptions options{.sampling_A = 0.1, .margin_A = 5, .whole_A2 = 50};
  const auto plan = plan_field(sheet(), v, m, probe, options);
  ASSERT_GT(plan.windows.size(), 1U);
  const auto whole = plan_field(sheet(), v, m, probe, {.sampling_A = 0.1, .margin_A = 5});
  const auto in_windows = image_field(sheet(), plan, v.pixels, m, {probe}, ring).images[0][0];
  const auto at_once = image_field(sheet(), whole, v.pixels, m, {probe}, ring).images[0][0];
  m.phonons.key = {5, 6};
  const auto other = image_field(sheet(), whole, v.pixels, m, {probe}, ring).images[0][0];
  EXPECT_LT(difference(in_windows, at_once), 0.2 * difference(other, at_once));
}

TEST(Sampling, KeepsWhatWasAskedAndSaysIt) {
  const std::vector<Detector> wide = {{"haadf", 50, 200}};
  const auto sampling = sampling_for(sheet(), {.energy_kev = 80}, probe, wide, 0.01);
  EXPECT_LE(sampling.error, 0.01);
  EXPECT_LE(sampling.pixel_A, 0.0417572 / (3 * 0.2) + 1e-9);
  // The whole specimen's mean signal follows the single atom's.
  const auto signal = [&](double pixel, int factor) {
    const auto s = sheet();
    const auto n = [&](std::size_t axis) { return static_cast<int>(std::ceil(s.cell_A[axis] / pixel / 2)) * 2; };
    return plane_wave_signals(s, {.energy_kev = 80, .grid = {n(0), n(1)}, .oversampling = factor}, wide)[0];
  };
  const double exact = signal(0.025, 8);
  EXPECT_LT(std::abs(signal(sampling.pixel_A, sampling.oversampling) / exact - 1), 0.015);
  EXPECT_NEAR(signal(0.05, 1) / exact - 1, 0.028, 0.01);  // The plain grid's error (docs/physics.md).
  EXPECT_THROW(sampling_for(sheet(), {.energy_kev = 80}, probe, wide, 1e-9), Error);
}

}  // namespace
}  // namespace twinmill::imaging

#include "scheduler/associations.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace twinmill::scheduler {
namespace {

// Fisher's tea tasting: four cups of eight, all four right; at least three right.
TEST(HypergeometricTail, TeaTasting) {
  EXPECT_NEAR(hypergeometric_tail(8, 4, 4, 4), 1.0 / 70, 1e-12);
  EXPECT_NEAR(hypergeometric_tail(8, 4, 4, 3), 17.0 / 70, 1e-12);
  EXPECT_EQ(hypergeometric_tail(8, 4, 4, 0), 1);
}

TEST(HypergeometricTail, EndsOfTheRange) {
  EXPECT_EQ(hypergeometric_tail(10, 10, 3, 3), 1);  // All are marked.
  EXPECT_EQ(hypergeometric_tail(10, 0, 3, 1), 0);
  EXPECT_EQ(hypergeometric_tail(10, 4, 8, 2), 1);  // At least two of eight must be.
  EXPECT_NEAR(hypergeometric_tail(10, 4, 8, 3), 1 - 6.0 / 45, 1e-12);
  // Large numbers neither overflow nor vanish: the logarithm of one hit in each of 1000 draws.
  EXPECT_NEAR(std::log(hypergeometric_tail(10'000'000, 5'000'000, 100, 100)), 100 * std::log(0.5), 1e-2);
}

/// Parents A, B and C in turn, rotations 0 and 10; `fails` decides.
template <class Fails>
FailureTally tally(int units, const Fails& fails) {
  FailureTally all;
  for (int i = 0; i < units; ++i) {
    const std::string parent(1, static_cast<char>('A' + i % 3));
    const std::string rotation = i / 3 % 2 == 0 ? "0" : "10";
    all.add({{"kind", "image"}, {"parent", parent}, {"rotation", rotation}}, fails(i));
  }
  return all;
}

TEST(FailureTally, OneParentHasAllFailures) {
  const auto all = tally(36, [](int i) { return i % 3 == 1; });
  EXPECT_EQ(all.total(), 36);
  EXPECT_EQ(all.failed(), 12);
  const auto found = all.clear(0.01);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].axis, "parent");
  EXPECT_EQ(found[0].value, "B");
  EXPECT_EQ(found[0].failed, 12);
  EXPECT_EQ(found[0].with, 12);
  EXPECT_EQ(found[0].other_failed, 0);
  EXPECT_EQ(found[0].without, 24);
  EXPECT_TRUE(found[0].has_all());
  EXPECT_NEAR(found[0].p, 1 / 1251677700.0, 1e-15);  // 1 / (36 over 12).
}

TEST(FailureTally, EvenFailuresGoWithNothing) {
  EXPECT_TRUE(tally(36, [](int i) { return i % 6 < 3 && i < 12; }).clear(0.01).empty());
  EXPECT_TRUE(tally(36, [](int) { return true; }).clear(0.01).empty());
  EXPECT_TRUE(tally(36, [](int) { return false; }).clear(0.01).empty());
  EXPECT_TRUE(FailureTally().clear(0.01).empty());
}

// One failure of three is no evidence, however suggestive.
TEST(FailureTally, FewObservationsProveNothing) {
  EXPECT_TRUE(tally(3, [](int i) { return i == 0; }).clear(0.01).empty());
}

TEST(FailureTally, TheBoundIsSharedByAllValues) {
  FailureTally all;
  for (int i = 0; i < 8; ++i) all.add({{"side", i < 4 ? "left" : "right"}}, i < 4);  // p = 1/70, two values.
  EXPECT_EQ(all.clear(0.03).size(), 1u);
  EXPECT_TRUE(all.clear(0.02).empty());
}

TEST(FailureTally, TheClearestComesFirst) {
  FailureTally all;
  for (int i = 0; i < 200; ++i) {
    const bool a = i % 2 == 0, b = i % 5 == 0;
    all.add({{"a", a ? "yes" : "no"}, {"b", b ? "yes" : "no"}}, b || (a && i % 8 == 0));
  }
  const auto found = all.clear(0.01);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].axis, "b");
  EXPECT_EQ(found[1].axis, "a");
  EXPECT_FALSE(found[1].has_all());
  EXPECT_LT(found[0].p, found[1].p);
}

}  // namespace
}  // namespace twinmill::scheduler

// Every network from its first step to its evaluation, through the program's own door.
#include <gtest/gtest.h>

#include "synthetic_store.hpp"

namespace twinmill::train::testing {
namespace {

class EveryNetwork : public ::testing::TestWithParam<const char*> {};

TEST_P(EveryNetwork, IsTrainedOnTheMetadataTooAndLeavesAModelForPython) {
  const Workplace work;
  auto request = work.request(1);
  request.spec.network.name = GetParam();
  request.spec.network.conditioned = true;
  request.spec.network.upsampling = "bilinear";
  const auto result = api().train(request, work.group());
  EXPECT_TRUE(result.finished);
  EXPECT_EQ(result.history.size(), 1U);
  EXPECT_EQ(api().evaluate(work.evaluation(), work.group()).images, 7);
  const auto model = work.models() / "model.pt";
  EXPECT_TRUE(std::filesystem::exists(model));
  // All have looked before rank 0 takes it away, and none looks before it is there again.
  work.group().barrier();
  if (work.group().rank() == 0) std::filesystem::remove(model);
  EXPECT_TRUE(api().train(request, work.group()).finished);
  work.group().barrier();
  EXPECT_TRUE(std::filesystem::exists(model)) << "a finished training always has it";
}

INSTANTIATE_TEST_SUITE_P(Names, EveryNetwork, ::testing::Values("g-unet", "a-unet", "resnet-152"),
                         [](const auto& one) { return std::string(one.param).substr(0, 1); });

}  // namespace
}  // namespace twinmill::train::testing

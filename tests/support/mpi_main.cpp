// main() of tests that run on several ranks: only rank 0 prints, and a failure on any rank fails them all.
#include <gtest/gtest.h>

#include "twinmill/mpi/mpi.hpp"

int main(int argc, char** argv) {
  twinmill::mpi::Session session(argc, argv);
  ::testing::InitGoogleTest(&argc, argv);
  const auto world = twinmill::mpi::Communicator::world();
  auto& listeners = ::testing::UnitTest::GetInstance()->listeners();
  if (world.rank() != 0) {
    // Failures of other ranks still print their location: the default printer stays, output goes to standard error.
    std::cout.rdbuf(std::cerr.rdbuf());
  }
  (void)listeners;
  const int failed = RUN_ALL_TESTS();
  return world.max(failed) > 0 ? 1 : 0;
}

// main() of tests that run on several ranks: only rank 0 reports to standard output; a failure on any rank fails all.
#include <gtest/gtest.h>

#include <iostream>

#include "twinmill/mpi/mpi.hpp"

int main(int argc, char** argv) {
  const twinmill::mpi::Session session(argc, argv);
  ::testing::InitGoogleTest(&argc, argv);
  const auto world = twinmill::mpi::Communicator::world();
  if (world.rank() != 0) ::testing::GTEST_FLAG(brief) = true;  // Prints failures only.
  const int failed = RUN_ALL_TESTS();
  return world.max(failed) > 0 ? 1 : 0;
}

#pragma once
// Checks of faults and messages.

#include <gmock/gmock.h>

#include <string>

#include "twinmill/base/error.hpp"

namespace twinmill::testing {

/// The message of the Error that `act` throws, "" when it throws none; fails on another fault.
template <class Act>
std::string message_of(Fault fault, Act act) {
  try {
    act();
  } catch (const Error& e) {
    EXPECT_EQ(name(e.fault()), name(fault)) << e.what();
    return e.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return "";
}

}  // namespace twinmill::testing

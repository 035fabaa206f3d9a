#pragma once
// LibTorch's errors carry a stack trace of many lines and a type that the rest of the program does not know.

#include <c10/util/Exception.h>

#include <string>

#include "twinmill/base/error.hpp"
#include "twinmill/mpi/mpi.hpp"

namespace twinmill::train {

/// Runs `work`; an error of LibTorch becomes Error(system) with the first line of its message after `what`.
template <class Work>
void with_short_errors(const char* what, const Work& work) {
  try {
    work();
  } catch (const c10::Error& e) {
    const std::string text = e.what_without_backtrace();
    throw Error(Fault::system, cat(what, " (", text.substr(0, text.find('\n')), ")"));
  }
}

/// mpi::together with short errors. Collective.
template <class Work>
void together(const mpi::Communicator& group, const Work& work) {
  mpi::together(group, [&] { with_short_errors("LibTorch failed", work); });
}

}  // namespace twinmill::train

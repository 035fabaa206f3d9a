#pragma once
// A file descriptor with one owner.

#include <unistd.h>

#include "twinmill/base/handle.hpp"

namespace twinmill {

struct DescriptorPolicy {
  using type = int;
  static int none() { return -1; }
  static void close(int fd) { ::close(fd); }
};
/// Closes itself; none is -1.
using Descriptor = Handle<DescriptorPolicy>;

}  // namespace twinmill

#pragma once
// What the system says about other processes of this host.

#include <string>
#include <vector>

namespace twinmill {

/// When the process began, in clock ticks since boot: tells it from a later one with its number. Empty when there is
/// none on this host, or when it is dead and merely not yet collected by its parent.
std::string process_start(long pid);

/// The living processes that `pid` has started and that have not ended.
std::vector<long> children_of(long pid);

}  // namespace twinmill

#pragma once
// A disk that is full from a chosen call on, a process that is killed at one, and a list of all calls to choose from.

#include <string_view>

namespace twinmill::crash {

/// Counts the calls that may need room under the watched folder. Returns whether this one must fail with ENOSPC:
/// TWINMILL_CRASH_FULL is "FIRST" (this call and all later ones of this process) or "FIRST,COUNT"; only files named
/// TWINMILL_CRASH_FULL_FILE are counted when that is set. With TWINMILL_CRASH_CALLS naming a file, each call is noted
/// there as "CALL PATH". With TWINMILL_CRASH_KILL, a number, the process is killed (SIGKILL) before that call is made.
bool disk_is_full(std::string_view call, std::string_view path);

}  // namespace twinmill::crash
